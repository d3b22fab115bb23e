"""Faults that the comparison met in the standard executor, each with a document that showed it."""

import pytest

from app.store.database_urls import DatabaseUrls
from tests.engine.servers import BROKEN_OFF, ask
from tests.flows.full_world import full_world

# An error of one field cancels its siblings. What those wait for, a batch of a loader or the match keys, is not theirs
# alone: the fields of another object wait for it too.
CANCELLED = (
    """{ a: signal(id: "ID") { feedback(first: 0) { pageInfo { hasNextPage } } contributors { id } }
         b: signal(id: "ID") { contributors { id } } }""",
    """{ a: signal(id: "ID") { feedback(first: 0) { pageInfo { hasNextPage } } matchTag { tag } }
         b: signal(id: "ID") { matchTag { tag } } }""",
)


@pytest.mark.parametrize("document", CANCELLED, ids=["loader", "match keys"])
async def test_an_error_of_one_field_leaves_others_alone(database_urls: DatabaseUrls, document: str) -> None:
    async with full_world(database_urls, development=True) as world:
        answer = await ask(world.http, world.token(), {"query": document.replace("ID", world.ids["Signal"])})
    assert answer is not BROKEN_OFF
    assert answer.content["data"]["a"] is None
    assert answer.content["data"]["b"] is not None


@pytest.mark.parametrize("field", ["cases(first: $size)", "feedbackGiven(first: $size)"])
async def test_null_for_an_argument_with_a_default_is_the_clients_mistake(
    database_urls: DatabaseUrls, field: str
) -> None:
    """The specification allows the variable, and leaves null to be refused when the field runs."""
    body = {"query": f"query ($size: Int) {{ {field} {{ __typename }} }}", "variables": {"size": None}}
    async with full_world(database_urls, development=True) as world:
        answer = await ask(world.http, world.token(), body)
    assert [error["extensions"]["code"] for error in answer.content["errors"]] == ["BAD_USER_INPUT"]
