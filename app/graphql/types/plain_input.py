"""Inputs that are read in one step, because they hold nothing but scalars, enums, each other, and lists of these."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from strawberry.schema.name_converter import NameConverter
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryList, StrawberryOptional

T = TypeVar("T")

Part = Callable[[Any], Any]


def plain(cls: type[T]) -> type[T]:
    """Take an input's values as GraphQL has read them, under the names that they have in Python.

    Otherwise the library finds out the type of each field anew for each item of a list, which for 1,000 drafts takes
    longer than all else that an upload does in Python. Lists that a client leaves off are shared: never change one.
    """

    def read(made: type[T], values: Mapping[str, Any], _: InputContext) -> T:
        return _read(made, values)

    get_object_definition(cls, strict=True).from_input = read
    return cls


@cache
def list_reader(type_: Any) -> Part | None:
    """What reads lists of this type of an argument, if they hold plain inputs alone: the library asks for each item."""
    return _part(type_) if isinstance(type_, StrawberryList) and _is_plain(type_.of_type) else None


def _is_plain(type_: Any) -> bool:
    definition = get_object_definition(type_)
    return definition is not None and definition.from_input is not None


def _read(cls: type[T], values: Mapping[str, Any]) -> T:
    names, parts = _fields(cls)  # type: ignore[arg-type]  # classes can be hashed
    if not parts:
        return cls(**{names[name]: value for name, value in values.items()})
    return cls(**{names[name]: parts[name](value) if name in parts else value for name, value in values.items()})


@cache
def _fields(cls: type) -> tuple[Mapping[str, str], Mapping[str, Part]]:
    """The names in Python by those that clients use, and how to read the inputs among the fields."""
    definition = get_object_definition(cls, strict=True)
    to_name = NameConverter().from_field
    names = {to_name(field): field.python_name for field in definition.fields}
    parts = {to_name(field): _part(field.resolve_type(type_definition=definition)) for field in definition.fields}
    return names, {name: part for name, part in parts.items() if part is not None}


def _part(type_: Any) -> Part | None:
    if isinstance(type_, StrawberryOptional):
        inner = _part(type_.of_type)
        return None if inner is None else lambda value: None if value is None else inner(value)
    if isinstance(type_, StrawberryList):
        item = _part(type_.of_type)
        return None if item is None else lambda values: [item(value) for value in values]
    definition = get_object_definition(type_)
    if definition is None or not definition.is_input:
        return None
    if definition.from_input is None:
        raise TypeError(f"{definition.name} is held by a plain input and is none itself")
    return lambda values: _read(type_, values)
