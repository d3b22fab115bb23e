"""Documents that alder's clients ask for by their ids, and clients that send them with one token."""

from typing import Any

import httpx

from tests.served_exchange import Session

JSON, NEW = "application/json", "application/graphql-response+json"
REGISTER = """mutation ($input: RegisterDocumentsInput!) { registerDocuments(input: $input) {
    ... on RegisterDocumentsPayload { rows { outcome } } } }"""
RETIRE = """mutation ($input: RetireDocumentsInput!) { retireDocuments(input: $input) {
    ... on RetireDocumentsPayload { rows { outcome } } } }"""
CONFINE = """mutation ($input: ConfineClientInput!) { confineClient(input: $input) {
    ... on ApiClient { confined } ... on Problem { code } } }"""
NEW_CLIENT = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    ... on ClientWithSecret { client { id confined } clientSecret } ... on Problem { code } } }"""

WHO = "query Who { viewer { clientId participant { slug } } }"
SIGNAL = "query Signal($id: ID!) { signal(id: $id) { id } }"
SEVERAL = "query One { viewer { clientId } } query Other { viewer { scopes } }"
WRITE = "mutation Disable($input: DisableClientInput!) { disableClient(input: $input) { __typename } }"
GUARDED = "query Guarded { guardLists { guardList } }"
LIST = "query Listed { trustedDocuments { edges { cursor node { documentId retiredAt } } pageInfo { endCursor } } }"
ALL = (WHO, SIGNAL, SEVERAL, WRITE, GUARDED, LIST)


class Bearer:
    """One client with one token, so that it is remembered from the second request on."""

    def __init__(self, session: Session, token: str) -> None:
        self.session = session
        self.headers = {"Authorization": f"Bearer {token}", "Accept": NEW}

    @classmethod
    async def of(cls, session: Session) -> "Bearer":
        return cls(session, await session.token())

    async def post(self, http: httpx.AsyncClient | None = None, accept: str = NEW, **body: Any) -> httpx.Response:
        headers = {**self.headers, "Accept": accept}
        return await (http or self.session.http).post("/graphql", json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.session.http.get(f"/graphql?{path}", headers={**self.headers, **headers})


def told(answer: httpx.Response) -> tuple[int, str]:
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    return answer.status_code, error["extensions"]["code"]


async def confine(session: Session, confined: bool = True, client: Session | None = None) -> dict[str, Any]:
    input = {"clientId": (client or session).client.client_id, "confined": confined}
    answer: dict[str, Any] = await session.ask(CONFINE, input=input)
    return answer
