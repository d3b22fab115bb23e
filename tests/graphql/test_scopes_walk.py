"""Which scopes a document needs, as the schema's directives say."""

import pytest
import strawberry
from graphql import parse
from strawberry.federation.schema_directives import RequiresScopes

from app.errors import Forbidden
from app.graphql import guard, scopes
from app.graphql.documents import Documents
from tests.graphql.toy import SCHEMA, Visitor


def refusals(text: str, *held: str) -> list[str]:
    operation = next(iter(Documents(SCHEMA).read(text).operations.values()))
    return [error.message for error in scopes.refusals(operation.needs, Visitor(frozenset(held)))]


def test_a_field_asks_for_its_scope() -> None:
    assert refusals("{ guarded }") == ["Query.guarded needs the scope feed:read."]
    assert refusals("{ guarded }", "feed:read") == []
    assert refusals("{ hello __typename }") == []


def test_the_type_that_a_field_returns_asks_for_its_scope() -> None:
    assert refusals("{ signal { id } }") == ["Signal needs the scope signals:read."]
    assert refusals("{ signal { id } }", "signals:read") == []


def test_a_condition_on_a_type_asks_for_its_scope() -> None:
    for text in ("{ found { ... on Signal { id } } }", "{ found { ...F } } fragment F on Signal { __typename }"):
        assert refusals(text) == ["Signal needs the scope signals:read."]
    assert refusals("{ found { ... on Note { text } } }") == []


def test_any_of_several_ways_is_enough() -> None:
    text = "{ signal { value } }"
    assert refusals(text, "signals:read", "audit:read") == [
        "Signal.value needs the scope compliance:manage, or signals:reveal."
    ]
    assert refusals(text, "signals:read", "compliance:manage") == []
    assert refusals(text, "signals:read", "signals:reveal", "audit:read") == []
    assert "audit:read and signals:reveal" in refusals(text, "signals:read")[0]


@pytest.mark.parametrize("text", ["{ guarded @skip(if: true) }", "{ ... @include(if: false) { guarded } }"])
def test_what_is_skipped_still_asks(text: str) -> None:
    assert refusals(text) == ["Query.guarded needs the scope feed:read."]


def test_an_alias_and_a_deep_fragment_hide_nothing() -> None:
    text = "{ a: signal { next { ...F } } } fragment F on Signal { ...G } fragment G on Signal { b: value }"
    assert refusals(text, "signals:read") == [
        "Signal.value needs the scope audit:read and signals:reveal, or compliance:manage."
    ]


def test_entities_ask_as_every_other_way_does() -> None:
    text = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Signal { value } } }"
    assert len(refusals(text)) == 2
    assert refusals(text, "signals:read", "compliance:manage") == []


@pytest.mark.parametrize(
    "text", ["{ __schema { __typename } }", '{ __type(name: "A") { name } }', "{ _service { sdl } }"]
)
def test_the_schema_is_read_with_a_scope(text: str) -> None:
    assert [words.endswith("needs the scope schema:read.") for words in refusals(text)] == [True]
    assert refusals(text, "schema:read") == []


@pytest.mark.parametrize("text", ["{ __schema { __typename } }", "{ _service { sdl } }", "{ __typename }"])
def test_an_open_schema_is_read_without_one(text: str) -> None:
    operation = next(iter(Documents(SCHEMA, is_open=True).read(text).operations.values()))
    assert operation.refusals(Visitor()) == []
    closed = next(iter(Documents(SCHEMA, is_open=True).read("{ guarded }").operations.values()))
    assert len(closed.refusals(Visitor())) == 1


def test_a_type_known_only_when_it_is_resolved_is_checked_then() -> None:
    assert refusals("{ node { id } }") == []
    with pytest.raises(Forbidden, match="signals:read"):
        scopes.require(SCHEMA, Visitor(), "Signal")
    scopes.require(SCHEMA, Visitor(frozenset({"signals:read"})), "Signal")
    scopes.require(SCHEMA, Visitor(), "Note")


def test_a_field_of_an_interface_asks_as_its_implementations_do() -> None:
    schema = _with_guarded_implementation()
    operation = Documents(schema).read("{ shape { area } }").operations[""]
    assert [coordinate for coordinate, _ in operation.needs] == ["Square.area"]


def test_a_directive_without_scopes_is_met_by_nobody() -> None:
    assert not scopes.Requirement(frozenset()).met_by(frozenset({"signals:read"}))
    assert scopes.refusals([("A", scopes.Requirement(frozenset()))], Visitor())


def test_every_fragment_is_walked_once() -> None:
    fragments = " ".join(f"fragment F{i} on Signal {{ ...F{i + 1} next {{ ...F{i + 1} }} }}" for i in range(40))
    document = parse(f"{{ signal {{ ...F0 }} }} {fragments} fragment F40 on Signal {{ value }}")
    found = scopes.of(SCHEMA).needs(document.definitions[0], guard.fragments_of(document))  # type: ignore[arg-type]
    assert [coordinate for coordinate, _ in found] == ["Signal", "Signal.value"]


def test_the_requirements_of_a_schema_are_listed_by_coordinate() -> None:
    found = scopes.of(SCHEMA).by_coordinate
    assert {"Signal", "Signal.value", "Query.guarded", "Query._service"} <= set(found)
    assert found["Signal"].any_of == {frozenset({"signals:read"})}


def _with_guarded_implementation() -> strawberry.Schema:
    @strawberry.interface
    class Shape:
        area: int

    @strawberry.type
    class Square(Shape):
        area: int = strawberry.field(directives=[RequiresScopes(scopes=[["signals:read"]])])

    @strawberry.type
    class Query:
        shape: Shape

    return strawberry.federation.Schema(query=Query, types=[Square], federation_version="2.9")
