"""Operations run with variables that their own reader has read, and say what is wrong with others as before."""

from typing import Any

import pytest

from app.graphql.documents import Refused
from app.graphql.execution import Answer, Asked, Operations
from tests.graphql.toy import SCHEMA, Visitor

OPERATIONS = Operations(SCHEMA)


async def run(text: str, variables: dict[str, Any], name: str | None = None) -> Answer:
    visitor = Visitor(frozenset({"signals:read"}))
    return await OPERATIONS.run(OPERATIONS.prepare(Asked(text, name, variables)), visitor, visitor, "request")


@pytest.mark.parametrize(
    ("text", "variables", "data"),
    [
        ('query($name: String = "me") { hello(name: $name) }', {}, {"hello": "hello me"}),
        ("query($name: String!) { hello(name: $name) }", {"name": "us", "other": 1}, {"hello": "hello us"}),
        (
            "mutation($input: DraftInput!) { draft(input: $input) }",
            {"input": {"name": "a", "colours": "RED"}},
            {"draft": "a"},
        ),
        (
            'query($i: ID!) { _entities(representations: [{__typename: "Signal", id: $i}]) { ... on Signal { id } } }',
            {"i": 7},
            {"_entities": [{"id": "7"}]},
        ),
        (
            "query($no: Boolean = false) { hello ...more } fragment more on Query { again: hello @include(if: $no) }",
            {},
            {"hello": "hello you"},
        ),
    ],
)
async def test_variables_reach_what_they_are_for(text: str, variables: dict[str, Any], data: object) -> None:
    assert OPERATIONS.prepare(Asked(text, None, variables)).values is not None
    answer = await run(text, variables)
    assert (answer.data, answer.errors) == (data, [])


async def test_each_operation_of_a_document_has_its_own_variables() -> None:
    text = "query a($x: String!) { hello(name: $x) } query b($x: Int!) { hello(size: $x) }"
    assert (await run(text, {"x": "me"}, "a")).data == {"hello": "hello me"}
    assert (await run(text, {"x": 1}, "b")).data == {"hello": "hello you"}


async def test_what_is_wrong_with_a_variable_is_said_in_words() -> None:
    with pytest.raises(Refused) as refused:
        await run("query($size: Int!) { hello(size: $size) }", {"size": "large"})
    assert "$size" in refused.value.errors[0]["message"]
