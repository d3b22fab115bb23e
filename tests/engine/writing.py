"""Writes operations by chance: any field that can be read, in every way in which GraphQL lets one ask for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from tests.engine import graph
from tests.engine.arguments import Arguments, Given
from tests.engine.conditions import Conditions
from tests.engine.material import Material
from tests.engine.merging import Signature, Taken
from tests.engine.spelling import Variables
from tests.engine.tree import (
    TYPENAME,
    Field,
    Fragment,
    Inline,
    Operation,
    Selection,
    Spread,
    depth,
    fields,
)

# Well within app/rules/limits.py: a document that is refused for its size compares nothing.
MAX_DEPTH = 15
MAX_ALIASES = 45
MAX_NETWORKS = 12
MAX_NESTED = 3
# How many items a list has at a guess, which bounds what an answer costs.
_LISTS = {"Network.nodes": 5, "Network.edges": 6, "SignalChange": 8, "ChangePage.items": 8, "Signal.contributors": 2}
_ITEMS = 3
# What is met everywhere is chosen less often than the rest, which counts 4.
_SAYS_LITTLE = {"PageInfo": 1, "SharingGroup": 1, "Participant": 2}


@dataclass
class Place:
    """Where selections are written: how deep, for about how many objects, and what is taken there."""

    parent: str
    levels: int
    weight: float
    taken: Taken
    # What the arguments around it let expect: the types of objects asked for by id, the items of a page.
    types: tuple[str, ...] = ()
    items: int = 0
    # Fragments inside each other since the last field.
    nested: int = 0

    def on(self, parent: str) -> "Place":
        return replace(self, parent=parent, nested=self.nested + 1)


@dataclass
class Writer:
    """One operation. `scopes` are those that it stays within; `size` bounds the fields of its answer."""

    rng: Random
    material: Material
    scopes: Collection[str]
    name: str = ""
    rough: bool = False
    directives: int = 0
    size: float = field(init=False)
    variables: Variables = field(init=False)
    conditions: Conditions = field(init=False)
    arguments: Arguments = field(init=False)
    fragments: list[Fragment] = field(default_factory=list)
    aliases: int = 0
    networks: float = 0
    # A field that it tries to reach, by coordinate; none just wanders.
    aim: str = ""
    aimed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.size = max(600 if self.aim else 0, 2 ** self.rng.uniform(6, 11))
        self.left = int(2 ** self.rng.uniform(3, 6.5))
        self.aimed = bool(self.aim)
        self.distance = graph.distances(self.aim.partition(".")[0]) if self.aim else {}
        self.fragmentary = self.rng.choice((0.05, 0.15, 0.35))
        self.variables = Variables(self.rng)
        self.conditions = Conditions(self.rng, self.variables, self.directives)
        self.arguments = Arguments(self.rng, self.material, self.variables, self.rough, self._nouns(), self.aimed)

    def operation(self, root: str = graph.ROOT) -> Operation:
        levels = max(self.rng.choice((3, 5, 7, 9, 11, MAX_DEPTH)), self.distance.get(root, 0) + 2)
        children = self.selections(Place(root, levels, 1, Taken()))
        return self.finished(root, children)

    def _nouns(self) -> Sequence[str]:
        """The types of which ids are given: mostly such as the token reaches, and as lead to the aim."""
        near = [noun for noun in graph.NODES if self.distance.get(noun, MAX_DEPTH) < 2]
        open_ones = [noun for noun in graph.NODES if self.may(noun)]
        return near * 8 + open_ones * 4 + list(graph.NODES)

    def finished(self, root: str, children: Sequence[Selection]) -> Operation:
        spread = list(self.fragments)
        given = self.variables
        return Operation(self.name, root, children, spread, given.declared, given.given, given.meant)

    # --- Selections -------------------------------------------------------------------------------------------------

    def selections(self, place: Place) -> list[Selection]:
        found = self._of_abstract(place) if graph.is_abstract(place.parent) else self._of_object(place)
        return found or [self._typename(place)]

    def _of_object(self, place: Place) -> list[Selection]:
        most = len(graph.fields_of(place.parent)) + 1
        count = min(most, self.rng.choice((1, 1, 2, 3) if place.parent == graph.ROOT else (1, 2, 3, 4, 6, 8, 12)))
        written: list[Selection | None] = []
        for _ in range(count):
            if self.size < 0 or self.left < 0:
                break
            written.append(self._one(place, written))
        return [one for one in written if one is not None]

    def _one(self, place: Place, before: Sequence[Selection | None]) -> Selection | None:
        way = self.rng.random()
        if way < 0.05:
            return self._typename(place)
        if way < 0.05 + self.fragmentary and place.nested < MAX_NESTED:
            return self._fragment(place)
        if way > 0.94:
            return self._again(place, before)
        return self._field(place)

    def _of_abstract(self, place: Place) -> list[Selection]:
        """What its objects share, and fragments on some of the types that they can be of."""
        if place.nested >= MAX_NESTED:
            return [self._typename(place)]
        written: list[Selection | None] = [self._typename(place)] if self.rng.random() < 0.9 else []
        if graph.fields_of(place.parent) and self.rng.random() < 0.5:
            written.append(self._field(place))
        likely = [name for name in dict.fromkeys(place.types) if name in graph.objects_of(place.parent)]
        possible = sorted(graph.objects_of(place.parent))
        near = min(possible, key=lambda name: self.distance.get(name, MAX_DEPTH))
        chosen = likely or [near, *self.rng.sample(possible, min(1, len(possible)))]
        for name in [*chosen, *self.rng.sample(possible, self.rng.choice((0, 0, 1)))]:
            if self.may(name):
                written.append(self._fragment(place, on=name))
        self.rng.shuffle(written)
        return [one for one in written if one is not None]

    def _typename(self, place: Place) -> Field:
        key = self._key(place, Signature(TYPENAME, "", "String!")) or TYPENAME
        place.taken.take(key, Signature(TYPENAME, "", "String!"))
        return Field(place.parent, TYPENAME, key, "String!", condition=self.conditions.some(0.03))

    def _again(self, place: Place, before: Sequence[Selection | None]) -> Selection | None:
        """A field under the same name once more, perhaps with other selections: their answers merge."""
        met = [one for one in before if isinstance(one, Field) and one.name in graph.fields_of(place.parent)]
        if not met:
            return self._field(place)
        one = self.rng.choice(met)
        return self._written(place, one.name, one.key, Given(one.arguments, items=place.items, types=place.types))

    # --- Fields -----------------------------------------------------------------------------------------------------

    def _field(self, place: Place) -> Field | None:
        name = self._chosen_field(place)
        if name is None:
            return None
        with self.variables.kept_if_used() as used:
            given = self.arguments.of(place.parent, name)
            type_ = str(graph.fields_of(place.parent)[name].type)
            used.key = self._key(place, Signature(name, given.text, type_))
        return None if used.key is None else self._written(place, name, used.key, given)

    def _chosen_field(self, place: Place) -> str | None:
        open_ones = [name for name in graph.fields_of(place.parent) if self._can(place, name)]
        if self.aimed and (towards := self._towards(place, open_ones)) and self.rng.random() < 0.85:
            return self.rng.choice(towards)
        # What leads on is chosen as often as all the rest: else deep types would hardly be met.
        leading = [name for name in open_ones if graph.leads_to(graph.fields_of(place.parent)[name])]
        plain = [name for name in open_ones if name not in leading]
        among = leading if leading and (not plain or self.rng.random() < 0.45) else plain
        new = [name for name in among if name not in place.taken.names]
        among = new if new and self.rng.random() < 0.9 else among
        weights = [_SAYS_LITTLE.get(graph.leads_to(graph.fields_of(place.parent)[name]), 4) for name in among]
        return self.rng.choices(among, weights)[0] if among else None

    def _towards(self, place: Place, names: Sequence[str]) -> list[str]:
        """Those of the fields that lead to the aim."""
        kind, _, name = self.aim.partition(".")
        if place.parent == kind and name in names:
            return [name]
        here = self.distance.get(place.parent, 0)
        fields = graph.fields_of(place.parent)
        return [one for one in names if self.distance.get(graph.leads_to(fields[one]), MAX_DEPTH) < here]

    def _can(self, place: Place, name: str) -> bool:
        field = graph.fields_of(place.parent)[name]
        target = graph.leads_to(field)
        if name == "_service" or not graph.needed(place.parent, name) <= set(self.scopes):
            return False
        if not target:
            return True
        if name == "network" and self.networks + place.weight > MAX_NETWORKS:
            return False
        return place.levels > 1 and self.size > 4 * place.weight and self.left > 0

    def _written(self, place: Place, name: str, key: str, given: Given) -> Field:
        field = graph.fields_of(place.parent)[name]
        target, type_ = graph.leads_to(field), str(field.type)
        inner = place.taken.take(key, Signature(name, given.text, type_))
        self.size -= place.weight
        self.left -= 1
        self.aimed &= self.aim != f"{place.parent}.{name}"
        self.networks += place.weight if name == "network" else 0
        children: Sequence[Selection] = ()
        if target:
            weight = place.weight * self._expected(place, name, given)
            types, items = given.types or place.types, given.items or (place.items if name == "edges" else 0)
            children = self.selections(Place(target, place.levels - 1, weight, inner, types, items))
        condition = self.conditions.some(0.06)
        return Field(place.parent, name, key, type_, given.text, condition, target, children)

    def _expected(self, place: Place, name: str, given: Given) -> float:
        if not graph.is_list(graph.fields_of(place.parent)[name]):
            return 1
        known = _LISTS.get(f"{place.parent}.{name}", _ITEMS)
        return max(1, given.items or min(place.items or known, 8 if place.weight == 1 else known))

    def _key(self, place: Place, signature: Signature) -> str | None:
        """Its own name, or an alias: sometimes the name of another field. None where no more aliases fit."""
        if place.taken.admits(signature.name, signature) and self.rng.random() < 0.85:
            return signature.name
        if self.aliases >= MAX_ALIASES:
            return signature.name if place.taken.admits(signature.name, signature) else None
        others = list(graph.fields_of(place.parent))
        key = self.rng.choice(others) if others and self.rng.random() < 0.3 else f"a{self.aliases}"
        if not place.taken.admits(key, signature):
            key = f"a{self.aliases}"
        self.aliases += key != signature.name
        return key

    # --- Fragments --------------------------------------------------------------------------------------------------

    def _fragment(self, place: Place, on: str = "") -> Selection | None:
        if not on and self.rng.random() < 0.3 and (again := self._spread_again(place)) is not None:
            return again
        on = on or self._chosen_type(place)
        target = on or place.parent
        if not self.may(target):
            return None
        if on and self.rng.random() < 0.4:
            children = self.selections(place.on(target))
            fragment = Fragment(f"{self.name}F{len(self.fragments)}", target, children)
            self.fragments.append(fragment)
            return Spread(fragment, self.conditions.some(0.06))
        children = self.selections(place.on(target))
        return Inline(on, children, self.conditions.some(0.06))

    def _chosen_type(self, place: Place) -> str:
        """Its own type, none at all, or another one that its objects can be of."""
        way = self.rng.random()
        if way < 0.3:
            return ""
        if way < 0.6:
            return place.parent
        # Results of mutations can be met anywhere, and say little.
        possible = graph.conditions_on(place.parent)
        usual = [name for name in possible if not name.endswith("Result") or name == "ChangesResult"]
        return self.rng.choice(usual if way < 0.97 else possible)

    def _spread_again(self, place: Place) -> Selection | None:
        """A fragment that was written for another place."""
        fitting = [
            fragment
            for fragment in self.fragments
            if fragment.on in graph.conditions_on(place.parent)
            and depth(fragment.children) <= place.levels
            and self._affordable(place, fragment)
            and place.taken.admits_all(fragment.children)
        ]
        if not fitting:
            return None
        fragment = self.rng.choice(fitting)
        place.taken.take_all(fragment.children)
        written = list(fields(fragment.children))
        self.aliases += sum(one.key != one.name for one in written)
        self.size -= place.weight * len(written) * 2
        self.left -= len(written)
        return Spread(fragment, self.conditions.some(0.06))

    def _affordable(self, place: Place, fragment: Fragment) -> bool:
        written = list(fields(fragment.children))
        aliased = sum(one.key != one.name for one in written)
        networks = sum(one.name == "network" for one in written)
        fits = self.aliases + aliased <= MAX_ALIASES and self.size > place.weight * len(written) * 2
        return fits and (not networks or self.networks + networks * place.weight <= MAX_NETWORKS)

    def may(self, name: str) -> bool:
        return graph.type_needs(name) <= set(self.scopes)
