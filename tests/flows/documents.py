"""Documents made from the schema itself, so that whatever is added to it is asked for too."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

# Ways to an object by an id that says itself of which type it is.
BY_ID = ("node", "nodes", "_entities")
KINDS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}
# The federation's own, and what every subgraph answers alike.
_OF_FEDERATION = frozenset({"_service"})

Examples = Mapping[str, Any]
"""What to give for an argument, by coordinate such as `Query.signals(first:)`."""


@dataclass(frozen=True)
class Step:
    """A field of `parent`, or with `name` empty a condition on that type."""

    parent: str
    name: str = ""

    @property
    def coordinate(self) -> str:
        return f"{self.parent}.{self.name}" if self.name else self.parent


Way = tuple[Step, ...]


@dataclass(frozen=True)
class Document:
    """`arguments` are the coordinates of what its variables stand for."""

    text: str
    arguments: Mapping[str, str]

    def variables(self, examples: Examples) -> dict[str, Any]:
        return {name: examples[coordinate] for name, coordinate in self.arguments.items()}


class Writer:
    """Writes selections, and keeps which variables they need; those of one `turn` have its number at their end.

    What is `left_out`, by coordinate, is not asked for unless a way leads there.
    """

    def __init__(self, graph: GraphQLSchema, examples: Examples, left_out: Collection[str] = ()) -> None:
        self._graph = graph
        self._examples = examples
        self._left_out = left_out
        self._needed: dict[str, tuple[str, str]] = {}
        self.turn = ""

    def document(self, kind: str, selection: str) -> Document:
        declared = ", ".join(f"${name}: {type_}" for name, (_, type_) in self._needed.items())
        text = f"{kind}{f' ({declared})' if declared else ''} {{ {selection} }}"
        return Document(text, {name: coordinate for name, (coordinate, _) in self._needed.items()})

    def along(self, path: Way, last: str) -> str:
        """The fields of a path one inside the other, with `last` innermost."""
        if not path:
            return last
        step, rest = path[0], path[1:]
        if not step.name:
            return f"... on {step.parent} {{ {self.along(rest, last)} }}"
        field = _field(self._graph, step)
        within = self.along(rest, last)
        return f"{self._call(step, field)} {{ {within} }}" if within else self._call(step, field)

    def all_of(self, type_: GraphQLNamedType, depth: int, seen: frozenset[str] = frozenset()) -> str:
        """Every field that can be asked for, `depth` objects deep; no type inside itself."""
        if is_abstract_type(type_):
            assert isinstance(type_, GraphQLAbstractType)
            members = self._graph.get_possible_types(type_)
            parts = [f"... on {member.name} {{ {self.all_of(member, depth, seen)} }}" for member in members]
            return " ".join(["__typename", *parts])
        assert isinstance(type_, GraphQLObjectType)
        parts = [self._whole(Step(type_.name, name), field, depth, seen) for name, field in type_.fields.items()]
        return " ".join(["__typename", *filter(None, parts)])

    def _whole(self, step: Step, field: GraphQLField, depth: int, seen: frozenset[str]) -> str:
        leaf = get_named_type(field.type)
        if not self.can_call(step, field) or {step.coordinate, leaf.name} & set(self._left_out):
            return ""
        if not is_composite_type(leaf):
            return self._call(step, field)
        if depth == 0 or leaf.name in seen:
            return ""
        # Pages and their edges are no depth of their own.
        deeper = depth if leaf.name.endswith(("Connection", "Edge")) else depth - 1
        return f"{self._call(step, field)} {{ {self.all_of(leaf, deeper, seen | {step.parent, leaf.name})} }}"

    def can_call(self, step: Step, field: GraphQLField) -> bool:
        return all(
            f"{step.coordinate}({name}:)" in self._examples
            for name, argument in field.args.items()
            if is_required_argument(argument)
        )

    def _call(self, step: Step, field: GraphQLField) -> str:
        given = []
        for name, argument in field.args.items():
            coordinate = f"{step.coordinate}({name}:)"
            if coordinate in self._examples:
                variable = f"{step.parent}_{step.name}_{name}{self.turn}"
                self._needed[variable] = (coordinate, str(argument.type))
                given.append(f"{name}: ${variable}")
        return f"{step.name}({', '.join(given)})" if given else step.name


@lru_cache(maxsize=128)
def mutation(graph: GraphQLSchema, name: str, depth: int = 2) -> str:
    """A mutation that takes its whole input as `$input` and asks for all that it answers."""
    assert graph.mutation_type is not None
    field = graph.mutation_type.fields[name]
    answer = Writer(graph, {}).all_of(get_named_type(field.type), depth)
    if not field.args:
        return f"mutation {{ {name} {{ {answer} }} }}"
    return f"mutation ($input: {field.args['input'].type}) {{ {name}(input: $input) {{ {answer} }} }}"


def whole(
    graph: GraphQLSchema, way: Way, examples: Examples, left_out: Collection[str] = (), depth: int = 2
) -> Document:
    """What a way leads to, with all that it answers but what is left out."""
    writer = Writer(graph, examples, left_out)
    end = graph.type_map[_type_at_end(graph, way)]
    return writer.document(KINDS[way[0].parent], writer.along(way, writer.all_of(end, depth=2)))


def reaching(graph: GraphQLSchema, path: Way, examples: Examples) -> Document:
    """A document that asks for what the path ends in, and nothing beside it."""
    writer = Writer(graph, examples)
    last = path[-1]
    leaf = get_named_type(_field(graph, last).type) if last.name else graph.type_map[last.parent]
    text = writer.along(path, "__typename" if is_composite_type(leaf) else "")
    return writer.document(KINDS[path[0].parent], text)


def paths(graph: GraphQLSchema, begin: Way, examples: Examples) -> dict[str, Way]:
    """For each type that can be reached from where `begin` ends, one of the shortest ways there."""
    writer = Writer(graph, examples)
    found = {_type_at_end(graph, begin): begin}
    waiting = list(found)
    while waiting:
        parent = waiting.pop(0)
        for steps, target in _ways_on(graph, parent):
            if target not in found and (not steps[0].name or writer.can_call(steps[0], _field(graph, steps[0]))):
                found[target] = found[parent] + steps
                waiting.append(target)
    return found


def _ways_on(graph: GraphQLSchema, parent: str) -> Iterator[tuple[Way, str]]:
    type_ = graph.type_map[parent]
    for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
        leaf = get_named_type(field.type)
        by_id = parent == "Query" and name in BY_ID
        if is_composite_type(leaf) and not by_id and name not in _OF_FEDERATION:
            yield (Step(parent, name),), leaf.name
    if is_abstract_type(type_):
        assert isinstance(type_, GraphQLAbstractType)
        yield from (((Step(member.name),), member.name) for member in graph.get_possible_types(type_))


def _type_at_end(graph: GraphQLSchema, path: Way) -> str:
    last = path[-1] if path else Step("Query")
    return get_named_type(_field(graph, last).type).name if last.name else last.parent


def _field(graph: GraphQLSchema, step: Step) -> GraphQLField:
    parent = graph.type_map[step.parent]
    assert isinstance(parent, GraphQLObjectType)
    field: GraphQLField = parent.fields[step.name]
    return field
