"""Plain inputs: read in one step, they are what the library would have made of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import strawberry
from graphql import GraphQLInputObjectType
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types import get_object_definition
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from app.graphql.operations.feedback import ActionInput, FeedbackInput, RecordFeedbackInput
from app.graphql.operations.links import LinkDraftInput, LinkSignalsInput
from app.graphql.operations.uploads import UploadSignalsInput
from app.graphql.schema import schema
from app.graphql.types.matching import MatchValueInput
from app.graphql.types.plain_input import plain
from app.graphql.types.upload import SignalDraftInput

FLAT = [SignalDraftInput, LinkDraftInput, MatchValueInput, ActionInput]
HOLDERS = [FeedbackInput, RecordFeedbackInput, UploadSignalsInput, LinkSignalsInput]
PLAIN = [*FLAT, *HOLDERS]
BY_NAME = {cls.__name__: cls for cls in PLAIN}


@contextmanager
def without_shortcuts() -> Iterator[None]:
    definitions = [get_object_definition(cls, strict=True) for cls in PLAIN]
    shortcuts = [definition.from_input for definition in definitions]
    for definition in definitions:
        definition.from_input = None
    try:
        yield
    finally:
        for definition, shortcut in zip(definitions, shortcuts, strict=True):
            definition.from_input = shortcut


def read(cls: type, values: dict[str, Any]) -> object:
    return convert_argument(values, cls, DEFAULT_SCALAR_REGISTRY, StrawberryConfig())


def types(cls: type) -> dict[str, str]:
    """The fields by the names that clients use, each with its type as the schema writes it."""
    described = schema._schema.type_map[cls.__name__]
    assert isinstance(described, GraphQLInputObjectType)
    return {name: str(field.type) for name, field in described.fields.items()}


def example(cls: type) -> dict[str, Any]:
    return {name: _example(name, type) for name, type in types(cls).items()}


def _example(name: str, type: str) -> Any:
    inner = BY_NAME.get(type.strip("[]!"))
    values = [f"{name} 1", f"{name} 2"] if inner is None else [example(inner), example(inner)]
    return values if type[0] == "[" else values[0]


@pytest.mark.parametrize("cls", PLAIN)
def test_a_plain_input_is_read_as_the_library_reads_it(cls: type) -> None:
    short = read(cls, example(cls))
    with without_shortcuts():
        assert short == read(cls, example(cls))


@pytest.mark.parametrize("cls", PLAIN)
def test_a_plain_input_holds_none_that_is_not(cls: type) -> None:
    for field in get_object_definition(cls, strict=True).fields:
        inner: Any = field.resolve_type()
        while isinstance(inner, StrawberryOptional | StrawberryList):
            inner = inner.of_type
        is_enum = isinstance(inner, StrawberryEnumDefinition) or has_enum_definition(inner)
        assert is_enum or inner in PLAIN or is_scalar(inner, DEFAULT_SCALAR_REGISTRY), field.name


@pytest.mark.parametrize("cls", PLAIN)
def test_what_a_client_may_leave_off_has_a_default(cls: type) -> None:
    needed = {name: value for name, value in example(cls).items() if types(cls)[name][-1] == "!"}
    assert read(cls, needed)


def test_an_input_that_is_not_plain_is_not_held_by_one() -> None:
    @strawberry.input
    class Inner:
        text: str

    @plain
    @strawberry.input
    class Outer:
        inner: Inner | None

    with pytest.raises(TypeError):
        read(Outer, {"inner": {"text": "a"}})
