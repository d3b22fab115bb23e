"""What a client reads when something goes wrong, and that nothing of what it sent comes back or is logged."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from graphql import get_introspection_query

from app.graphql import wording
from app.graphql.documents import Documents, Refused
from app.graphql.execution import Asked, Operations
from app.rules import limits
from app.rules.scopes import Scope
from app.web import log_format
from tests.graphql.toy import SCHEMA, Visitor

CANARY = "canary"
ALL_SCOPES = frozenset(str(scope) for scope in Scope)


@pytest.fixture(autouse=True)
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    log_format.configure("debug", stream)
    yield stream
    structlog.reset_defaults()


async def ask(text: str, visitor: Visitor | None = None, name: str | None = None, **variables: Any) -> list[Any]:
    """The errors that the client reads."""
    operations = Operations(SCHEMA)
    visitor = visitor or Visitor(ALL_SCOPES)
    try:
        prepared = operations.prepare(Asked(text, name, variables))
        return (await operations.run(prepared, visitor, visitor, "id-1")).errors
    except Refused as refused:
        return list(refused.errors)


INVALID = [
    ("{ canary }", "Query has no such field."),
    ("{ hello(canary: 1) }", "Query.hello has no such argument."),
    ("{ hello @canary }", "There is no such directive."),
    ("{ hello @skip(if: true, canary: 1) }", "@skip has no such argument."),
    ("query @skip(if: true) { hello }", "@skip may not be used on query."),
    ("{ hello @skip(if: true) @skip(if: true) }", "@skip can only be used once here."),
    ("{ hello @skip }", "@skip(if:) is required; its type is Boolean!."),
    ("{ fail }", "Query.fail(how:) is required; its type is String!."),
    ("{ ...canary }", "There is no such fragment."),
    ("{ hello } fragment canary on Note { text }", "This fragment is never used."),
    ("{ found { ...canary } } fragment canary on Note { ...canary }", "This fragment leads back to itself."),
    ("{ signal { ... on Note { text } } }", "This fragment never applies: a Signal is never a Note."),
    (
        "{ signal { ...canary } } fragment canary on Note { text }",
        "This fragment never applies: a Signal is never a Note.",
    ),
    ("{ ... on Canary { id } }", "There is no such type."),
    ("{ ... on Int { id } }", "A fragment cannot be on Int: it has no fields."),
    ("{ hello { canary } }", "hello of type String! has no fields to select."),
    ("{ signal }", "Say which fields of signal (Signal!) you want."),
    ("query ($canary: String) { hello }", "This variable is never used."),
    ("{ hello(name: $canary) }", "This variable is not defined."),
    ("query canary { hello(name: $canary) }", "This variable is not defined."),
    ("query ($canary: Note) { hello(name: $canary) }", "A variable cannot be of type Note: that is output."),
    ("query ($canary: Canary) { hello(name: $canary) }", "There is no such type."),
    ("query ($canary: [Note!]!) { hello }", "A variable cannot be of type [Note!]!: that is output."),
    (
        "query ($canary: Int!) { hello(name: $canary) }",
        "A variable of type Int! stands where String! is expected.",
    ),
    ("query ($canary: Int, $canary: Int) { hello }", "There is more than one variable of this name."),
    ("query canary { hello } query canary { hello }", "There is more than one operation of this name."),
    ("query canary { hello } { hello }", "An operation without a name must be the only one."),
    ('{ hello(name: "canary", name: "") }', "There is more than one argument of this name."),
    ('{ canary: hello canary: hello(name: "b") }', "Fields that answer under one name differ here; give them"),
    ("{ hello } type canary { a: Int }", "A document holds operations and fragments only."),
    ("subscription { canary }", "There is no subscription operation here."),
    ('{ hello(size: "canary") }', "Expected a value of type Int."),
    ("{ hello(size: 99999999999) }", "Expected a value of type Int."),
    ("{ hello(size: %s) }" % ("9" * 5_000), "Expected a value of type Int."),
    ("{ hello(name: canary) }", "Expected a value of type String."),
    ("{ hello(colour: canary) }", "Expected one of the values of Colour."),
    ('{ hello(colour: "canary") }', "Expected one of the values of Colour."),
    ("{ hello(name: null) }", "Expected a value of type String!, not null."),
    ("mutation { draft(input: {canary: 1}) }", "DraftInput needs a value for name."),
    ('mutation { draft(input: {name: "", canary: 1}) }', "DraftInput has no such field."),
    ('mutation { draft(input: "canary") }', "Expected an object of type DraftInput."),
    ('mutation { draft(input: {name: "a", name: "canary"}) }', "There is more than one input field of this name."),
    ('{ sent(to: "canary") }', "Addresses need an @."),
    ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "The introspection is"),
]


@pytest.mark.parametrize(("text", "words"), INVALID)
async def test_an_invalid_document_is_explained_without_repeating_it(text: str, words: str) -> None:
    errors = await ask(text)
    assert any(error["message"].startswith(words) for error in errors), errors
    assert wording.UNKNOWN not in str(errors)
    assert CANARY not in str(errors).lower()
    codes = {error["extensions"]["code"] for error in errors}
    assert codes == {"BAD_USER_INPUT" if "sent(" in text else "GRAPHQL_VALIDATION_FAILED"}
    assert all(error["locations"] for error in errors)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "Expected Name, found <EOF>."),
        ('{ hello("canary")', "Expected Name, found String."),
        ("canary", "Unexpected Name."),
        ("{ hello(name: ) }", "Unexpected ')'."),
        ('{ hello(name: "canary', "A string does not end."),
        ('{ hello(name: "\\ud800canary") }', "The document is not GraphQL."),
        ("{ ☃canary }", "The document is not GraphQL."),
        ("{ hello \x00canary }", "The document is not GraphQL."),
        ("", "Unexpected <EOF>."),
        ("fragment on on canary { a }", "Unexpected Name."),
    ],
)
async def test_a_document_that_cannot_be_parsed_is_explained_without_repeating_it(text: str, words: str) -> None:
    (error,) = await ask(text)
    assert (error["message"], error["extensions"]) == (words, {"code": "GRAPHQL_PARSE_FAILED"})


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "$i: A value of type DraftInput! is required."),
        ({"i": None}, "$i: Expected a value of type DraftInput!, not null."),
        ({"i": "canary"}, "$i: Expected an object of type DraftInput."),
        ({"i": {"size": 1}}, "$i: DraftInput needs a value for name."),
        ({"i": {"name": "canary", "canary": 1}}, "$i: DraftInput has no such field."),
        ({"i": {"name": ["canary"]}}, "$i.name: Expected a value of type String."),
        ({"i": {"name": "a", "size": "canary"}}, "$i.size: Expected a value of type Int."),
        ({"i": {"name": "a", "size": 10**30}}, "$i.size: Expected a value of type Int."),
        ({"i": {"name": "a", "colours": ["RED", "canary"]}}, "$i.colours[1]: Expected one of the values of Colour."),
        ({"i": {"name": "a", "colours": [1]}}, "$i.colours[0]: Expected one of the values of Colour."),
    ],
)
async def test_an_invalid_variable_is_named_with_its_place_and_type(variables: dict[str, Any], words: str) -> None:
    (error,) = await ask("mutation ($i: DraftInput!) { draft(input: $i) }", **variables)
    assert (error["message"], error["extensions"]["code"]) == (words, "BAD_USER_INPUT")


@pytest.mark.parametrize("value", ["canary", "2026-07-01 at noon", 5])
async def test_whoever_sends_no_time_reads_what_one_looks_like(value: object) -> None:
    (error,) = await ask("query ($at: DateTime!) { told(at: $at) }", at=value)
    assert error["message"] == (
        "$at: Expected a DateTime: a point in time with an offset, such as `2026-07-01T12:00:00Z`."
    )
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "WRONG_TYPE"}


async def test_a_scalar_of_ours_says_itself_what_is_wrong_with_a_value() -> None:
    (error,) = await ask("query ($a: Address!) { sent(to: $a) }", a="canary")
    assert error["message"] == "Addresses need an @."
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "MALFORMED", "field": "address"}


@pytest.mark.parametrize(
    ("how", "extensions"),
    [
        ("not found", {"code": "NOT_FOUND"}),
        ("conflict", {"code": "CONFLICT"}),
        ("invalid", {"code": "BAD_USER_INPUT", "reason": "TOO_SHORT", "field": "name"}),
        ("stopped", {"code": "TOO_MANY"}),
        ("deadlock", {"code": "TOO_MANY"}),
        ("serialization", {"code": "TOO_MANY"}),
        ("refused by row-level security", {"code": "INTERNAL_SERVER_ERROR", "requestId": "id-1"}),
        ("nul", {"code": "BAD_USER_INPUT", "reason": "CONTROL_CHARACTER"}),
        ("bug", {"code": "INTERNAL_SERVER_ERROR", "requestId": "id-1"}),
    ],
)
async def test_an_error_of_a_field_carries_its_code(how: str, extensions: dict[str, str]) -> None:
    (error,) = await ask("query ($how: String!) { mine: fail(how: $how) }", how=how)
    assert error["extensions"] == extensions
    assert (error["path"], CANARY in str(error)) == (["mine"], False)


async def test_what_nobody_expected_is_logged_without_its_words(logged: io.StringIO) -> None:
    (error,) = await ask('{ canary: fail(how: "bug") }')
    line = json.loads(logged.getvalue())
    assert error["message"] == "Unexpected error."
    assert (line["exception"], line["field"]) == (["builtins.ValueError"], "fail")
    assert any(frame.startswith("tests/graphql/toy.py:") for frame in line["frames"])
    assert CANARY not in logged.getvalue()


async def test_a_refusal_is_not_logged(logged: io.StringIO) -> None:
    await ask('{ fail(how: "not found") }')
    assert logged.getvalue() == ""


async def test_other_libraries_words_are_withheld(logged: io.StringIO) -> None:
    try:
        raise ValueError(CANARY)
    except ValueError:
        logging.getLogger("asyncio").exception("Task failed: %s", CANARY)
    logging.getLogger("strawberry.execution").error(CANARY)
    logging.getLogger("sqlalchemy.engine.Engine").info(CANARY)
    line = json.loads(logged.getvalue())
    assert (line["library"], line["exception"]) == ("asyncio", ["builtins.ValueError"])
    assert CANARY not in logged.getvalue()


async def test_errors_are_bounded() -> None:
    assert len(await ask("{ a b c " + "d " * 40 + "}")) == limits.MAX_ERRORS + 1
    errors = await ask("mutation ($i: DraftInput!) { draft(input: $i) }", i={"name": "", "colours": [0] * 1_000})
    assert len(errors) == limits.MAX_ERRORS + 1
    assert errors[-1]["message"] == "There are more errors than are told."


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("query a { hello } query b { hello }", None, "The document has several operations"),
        ("query a { hello }", "canary", "The document has no operation of this name."),
        ("{ hello }", "", "The document has no operation of this name."),
    ],
)
async def test_the_operation_must_be_clear(text: str, name: str | None, words: str) -> None:
    (error,) = await ask(text, name=name)
    assert error["message"].startswith(words)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_document_that_is_too_long_is_told_so() -> None:
    for text in ("{ " + "a " * 10_001 + "}", "{ a }" + " " * limits.MAX_DOCUMENT_BYTES, "{ a " * 300 + "}" * 300):
        (error,) = await ask(text)
        assert error["extensions"]["code"] == "TOO_MANY"


async def test_many_fields_under_one_name_are_given_up_early() -> None:
    text = "{ signal { " + "id " * 1_400 + "} }"
    (error,) = await ask(text)
    assert error["message"] == "Too many fields of this document answer under the same names."


async def test_an_operation_past_its_deadline_is_stopped_and_rolled_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.graphql.execution._SECONDS", {})
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.02)
    visitor = Visitor(ALL_SCOPES)
    (error,) = await ask("mutation { write(seconds: 5) }", visitor)
    assert error["extensions"]["code"] == "TOO_MANY"
    assert error["message"].startswith("The operation took longer than 0.02 seconds")
    assert visitor.events == ["rolled back"]


async def test_nothing_runs_without_the_scopes() -> None:
    visitor = Visitor()
    errors = await ask("mutation { write(seconds: 0) } ", visitor)
    assert (errors, visitor.events) == ([], ["committed"])
    (error,) = await ask("{ guarded }", visitor)
    assert error["extensions"] == {"code": "FORBIDDEN"}


def test_documents_are_read_once_unless_they_hold_strings() -> None:
    documents = Documents(SCHEMA)
    assert documents.read("{ hello }") is documents.read("{ hello }")
    assert documents.read('{ hello(name: "a") }') is not documents.read('{ hello(name: "a") }')


def test_kept_documents_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEPT_DOCUMENTS", 3)
    documents = Documents(SCHEMA)
    first = documents.read("{ hello }")
    for number in range(3):
        documents.read(f"{{ a{number}: hello }}")
    assert documents.read("{ hello }") is not first
    assert len(documents._kept) == 3
    monkeypatch.setattr(limits, "MAX_KEPT_BYTES", 20)
    documents.read("{ hello __typename }")
    assert documents._kept_bytes == 20


def test_the_introspection_query_is_valid() -> None:
    assert Documents(SCHEMA).read(get_introspection_query()).operations["IntrospectionQuery"].needs
