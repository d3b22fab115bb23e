"""How a value is given: as a literal or as a variable, with or without a default, as a list or as its one item."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    get_nullable_type,
    is_list_type,
)

from tests.engine.tree import Truth


class Word(str):
    """A value of an enum: without quotes in a document, with them in JSON."""

    __slots__ = ()


@dataclass
class Use:
    """Under which name a field answers that the variables were made for; none if it was not written after all."""

    key: str | None = None


@dataclass
class Variables:
    """Those of one operation, as they come to be needed; `given` is what the request will say for them."""

    rng: Random
    declared: list[str] = field(default_factory=list)
    given: dict[str, Any] = field(default_factory=dict)
    meant: dict[str, Any] = field(default_factory=dict)
    # Whether no text stands in the document itself: only then is it kept, and a plan for it.
    wordless: bool = field(init=False)

    def __post_init__(self) -> None:
        self.wordless = self.rng.random() < 0.6

    def spelt(self, value: Any, type_: GraphQLInputType, *, has_default: bool = False, within: bool = False) -> str:
        """The value as text where one of `type_` is expected. `within` a literal, variables are rarer."""
        # What may be null is worth a variable, as another call can then say something else.
        often = 0.8 if value is None else 0.15 if within else 0.5
        if self.rng.random() < often or (self.wordless and _has_text(value)):
            return self._variable(value, type_, has_default=has_default)
        return self._literal(value, type_)

    @contextmanager
    def kept_if_used(self) -> Iterator[Use]:
        """Variables that are declared and not used are refused."""
        declared, given, use = len(self.declared), dict(self.given), Use()
        yield use
        if use.key is None:
            del self.declared[declared:]
            self.given = given

    def truth(self, value: bool) -> Truth:
        """What an `@include` or `@skip` asks."""
        return value if self.rng.random() < 0.4 else self._variable(value, GraphQLNonNull(GraphQLBoolean))[1:]

    def _variable(self, value: Any, type_: GraphQLInputType, *, has_default: bool = False) -> str:
        name = self._name()
        stated = type_
        if isinstance(type_, GraphQLNonNull) and has_default and self.rng.random() < 0.5:
            # Allowed where the argument has a default, which then counts if nothing is sent.
            stated = type_.of_type
        elif not isinstance(type_, GraphQLNonNull) and value is not None and self.rng.random() < 0.25:
            stated = GraphQLNonNull(type_)
        self.declared.append(f"${name}: {stated}{self._default(name, value, stated)}")
        self.meant[name] = value
        return f"${name}"

    def _default(self, name: str, value: Any, stated: GraphQLInputType) -> str:
        """What is sent, or that nothing is; and the default if there is one."""
        way = 0.5 if self.wordless and _has_text(value) else self.rng.random()
        if way < 0.15:
            # The default is all there is.
            return f" = {literal(value)}"
        if value is None and way < 0.5:
            return ""
        self.given[name] = self._sent(value, stated)
        # A default that what is sent overrides.
        return f" = {literal(value)}" if way > 0.85 else ""

    def _sent(self, value: Any, type_: GraphQLInputType) -> Any:
        if isinstance(value, list) and len(value) == 1 and is_list_type(get_nullable_type(type_)):
            # A list of one may be sent as its item.
            return plain(value[0] if self.rng.random() < 0.3 else value)
        if isinstance(value, int) and not isinstance(value, bool) and self.rng.random() < 0.05:
            return float(value)
        return plain(value)

    def _literal(self, value: Any, type_: GraphQLInputType) -> str:
        inner = get_nullable_type(type_)
        if isinstance(value, list) and isinstance(inner, GraphQLList):
            items = [self.spelt(item, inner.of_type, within=True) for item in value]
            alone = len(items) == 1 and not items[0].startswith("$") and self.rng.random() < 0.3
            return items[0] if alone else f"[{', '.join(items)}]"
        if isinstance(value, Mapping) and not isinstance(inner, GraphQLInputObjectType):
            return self._untyped(value)
        if isinstance(value, Mapping) and isinstance(inner, GraphQLInputObjectType):
            parts = (
                f"{name}: {self.spelt(part, inner.fields[name].type, within=True)}" for name, part in value.items()
            )
            return f"{{{', '.join(parts)}}}"
        return literal(value)

    def _untyped(self, value: Mapping[str, Any]) -> str:
        """An object of a scalar's own, in which variables of any type can stand."""
        parts = []
        for name, part in value.items():
            by_variable = isinstance(part, str) and self.rng.random() < 0.2
            text = self._variable(part, GraphQLNonNull(GraphQLString)) if by_variable else literal(part)
            parts.append(f"{name}: {text}")
        return f"{{{', '.join(parts)}}}"

    def _name(self) -> str:
        # Not in the order of the alphabet, nor of the places where they stand.
        return f"v{len(self.declared)}{self.rng.choice(('', '_', 'id', 'First'))}"


def _has_text(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_text, value.values()))
    if isinstance(value, list):
        return any(map(_has_text, value))
    return isinstance(value, str) and not isinstance(value, Word)


def literal(value: Any) -> str:
    """The value without variables."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {literal(part)}' for name, part in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    return json.dumps(value)


def plain(value: Any) -> Any:
    """The value as JSON holds it."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, Word) else value
