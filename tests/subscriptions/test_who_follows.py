"""Who follows: people, confined clients and holders of keys, and what ends it for each of them."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import limits
from app.rules.ids import Prefix, read
from app.rules.trusted_documents import DocumentDraft, id_of
from app.services import trusted_documents
from app.store import watch
from tests.feed.world import Program, draft
from tests.live_exchange import Client, LiveExchange
from tests.person import Browser
from tests.person import Program as Explorer
from tests.proofs import Prover
from tests.waiting import PATIENCE

FOLLOW = "subscription { signalChanged { ... on ChangePage { items { signalId } } } }"
STREAM = {"Accept": "text/event-stream"}
FORBIDDEN = 4403
# What others do to a person that follows, or it does itself elsewhere.
ENDS = {
    "it is shut out": "UPDATE person SET disabled_at = now() WHERE id = :person",
    "it begins anew": "UPDATE person SET epoch = epoch + 1 WHERE id = :person",
    "its sign-in ends": "UPDATE sign_in SET ended_at = now() WHERE id = :sign_in",
    "its token is revoked": "INSERT INTO revoked_token (token_id, expires_at) VALUES (:token, 'infinity')",
}


@pytest.fixture(autouse=True)
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.1)


@pytest.fixture
async def web(served: LiveExchange) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{served.address}", timeout=PATIENCE, trust_env=False) as web:
        yield web


@pytest.fixture
def holder(program: Program) -> Prover:
    return Prover(program.clock)


@pytest.fixture
def bound(program: Program, holder: Prover) -> str:
    """A token of birch's that is bound to the key of its holder."""
    id = read(Prefix.CLIENT, program.exchange.client("birch").client_id)
    assert id is not None
    tokens = program.exchange.access_tokens
    return tokens.issue(id, ["feed:read", "signals:read"], program.clock(), holder.key.thumbprint())


async def share(program: Program, host: str) -> None:
    await program.share("birch", draft(host))
    await program.sequence()


async def follow(client: Client) -> None:
    await client.subscribe(FOLLOW)
    assert await client.event() == {"items": []}


async def signed_in(served: LiveExchange, web: httpx.AsyncClient, program: Program) -> tuple[Client, dict[str, Any]]:
    """A person of alder's that follows, and what it may be known by."""
    tokens = await Explorer(web).tokens(await Browser(web).code(program.exchange.person("alder")))
    client = await served.socket()
    await client.begin(tokens["access_token"])
    await follow(client)
    claims = program.exchange.access_tokens.check(tokens["access_token"], program.clock())
    assert claims.signed_in is not None
    known = {"person": claims.signed_in.person_id, "sign_in": claims.signed_in.sign_in_id, "token": claims.token_id}
    return client, known


async def refused(client: Client) -> bool:
    message = await client.hear()
    return bool(message["type"] == "error" and message["payload"][0]["extensions"]["code"] == "FORBIDDEN")


@pytest.mark.parametrize("how", ENDS)
async def test_a_person_follows_as_long_as_it_is_signed_in(
    program: Program, served: LiveExchange, web: httpx.AsyncClient, owner_engine: AsyncEngine, how: str
) -> None:
    client, known = await signed_in(served, web, program)
    await share(program, "first")
    assert len((await client.event())["items"]) == 1
    async with owner_engine.begin() as owner:
        await owner.execute(text(ENDS[how]), {name: known[name] for name in known if f":{name}" in ENDS[how]})
    assert (await client.closed())[0] == FORBIDDEN


async def test_who_signs_out_of_the_browser_is_told_no_more(
    program: Program, served: LiveExchange, web: httpx.AsyncClient
) -> None:
    client, _ = await signed_in(served, web, program)
    browser = Browser(web)
    await browser.open("/oauth/sign-out")
    await browser.fill()
    assert (await client.closed())[0] == FORBIDDEN


async def test_a_person_that_loses_its_role_is_told_no_more(
    program: Program, served: LiveExchange, web: httpx.AsyncClient, owner_engine: AsyncEngine
) -> None:
    client, known = await signed_in(served, web, program)
    async with owner_engine.begin() as owner:
        await owner.execute(
            text("UPDATE person SET roles = '{PARTICIPANT_ADMIN}' WHERE id = :id"), {"id": known["person"]}
        )
    assert await refused(client)


async def test_a_client_that_is_confined_meanwhile_goes_on_with_no_text(
    program: Program, served: LiveExchange, owner_engine: AsyncEngine
) -> None:
    alder = await served.client("alder")
    await follow(alder)
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE api_client SET confined = true"))
    assert await refused(alder)
    for id, query in enumerate((FOLLOW, "{ viewer { clientId } }", "{ __schema { types { name } } }")):
        await alder.subscribe(query, str(id))
        assert await refused(alder)


async def test_a_retired_document_is_followed_no_longer(program: Program, served: LiveExchange) -> None:
    named = FOLLOW.replace("subscription", "subscription Follow", 1)
    await program.do("alder", trusted_documents.register, [DocumentDraft(id_of(named), named, ("Follow",))])
    alder = await served.client("alder")
    await alder.say(type="subscribe", id="1", payload={"documentId": id_of(named)})
    assert await alder.event() == {"items": []}
    await share(program, "first")
    assert len((await alder.event())["items"]) == 1
    await program.do("alder", trusted_documents.retire, [id_of(named)])
    program.clock.forward(seconds=limits.TRUSTED_SECONDS)
    await share(program, "second")
    message = await alder.hear()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")


@pytest.mark.parametrize("place", ["the message", "the request"])
async def test_a_proof_opens_one_socket(served: LiveExchange, bound: str, holder: Prover, place: str) -> None:
    shown = {"Authorization": f"DPoP {bound}", "DPoP": holder.proof("GET", token=bound)}
    headers, payload = ({}, shown) if place == "the message" else (shown, {})
    for answer in ({"type": "connection_ack"}, None):
        client = await served.socket(additional_headers=headers)
        await client.say(type="connection_init", payload=payload)
        if answer is None:
            assert (await client.closed())[0] == FORBIDDEN
        else:
            assert await client.hear() == answer


@pytest.mark.parametrize("wrong", ["no proof", "as bearer", "for a POST", "for no token", "of another key"])
async def test_a_stolen_token_opens_no_socket(
    program: Program, served: LiveExchange, bound: str, holder: Prover, wrong: str
) -> None:
    """Nor does a good proof in the request make up for what the message says."""
    proofs = {
        "as bearer": holder.proof("GET", token=bound),
        "for a POST": holder.proof("POST", token=bound),
        "for no token": holder.proof("GET"),
        "of another key": Prover(program.clock).proof("GET", token=bound),
    }
    scheme = "Bearer" if wrong == "as bearer" else "DPoP"
    payload = {"Authorization": f"{scheme} {bound}"} | ({"DPoP": proofs[wrong]} if wrong in proofs else {})
    opening = {"Authorization": f"DPoP {bound}", "DPoP": holder.proof("GET", token=bound)}
    client = await served.socket(additional_headers=opening)
    await client.say(type="connection_init", payload=payload)
    assert (await client.closed())[0] == FORBIDDEN


async def test_a_proof_opens_one_event_stream(web: httpx.AsyncClient, bound: str, holder: Prover) -> None:
    shown = {"Authorization": f"DPoP {bound}", "DPoP": holder.proof(token=bound)}
    async with web.stream("POST", "/graphql", json={"query": FOLLOW}, headers=STREAM | shown) as stream:
        assert stream.status_code == 200
        assert await anext(stream.aiter_lines()) == "event: next"
    for headers in (shown, {"Authorization": f"Bearer {bound}"}):
        answer = await web.post("/graphql", json={"query": FOLLOW}, headers=STREAM | headers)
        assert answer.status_code == 401
