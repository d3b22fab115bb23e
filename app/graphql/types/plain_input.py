"""Inputs that are read in one step, because they hold nothing but scalars, enums and lists of them."""

from collections.abc import Mapping
from typing import Any, TypeVar

from strawberry.schema.name_converter import NameConverter
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext

T = TypeVar("T")


def plain(cls: type[T]) -> type[T]:
    """Take an input's values as GraphQL has read them, under the names that they have in Python.

    Otherwise the library finds out the type of each field anew for each item of a list, which for 1,000 drafts takes
    longer than all else that an upload does in Python. Lists that a client leaves off are shared: never change one.
    """
    definition = get_object_definition(cls, strict=True)
    to_name = NameConverter().from_field
    names = {to_name(field): field.python_name for field in definition.fields}

    def read(made: type[T], values: Mapping[str, Any], _: InputContext) -> T:
        return made(**{names[name]: value for name, value in values.items()})

    definition.from_input = read
    return cls
