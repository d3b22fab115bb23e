"""Which names of an answer are taken by what, so that what is written merges as the specification asks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.engine.tree import Field, Selection, Spread


class Signature(NamedTuple):
    """What a field that answers under a taken name must be, too. Stricter than the rule for types that never meet."""

    name: str
    arguments: str
    type: str


@dataclass
class Taken:
    """The names of one object of the answer, with what answers under each and what is within that."""

    names: dict[str, tuple[Signature, "Taken"]] = field(default_factory=dict)

    def admits(self, key: str, signature: Signature) -> bool:
        return key not in self.names or self.names[key][0] == signature

    def take(self, key: str, signature: Signature) -> "Taken":
        return self.names.setdefault(key, (signature, Taken()))[1]

    def admits_all(self, selections: Sequence[Selection]) -> bool:
        """Whether these, written for another place, can be asked for here as well."""
        for one in selections:
            if not isinstance(one, Field):
                fits = self.admits_all(within(one))
            else:
                there = self.names.get(one.key)
                fits = there is None or (there[0] == signature_of(one) and there[1].admits_all(one.children))
            if not fits:
                return False
        return True

    def take_all(self, selections: Sequence[Selection]) -> None:
        for one in selections:
            if isinstance(one, Field):
                self.take(one.key, signature_of(one)).take_all(one.children)
            else:
                self.take_all(within(one))


def signature_of(field: Field) -> Signature:
    return Signature(field.name, field.arguments, field.type)


def within(one: Selection) -> Sequence[Selection]:
    return one.fragment.children if isinstance(one, Spread) else one.children
