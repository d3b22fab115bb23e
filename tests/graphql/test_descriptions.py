"""Everything that clients read in the schema is described, in words that add something to its name."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from app.graphql.schema import schema

SHORTEST = 15

# Words that say nothing by themselves, so that "The name of the case." adds nothing to `Case.name`.
_EMPTY_WORDS = frozenset(
    re.findall(r"\w+", "a an the of for in to its it is this that these which or and with by from at as")
)

# The federation's own, which its specification describes.
_OF_FEDERATION = re.compile(r"_Any|_Entity|_Service.*|_FieldSet|link__.*|Query\._(entities|service).*")
# Declared once for all lists: what they mean does not depend on what is listed.
_GENERIC = re.compile(r"\w+(Connection|Edge)(\.(edges|pageInfo|node|cursor))?")
_PAGING = re.compile(r"\w+\.\w+\((first|after):\)")
# Every mutation takes one, and its type says what it is.
_INPUT = re.compile(r"Mutation\.\w+\(input:\)")

Descriptions = Mapping[str, str | None]


def descriptions(graph: GraphQLSchema) -> dict[str, str | None]:
    """By coordinate: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE`; without what is declared above."""
    return {
        coordinate: description
        for type_ in graph.type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
        for coordinate, description in _of_type(type_)
        if not _OF_FEDERATION.fullmatch(coordinate)
    }


def _of_type(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    yield type_.name, type_.description
    if isinstance(type_, GraphQLEnumType):
        yield from ((f"{type_.name}.{name}", value.description) for name, value in type_.values.items())
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            arguments: Mapping[str, Any] = getattr(field, "args", {})
            yield from ((f"{type_.name}.{name}({arg}:)", given.description) for arg, given in arguments.items())


def missing(found: Descriptions) -> list[str]:
    return sorted(at for at, text in found.items() if not text and not _INPUT.fullmatch(at))


def too_short(found: Descriptions) -> list[str]:
    return sorted(at for at, text in found.items() if text and len(text.strip()) < SHORTEST)


def repeating(found: Descriptions) -> list[str]:
    """Those that say only what the coordinate itself says."""
    return sorted(at for at, text in found.items() if text and not _words(text) - _words(at))


def shared(found: Descriptions, graph: GraphQLSchema) -> list[list[str]]:
    """Coordinates that have one text between them, unless it is declared that they may."""
    by_text: dict[str, list[str]] = defaultdict(list)
    for at, text in found.items():
        if text and not _GENERIC.fullmatch(at) and not _PAGING.fullmatch(at) and not _implements(at, text, graph):
            by_text[" ".join(text.split()).rstrip(".").lower()].append(at)
    return sorted(sorted(places) for places in by_text.values() if len(places) > 1)


def _implements(coordinate: str, text: str, graph: GraphQLSchema) -> bool:
    """Whether it is a field as its type's interface describes it."""
    type_name, _, field = coordinate.partition(".")
    type_ = graph.type_map[type_name]
    interfaces = type_.interfaces if isinstance(type_, GraphQLObjectType) else ()
    return any(field in one.fields and one.fields[field].description == text for one in interfaces)


def _words(text: str) -> set[str]:
    """What is not empty, in lower case and in the singular; names in camel case are taken apart."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", text.replace("'s", ""))
    return {part.lower().removesuffix("s") for part in parts if part.lower() not in _EMPTY_WORDS}


GRAPH = schema._schema
FOUND = descriptions(GRAPH)
TOY = build_schema("type Case { name: String title: String } type Query { case: Case }")


def test_everything_is_described() -> None:
    assert missing(FOUND) == []


def test_a_description_is_long_enough_to_say_something() -> None:
    assert too_short(FOUND) == []


def test_a_description_says_more_than_the_name() -> None:
    assert repeating(FOUND) == []


def test_no_two_places_have_the_same_description() -> None:
    assert shared(FOUND, GRAPH) == []


def test_what_every_time_and_every_key_of_an_input_needs_is_said_with_it() -> None:
    fields = [
        (f"{type_.name}.{name}", str(field.type), field.description or "")
        for type_ in GRAPH.type_map.values()
        if isinstance(type_, GraphQLInputObjectType)
        for name, field in type_.fields.items()
    ]
    assert [at for at, type_, text in fields if "DateTime" in type_ and "with an offset" not in text] == []
    assert [at for at, _, text in fields if at.endswith("idempotencyKey") and "up to 200 characters" not in text] == []


def test_the_walk_meets_every_kind_of_place() -> None:
    for coordinate in (
        "Node",
        "DateTime",
        "Signal.value",
        "Severity.LOW",
        "RecordFeedbackResult",
        "SignalDraftInput.value",
        "Mutation.openCase",
        "Viewer.impact(from:)",
        "Query.signals(orderBy:)",
    ):
        assert coordinate in FOUND
    assert len(FOUND) > 500


@pytest.mark.parametrize(
    ("words", "refusing"),
    [
        ("", missing),
        ("Opens a case.", too_short),
        ("The name of the cases.", repeating),
        ("This is the case's name", repeating),
        ("What people call it.", lambda found: shared(found, TOY)),
    ],
)
def test_a_bad_description_is_refused(words: str, refusing: Any) -> None:
    found = {"Case.name": words, "Case.title": "What people call it.", "Case": "A shared investigation."}
    assert "Case.name" in str(refusing(found))
