"""A foreign OAuth client, oauth4webapi, gets and uses tokens: for a person, and for a program with a key."""

import json
from typing import Any

import pytest
from joserfc.jwk import ECKey

from scripts.exchange_client import Client, Exchange, read_settings
from tests.clients.node import Node

REDIRECT = "http://127.0.0.1:9/callback"
REFUSED = {"status": 401, "scheme": "bearer", "error": "invalid_token"}
REGISTER = """mutation ($input: RegisterClientInput!) { registerClient(input: $input) {
    ... on ClientWithSecret { clientSecret client { id } } ... on Problem { code message } } }"""
REGISTER_KEY = """mutation ($input: RegisterKeyClientInput!) { registerKeyClient(input: $input) {
    ... on ApiClient { id } ... on Problem { code message } } }"""


@pytest.fixture(scope="module")
def demo(running: Exchange) -> dict[str, str]:
    """The file that the demo leaves."""
    assert running.directory is not None
    return read_settings(running.directory / "demo.env")


async def test_a_person_signs_in_in_a_program_of_a_partner(
    running: Exchange, principals: dict[str, Client], scripts: Node, demo: dict[str, str]
) -> None:
    scope = "signals:read feed:read"
    given = {"participantId": demo["ALDER_PARTICIPANT"], "name": "Review tool", "scopes": scope.split()}
    made = await principals["operator"].ask(REGISTER, input={**given, "redirectUris": [REDIRECT]})
    program = {"id": made["client"]["id"], "secret": made["clientSecret"], "redirect": REDIRECT}
    person = {"email": demo["ALDER_PERSON"], "password": demo["ALDER_PASSWORD"]}
    told = await scripts.run("oauth_person.mjs", issuer=running.url, program=program, person=person, scope=scope)

    seen = {"clientId": program["id"], "scopes": sorted(scope.split())}
    assert [title.split(" · ")[0] for title in told["pages"]] == ["Sign in", "Allow Review tool?"]
    assert set(told["scope"].split()) == set(scope.split())
    assert told["asks"] == told["refreshed"] == seen
    assert told["rotated"] is True
    assert told["revoked"] == {"refresh": "invalid_grant", "asks": REFUSED}
    assert told["codeAgain"] == "invalid_grant"


async def test_a_program_authenticates_with_a_key_and_binds_its_token_to_another(
    running: Exchange, principals: dict[str, Client], scripts: Node, demo: dict[str, str]
) -> None:
    key, other = (ECKey.generate_key("P-256", {"kid": "first"}) for _ in range(2))
    given = {"participantId": demo["BIRCH_PARTICIPANT"], "name": "Matcher", "scopes": ["signals:read", "feed:read"]}
    keys = json.dumps({"keys": [key.as_dict(private=False)]})
    made = await principals["operator"].ask(REGISTER_KEY, input={**given, "publicKeys": keys})
    program = {"id": made["id"], "key": key.as_dict(private=True)}
    told = await scripts.run(
        "oauth_machine.mjs", issuer=running.url, program=program, other=other.as_dict(private=True)
    )

    seen: dict[str, Any] = {"clientId": made["id"], "scopes": ["signals:read"]}
    assert told["asks"] == seen
    assert (told["claims"]["client_id"], told["claims"]["scope"]) == (made["id"], "signals:read")
    assert (told["active"]["active"], told["active"]["scope"]) == (True, "signals:read")
    assert told["revoked"] == {"active": False, "asks": REFUSED}
    assert told["anotherKey"] == "invalid_client"
    assert (told["bound"]["type"], told["bound"]["asks"]) == ("dpop", seen)
    assert told["bound"]["withoutProof"]["status"] == told["bound"]["byAnotherKey"]["status"] == 401
