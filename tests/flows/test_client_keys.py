"""Clients with keys, as operators and participants manage them over HTTP."""

import json
from typing import Any

import httpx
import pytest

from tests.client_keys import KeyClient, key_set, new_key
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

SHOWN = "id authMethod keyIds requiresDpop secretRotatedAt"
REGISTER = f"""mutation ($input: RegisterKeyClientInput!) {{ registerKeyClient(input: $input) {{
    __typename ... on ApiClient {{ {SHOWN} }}
    ... on InvalidInput {{ field reason message }} ... on Problem {{ code }} }} }}"""
SET_KEYS = f"""mutation ($input: SetClientKeysInput!) {{ setClientKeys(input: $input) {{
    __typename ... on ApiClient {{ {SHOWN} }}
    ... on InvalidInput {{ field reason message }} ... on Problem {{ code }} }} }}"""
REQUIRE = f"""mutation ($input: SetClientRequiresDpopInput!) {{ setClientRequiresDpop(input: $input) {{
    __typename ... on ApiClient {{ {SHOWN} }} ... on Problem {{ code message }} }} }}"""
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on ApiClient {{ {SHOWN} }} }} }}"


@pytest.fixture
def operator(http: httpx.AsyncClient, exchange: DemoExchange) -> Session:
    return Session(http, exchange.client("lantern-operator"))


@pytest.fixture
def cedar(http: httpx.AsyncClient, exchange: DemoExchange) -> Session:
    return Session(http, exchange.client("cedar"))


def wanted(cedar: Session, keys: str, **more: Any) -> dict[str, Any]:
    return {
        "participantId": cedar.client.participant_id,
        "name": "Night shift",
        "scopes": ["clients:manage"],
        "publicKeys": keys,
        **more,
    }


async def test_a_client_is_registered_with_its_keys_and_gets_in(
    operator: Session, cedar: Session, exchange: DemoExchange, http: httpx.AsyncClient
) -> None:
    key = new_key("first")
    made = await operator.ask(REGISTER, input=wanted(cedar, key_set(key, new_key("second"))))
    assert made.pop("__typename") == "ApiClient"
    assert (made["authMethod"], made["keyIds"], made["requiresDpop"]) == ("private_key_jwt", ["first", "second"], False)
    assert await cedar.ask(NODE, id=made["id"]) == made
    actor = await exchange.actor("cedar")
    assert made["id"] != cedar.client.client_id
    client = KeyClient(actor.client_id, key, exchange)
    answer = await client.ask(http, client.assertion(iss=made["id"], sub=made["id"]))
    assert answer.json()["scope"] == "clients:manage"


async def test_a_participant_replaces_the_keys_of_its_own_client(cedar: Session) -> None:
    keys = key_set(new_key("mine"))
    changed = await cedar.ask(SET_KEYS, input={"clientId": cedar.client.client_id, "publicKeys": keys})
    assert (changed["authMethod"], changed["keyIds"]) == ("private_key_jwt", ["mine"])
    assert await cedar.token() == "", "its secret has ended"


async def test_a_private_key_is_refused_and_is_in_no_answer(operator: Session, cedar: Session) -> None:
    private = new_key("mine").as_dict(private=True)
    keys = json.dumps({"keys": [private]})
    for document, input in (
        (REGISTER, wanted(cedar, keys)),
        (SET_KEYS, {"clientId": cedar.client.client_id, "publicKeys": keys}),
    ):
        refused = await operator.ask(document, input=input)
        assert (refused["field"], refused["reason"]) == ("publicKeys", "PRIVATE_KEY")
        assert str(private["d"]) not in json.dumps(refused)
    assert await cedar.token(), "nothing has changed"


async def test_a_participant_may_require_bound_tokens_and_only_the_operator_ends_it(
    operator: Session, cedar: Session
) -> None:
    on, off = ({"clientId": cedar.client.client_id, "requiresDpop": value} for value in (True, False))
    token = await cedar.token()
    assert (await cedar.ask(REQUIRE, input=on))["requiresDpop"] is True
    headers = {"Authorization": f"Bearer {token}"}
    answer = await cedar.http.post("/graphql", json={"query": REQUIRE, "variables": {"input": off}}, headers=headers)
    assert answer.json()["data"]["setClientRequiresDpop"]["code"] == "FORBIDDEN"
    assert (await operator.ask(REQUIRE, input=off))["requiresDpop"] is False


async def test_the_clients_of_others_do_not_exist(
    exchange: DemoExchange, http: httpx.AsyncClient, cedar: Session
) -> None:
    alder, id = Session(http, exchange.client("alder")), cedar.client.client_id
    for document, more in ((SET_KEYS, {"publicKeys": key_set(new_key("x"))}), (REQUIRE, {"requiresDpop": True})):
        assert (await alder.ask(document, input={"clientId": id, **more}))["code"] == "NOT_FOUND"


async def test_registering_with_keys_is_for_the_operator(cedar: Session) -> None:
    assert (await cedar.ask(REGISTER, input=wanted(cedar, key_set(new_key("x")))))["code"] == "FORBIDDEN"
