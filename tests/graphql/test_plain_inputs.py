"""Plain inputs: read in one step, they are what the library would have made of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import GraphQLInputObjectType
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types import get_object_definition
from strawberry.types.arguments import convert_argument
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from app.graphql.operations.links import LinkDraftInput
from app.graphql.schema import schema
from app.graphql.types.matching import MatchValueInput
from app.graphql.types.upload import SignalDraftInput

PLAIN = [SignalDraftInput, LinkDraftInput, MatchValueInput]


@contextmanager
def without_shortcut(cls: type) -> Iterator[None]:
    definition = get_object_definition(cls, strict=True)
    shortcut, definition.from_input = definition.from_input, None
    try:
        yield
    finally:
        definition.from_input = shortcut


def read(cls: type, values: dict[str, Any]) -> object:
    return convert_argument(values, cls, DEFAULT_SCALAR_REGISTRY, StrawberryConfig())


def types(cls: type) -> dict[str, str]:
    """The fields by the names that clients use, each with its type as the schema writes it."""
    described = schema._schema.type_map[cls.__name__]
    assert isinstance(described, GraphQLInputObjectType)
    return {name: str(field.type) for name, field in described.fields.items()}


def example(cls: type) -> dict[str, Any]:
    return {name: [f"{name} 1", f"{name} 2"] if type[0] == "[" else name for name, type in types(cls).items()}


@pytest.mark.parametrize("cls", PLAIN)
def test_a_plain_input_is_read_as_the_library_reads_it(cls: type) -> None:
    short = read(cls, example(cls))
    with without_shortcut(cls):
        assert short == read(cls, example(cls))


@pytest.mark.parametrize("cls", PLAIN)
def test_a_plain_input_holds_no_other_input(cls: type) -> None:
    for field in get_object_definition(cls, strict=True).fields:
        inner: Any = field.resolve_type()
        while isinstance(inner, StrawberryOptional | StrawberryList):
            inner = inner.of_type
        is_enum = isinstance(inner, StrawberryEnumDefinition) or has_enum_definition(inner)
        assert is_enum or is_scalar(inner, DEFAULT_SCALAR_REGISTRY), field.name


@pytest.mark.parametrize("cls", PLAIN)
def test_what_a_client_may_leave_off_has_a_default(cls: type) -> None:
    needed = {name: value for name, value in example(cls).items() if types(cls)[name][-1] == "!"}
    assert read(cls, needed)
