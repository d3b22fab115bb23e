"""A query document as a tree: what is written, and what of it a server should answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TYPENAME = "__typename"


Truth = bool | str
"""What a directive asks: a literal, or the name of a variable."""


@dataclass(frozen=True)
class Condition:
    """The `@include` and `@skip` of a selection, as they are written."""

    text: str = ""
    includes: Sequence[Truth] = ()
    skips: Sequence[Truth] = ()

    def passes(self, meant: Mapping[str, Any]) -> bool:
        def holds(one: Truth) -> bool:
            return bool(meant[one]) if isinstance(one, str) else one

        return all(map(holds, self.includes)) and not any(map(holds, self.skips))


ALWAYS = Condition()


@dataclass(frozen=True)
class Field:
    """`parent` is the type it was written on; `leads_to` the named type of what it answers, if that has fields."""

    parent: str
    name: str
    key: str
    type: str
    arguments: str = ""
    condition: Condition = ALWAYS
    leads_to: str = ""
    children: "Sequence[Selection]" = ()

    @property
    def coordinate(self) -> str:
        return f"{self.parent}.{self.name}"


@dataclass(frozen=True)
class Inline:
    """An inline fragment; `on` is empty where it has no type condition."""

    on: str
    children: "Sequence[Selection]"
    condition: Condition = ALWAYS


@dataclass(frozen=True)
class Fragment:
    name: str
    on: str
    children: "Sequence[Selection]"


@dataclass(frozen=True)
class Spread:
    fragment: Fragment
    condition: Condition = ALWAYS


Selection = Field | Inline | Spread


@dataclass(frozen=True)
class Operation:
    """`declared` are its variables as text, `given` what a request sends for them, `meant` what they then stand for:
    the default where nothing is sent."""

    name: str
    root: str
    children: Sequence[Selection]
    fragments: Sequence[Fragment] = ()
    declared: Sequence[str] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    meant: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        kind = "mutation" if self.root == "Mutation" else "query"
        head = f"{kind} {self.name}".rstrip()
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        body = f"{head}{declared} {_set(self.children)}"
        # The short form, where there is nothing to say but what is asked for.
        text = body.removeprefix("query ") if body.startswith("query {") else body
        return "\n".join([text, *(f"fragment {f.name} on {f.on} {_set(f.children)}" for f in self.fragments)])


@dataclass(frozen=True)
class Asked:
    """A request: a document of one or several operations, one of which is to run. A `rough` one may say what is
    refused, wherever there is somebody to refuse it."""

    operations: Sequence[Operation]
    chosen: Operation
    sends_name: bool = False
    rough: bool = False

    @property
    def text(self) -> str:
        return "\n".join(map(str, self.operations))

    @property
    def body(self) -> dict[str, Any]:
        name = {"operationName": self.chosen.name} if self.sends_name else {}
        return {"query": self.text, "variables": dict(self.chosen.given), **name}


def fields(selections: Sequence[Selection]) -> Iterator[Field]:
    """All that are written, at every depth; those of a fragment once for each time it is spread."""
    for one in selections:
        if isinstance(one, Field):
            yield one
        yield from fields(one.fragment.children if isinstance(one, Spread) else one.children)


def depth(selections: Sequence[Selection]) -> int:
    """Levels of fields."""
    levels = (
        1 + depth(one.children)
        if isinstance(one, Field)
        else depth(one.fragment.children if isinstance(one, Spread) else one.children)
        for one in selections
    )
    return max(levels, default=0)


def typename_keys(selections: Sequence[Selection]) -> set[str]:
    """Under which names the type of an object is answered at this level."""
    found: set[str] = set()
    for one in selections:
        if isinstance(one, Field):
            found |= {one.key} if one.name == TYPENAME else set()
        else:
            found |= typename_keys(one.fragment.children if isinstance(one, Spread) else one.children)
    return found


def _set(selections: Sequence[Selection]) -> str:
    return f"{{ {' '.join(map(_text, selections))} }}"


def _text(one: Selection) -> str:
    if isinstance(one, Spread):
        return f"...{one.fragment.name}{one.condition.text}"
    if isinstance(one, Inline):
        return f"...{f' on {one.on}' if one.on else ''}{one.condition.text} {_set(one.children)}"
    name = one.name if one.key == one.name else f"{one.key}: {one.name}"
    within = f" {_set(one.children)}" if one.leads_to else ""
    return f"{name}{one.arguments}{one.condition.text}{within}"
