"""The arguments of generated fields: mostly what makes sense in the world, now and then what does not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type, is_required_argument

from tests.engine.graph import ENTITIES, GRAPH, fields_of
from tests.engine.material import NO_MOMENTS, PREFIXES, Material, moment
from tests.engine.spelling import Variables, Word

# Sizes of pages: more than there is, all, some, one.
_PAGES = (1, 2, 3, 3, 5, 10, 50, 1_000)
_NO_PAGES = (0, -1, 1_001, 2_147_483_647)


@dataclass(frozen=True)
class Given:
    """The arguments of one field as text, and what they let expect: how many items, and of which types."""

    text: str = ""
    items: int = 0
    types: tuple[str, ...] = ()


@dataclass
class Arguments:
    """`rough` operations also say what is refused; `generous` ones mostly ask for all there is."""

    rng: Random
    material: Material
    variables: Variables
    rough: bool
    # The types of which ids are given, the likelier ones more often.
    nouns: Sequence[str]
    generous: bool = False

    def of(self, parent: str, name: str) -> Given:
        stated = fields_of(parent)[name].args if name in fields_of(parent) else {}
        parts: list[str] = []
        items, types = 0, tuple[str, ...]()
        for argument_name, argument in stated.items():
            if not is_required_argument(argument) and self.rng.random() < self._left_out(name, argument_name):
                continue
            value = self._value(f"{parent}.{name}", argument_name)
            # For an argument that has a default other than null, null is refused.
            has_default = argument.default_value is not None and not is_required_argument(argument)
            parts.append(f"{argument_name}: {self.variables.spelt(value, argument.type, has_default=has_default)}")
            items = self._expected_items(argument_name, value) or items
            types = self._expected_types(argument_name, value) or types
        return Given(f"({', '.join(parts)})" if parts else "", items, types)

    def _left_out(self, field: str, argument: str) -> float:
        """How likely an argument is not given."""
        if argument == "filter":
            return 0.9 if self.generous else 0.6
        if argument == "after" and field != "changes":
            return 0.65 if self.generous else 0.5
        return 0.45

    def _expected_items(self, name: str, value: Any) -> int:
        if name in ("ids", "representations", "values"):
            return len(value)
        return max(0, min(value, 1_000)) if name in ("first", "limit") and value is not None else 0

    def _expected_types(self, name: str, value: Any) -> tuple[str, ...]:
        """Of the objects that are asked for by id."""
        asked = value if isinstance(value, list) else [value]
        if name == "representations":
            return tuple(one["__typename"] for one in asked if one.get("__typename") in ENTITIES)
        if name in ("id", "ids"):
            nouns = {str(prefix): noun for noun, prefix in PREFIXES.items()}
            return tuple(nouns[one[:3]] for one in asked if isinstance(one, str) and one[:3] in nouns)
        return ()

    def _value(self, coordinate: str, name: str) -> Any:
        draw: Mapping[str, Callable[[], Any]] = {
            "first": self._page_size,
            "after": lambda: self._after(feed=coordinate == "Query.changes"),
            "epoch": lambda: self._wild(self.rng.choice((None, 1, 2)), 0, -1, 99),
            "depth": lambda: self._wild(self.rng.choice((1, 2, 2, 3)), 0, 4, -1),
            "limit": lambda: self._wild(self.rng.choice((1, 2, 5, 20, 500)), 0, 501),
            "ids": lambda: [
                self._id(self.rng.choice(self.nouns)) for _ in range(self.rng.choice((0, 1, 1, 2, 3, 5, 8)))
            ],
            "representations": self._representations,
            "values": self._values,
            "relation": lambda: self._maybe(lambda: self._word("Relation")),
            "state": lambda: self._maybe(lambda: self._word("VictimReportState")),
            # Of those that are withdrawn, nothing else tells why.
            "status": lambda: self.rng.choice((self._word("ContributionStatus"), Word("RETRACTED"))),
            "orderBy": lambda: self._word("SignalOrder"),
            "id": lambda: self._id("Signal" if coordinate == "Query.signal" else self.rng.choice(self.nouns)),
            "participantId": lambda: self._maybe(lambda: self._id("Participant")),
            "filter": lambda: self._filter(coordinate),
        }
        if name in ("from", "to"):
            return self._end_of_period(name)
        return draw[name]()

    # --- Single values ----------------------------------------------------------------------------------------------

    def _wild(self, sound: Any, *refused: Any) -> Any:
        return self.rng.choice(refused) if self.rough and self.rng.random() < 0.2 else sound

    def _maybe(self, draw: Callable[[], Any]) -> Any:
        return None if self.rng.random() < 0.35 else draw()

    def _word(self, enum: str) -> Word:
        type_ = GRAPH.type_map[enum]
        assert isinstance(type_, GraphQLEnumType)
        return Word(self.rng.choice(list(type_.values)))

    def _page_size(self) -> int:
        return int(self._wild(self.rng.choice(_PAGES[3:] if self.generous else _PAGES), *_NO_PAGES))

    def _after(self, *, feed: bool) -> str | None:
        own, other = self.material.cursors, self.material.places
        if feed:
            own, other = other, own
        known = self.rng.choice(own) if own and self.rng.random() < 0.5 else None
        return self._wild(known, *other, *self.material.foreign)  # type: ignore[no-any-return]

    def _id(self, noun: str) -> str:
        """Of this type, mostly: seen, hidden, of another type, misspelt or of nothing."""
        found = self.material.ids.get(noun, ())
        known = self.rng.choice(found) if found else f"{PREFIXES[noun].value}_{'ab' * 16}"
        way = self.rng.random()
        if way > 0.12:
            return known
        prefix, _, digits = known.partition("_")
        return self.rng.choice(
            (
                known.upper(),
                f"{prefix}_{digits.upper()}",
                f"{self.rng.choice(list(PREFIXES.values())).value}_{digits}",
                f"{prefix}_{'0' * 32}",
                f"{prefix}_{'fedc' * 8}",
                f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}",
                f"{known}0",
                "evt_" + digits,
                "",
                "12345",
                f" {known}",
                '"\\\u2028\U0001f33f',
            )
        )

    def _moment(self) -> str:
        return str(self._wild(moment(self.rng, self.material), *NO_MOMENTS))

    def _end_of_period(self, name: str) -> str:
        """Whole months around now, mostly; else any times, which may end before they begin."""
        if self.rng.random() < 0.25:
            return self._moment()
        month = self.material.now.month
        day = self.rng.choice((1, 15))
        if name == "from":
            return f"{self.material.now.year}-{month - 1:02}-{day:02}T00:00:00Z"
        return f"{self.material.now.year}-{month + 1:02}-{day:02}T{self.rng.choice((0, 7)):02}:30:00+01:00"

    # --- Compound values --------------------------------------------------------------------------------------------

    def _representations(self) -> list[dict[str, Any]]:
        found = []
        for _ in range(self.rng.choice((0, 1, 1, 2, 3, 6))):
            noun = self.rng.choice([noun for noun in self.nouns if noun in ENTITIES])
            sound = self._key(noun)
            found.append(
                self._wild(
                    sound,
                    {"__typename": "SharingGroup", "id": self._id("SharingGroup")},
                    {"id": self._id(noun)},
                    {"__typename": noun},
                    {"__typename": noun, "id": 7},
                    sound | {"more": ["fields", None]},
                )
            )
        return found

    def _key(self, noun: str) -> dict[str, Any]:
        """A representation by the id, mostly, or by another key of its type."""
        by_id = {"__typename": noun, "id": self._id(noun)}
        if noun == "Participant" and self.material.slugs:
            slug = self.rng.choice((*self.material.slugs, "nobody", "No slug\0", ""))
            return self.rng.choice((by_id, {"__typename": noun, "slug": slug}))
        if noun == "Signal" and self.rng.random() < 0.3:
            tag = self.rng.choice((f"1:1:{'ab' * 32}", f"2:1:{'0' * 64}", f"1:9:{'0' * 64}", "1:1:ab", ""))
            by_type = {} if self.rng.random() < 0.5 else {"type": str(self._word("SignalType"))}
            return {"__typename": noun, **by_type, "matchTagKey": tag}
        return by_id

    def _values(self) -> list[dict[str, Any]]:
        chosen = [self.rng.choice(self.material.values) for _ in range(self.rng.choice((1, 1, 2, 4, 8)))]
        found = [{**one, "type": Word(one["type"])} for one in chosen]
        return self._wild(found, [])  # type: ignore[no-any-return]

    def _filter(self, coordinate: str) -> Any:
        """Some of its members; refused combinations come by themselves."""
        if self.rng.random() < 0.15:
            return None
        type_ = get_named_type(fields_of("Query")[coordinate.partition(".")[2]].args["filter"].type)
        assert isinstance(type_, GraphQLInputObjectType)
        most = self.rng.choice((0, 0, 1, 1, 1, 1, 2, 3, len(type_.fields)))
        members = self.rng.sample(list(type_.fields), min(most, len(type_.fields)))
        if coordinate == "Query.signals" and not self.rough and len(members) > 1:
            # What anchors the combination, so that most are answered.
            members = list(dict.fromkeys([self.rng.choice(("types", "contributor", "updatedSince")), *members]))
        return {name: self._member(name, type_) for name in members}

    def _member(self, name: str, of: GraphQLInputObjectType) -> Any:
        draw: Mapping[str, Callable[[], Any]] = {
            "confidenceAtLeast": lambda: self._wild(self.rng.choice((1, 25, 40, 50, 75, 99)), 0, 100),
            "contributor": lambda: self._id("Participant"),
            "openedBy": lambda: self._id("Participant"),
            "group": lambda: self._id("SharingGroup"),
            "hasSignal": lambda: self._id("Signal"),
            "hasFeedback": lambda: self.rng.random() < 0.6,
            "updatedSince": self._moment,
            "slug": lambda: self.rng.choice((*self.material.slugs, "nobody", "")),
        }
        if name in draw:
            return draw[name]() if name != "hasFeedback" else self._maybe(draw[name])
        enum = get_named_type(of.fields[name].type).name
        if str(of.fields[name].type).startswith("["):
            return [self._word(enum) for _ in range(self.rng.choice((0, 1, 1, 2, 4)))]
        return self._maybe(lambda: self._word(enum))
