"""Every place of the schema that a client's value can stand in: arguments, fields of inputs, items of lists."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_leaf_type,
)

from tests.flows.documents import BY_ID, KINDS, Document, Examples, Step, Way, Writer, paths

# What a problem says, wherever a call can end in one.
PROBLEM = "code message ... on InvalidInput { field reason } ... on NotFound { noun }"
ROW_PROBLEM = "problem { code field reason message }"


@dataclass(frozen=True)
class Position:
    """`argument` is a coordinate, `route` leads from its value to the place, which takes values of `type`."""

    way: Way
    argument: str
    route: tuple[str | int, ...]
    coordinate: str
    type: GraphQLInputType

    @property
    def label(self) -> str:
        return self.argument + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.route)

    def part(self, name: str | int, coordinate: str, type_: GraphQLInputType) -> "Position":
        """A place within this one."""
        return Position(self.way, self.argument, (*self.route, name), coordinate, type_)

    def with_value(self, examples: Examples, value: Any) -> dict[str, Any]:
        """The examples with `value` in this place."""
        if not self.route:
            return {**examples, self.argument: value}
        whole = deepcopy(examples[self.argument])
        holder = whole
        for part in self.route[:-1]:
            holder = holder[part]
        holder[self.route[-1]] = value
        return {**examples, self.argument: whole}


def positions(graph: GraphQLSchema, examples: Examples) -> list[Position]:
    """Those of all operations; a place within an object that the examples leave out is an error."""
    found = []
    for way in _ways_to_fields_with_arguments(graph, examples):
        parent = graph.type_map[way[-1].parent]
        assert isinstance(parent, GraphQLObjectType)
        for name, argument in parent.fields[way[-1].name].args.items():
            at = f"{way[-1].coordinate}({name}:)"
            found += list(_within(Position(way, at, (), at, argument.type), examples[at]))
    return found


def _ways_to_fields_with_arguments(graph: GraphQLSchema, examples: Examples) -> Iterator[Way]:
    from_root = paths(graph, (), examples) | {"Mutation": (), "Subscription": ()}
    for type_ in graph.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            way = from_root.get(type_.name) or _by_id(graph, type_.name, examples)
            yield from ((*way, Step(type_.name, name)) for name, field in type_.fields.items() if field.args)


def _by_id(graph: GraphQLSchema, type_name: str, examples: Examples) -> Way:
    return paths(graph, (Step("Query", BY_ID[0]),), examples).get(type_name, ())


def _within(place: Position, example: Any) -> Iterator[Position]:
    yield place
    inner = get_nullable_type(place.type)
    if isinstance(inner, GraphQLList):
        for item in (example or [])[:1]:
            yield from _within(place.part(0, f"{place.coordinate}[]", inner.of_type), item)
    if isinstance(inner, GraphQLInputObjectType):
        assert set(example) == set(inner.fields), f"the example of {place.label} is not whole"
        for name, field in inner.fields.items():
            yield from _within(place.part(name, f"{inner.name}.{name}", field.type), example[name])


def calls(graph: GraphQLSchema, way: Way, turns: Sequence[Examples]) -> tuple[Document, dict[str, Any]]:
    """One document that calls the field once for each turn, as `a0`, `a1` and so on, and its variables.

    It asks for what is wrong and nothing else, so what was sent has no business in the answer.
    """
    texts: list[str] = []
    types: list[str] = []
    variables: dict[str, Any] = {}
    for number, examples in enumerate(turns):
        writer = Writer(graph, examples)
        writer.turn = f"_{number}"
        texts.append(f"a{number}: {writer.along(way, _problems(graph, way))}")
        part = writer.document("", "")
        types.append(part.text.partition("{")[0].strip(" ()"))
        variables |= part.variables(examples)
    declared = ", ".join(filter(None, types))
    return Document(f"{KINDS[way[0].parent]} ({declared}) {{ {' '.join(texts)} }}", {}), variables


@lru_cache(maxsize=128)
def _problems(graph: GraphQLSchema, way: Way) -> str:
    parent = graph.type_map[way[-1].parent]
    assert isinstance(parent, GraphQLObjectType)
    if is_leaf_type(get_named_type(parent.fields[way[-1].name].type)):
        return ""
    ends = paths(graph, way, {})
    parts = ["__typename"]
    if "InvalidInput" in ends or "Forbidden" in ends:
        parts.append(f"... on Problem {{ {PROBLEM} }}")
    if "RowProblem" in ends:
        parts.append(_row_problems(graph, ends["RowProblem"][len(way) :]))
    return " ".join(parts)


def _row_problems(graph: GraphQLSchema, way: Way) -> str:
    return Writer(graph, {}).along(way[:-1], ROW_PROBLEM)


def by_way(found: Sequence[Position]) -> Mapping[Way, list[Position]]:
    grouped: dict[Way, list[Position]] = {}
    for position in found:
        grouped.setdefault(position.way, []).append(position)
    return grouped
