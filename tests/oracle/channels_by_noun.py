"""Channels that find every object of one noun: by its id, as an entity, or in a list."""

from collections.abc import Callable, Iterator
from typing import Any

from app.rules.ids import Prefix, shown
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.nouns import NOUNS

Narrowed = Callable[[Look], set[str]]


class NodesOf(Channel):
    """Every object of one noun by its id, through `nodes`; the first one through `node` as well."""

    def __init__(self, noun: str) -> None:
        self.noun, self._of = noun, NOUNS[noun]
        asked = f"{{ ... on {noun} {{ {self._of.selection} }} }}"
        self.name, self.scopes = f"node: {noun}", frozenset({self._of.scope})
        self.variables = ((f"ids{noun}", "[ID!]!"), (f"id{noun}", "ID!"))
        self.fields = f"nodes{noun}: nodes(ids: $ids{noun}) {asked} node{noun}: node(id: $id{noun}) {asked}"

    def given(self, look: Look) -> Data:
        asked = [*self._of.seen(look)]
        return {f"ids{self.noun}": asked, f"id{self.noun}": asked[0] if asked else "nothing"}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        found = zip(self._of.seen(look), data[f"nodes{self.noun}"], strict=True)
        return {id: self._of.read(answer) for id, answer in found}

    def expected(self, look: Look) -> dict[str, Seen]:
        return self._of.seen(look)

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        if data[f"nodes{self.noun}"] and data[f"node{self.noun}"] != data[f"nodes{self.noun}"][0]:
            yield "`node` and `nodes` differ"


class EntitiesOf(Channel):
    """Every object of one noun as other subgraphs ask for it."""

    def __init__(self, noun: str) -> None:
        self.noun, self._of = noun, NOUNS[noun]
        self.name, self.scopes = f"_entities: {noun}", frozenset({self._of.scope})
        self.variables = ((f"of{noun}", "[_Any!]!"),)
        self.fields = f"of{noun}: _entities(representations: $of{noun}) {{ ... on {noun} {{ {self._of.selection} }} }}"

    def given(self, look: Look) -> Data:
        return {f"of{self.noun}": [{"__typename": self.noun, "id": id} for id in self._of.seen(look)]}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        found = zip(self._of.seen(look), data[f"of{self.noun}"], strict=True)
        return {id: self._of.read(answer) for id, answer in found}

    def expected(self, look: Look) -> dict[str, Seen]:
        return self._of.seen(look)


class Listed(Channel):
    """A connection; `only` names those of the noun that belong into it, if not all that are seen."""

    def __init__(self, noun: str, name: str, only: Narrowed | None = None) -> None:
        self._of, self.name, self._only = NOUNS[noun], name, only
        self.scopes = frozenset({self._of.scope})
        self.fields = f"{name}(first: 1000) {{ edges {{ node {{ {self._of.selection} }} }} }}"

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {edge["node"]["id"]: self._of.read(edge["node"]) for edge in data[self.name]["edges"]}

    def expected(self, look: Look) -> dict[str, Seen]:
        seen = self._of.seen(look)
        belongs = seen.keys() if self._only is None else self._only(look)
        return {id: one if id in belongs else Seen(None) for id, one in seen.items()}


def given(look: Look) -> set[str]:
    return {shown(Prefix.FEEDBACK, f.id) for f in look.facts.feedback if f.author is look.viewer}


def received(look: Look) -> set[str]:
    return {shown(Prefix.FEEDBACK, f.id) for f in look.facts.feedback if look.oracle.received(look.viewer, f)}
