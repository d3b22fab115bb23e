"""What the schema's text says about scopes, read apart from the code that enforces it, and ways to ask for it all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ConstDirectiveNode,
    GraphQLObjectType,
    ListValueNode,
    ObjectTypeDefinitionNode,
    StringValueNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_introspection_type,
    parse,
)

from app.graphql.schema import printed, schema
from tests.flows import documents, examples
from tests.flows.documents import BY_ID, Document, Step, Way
from tests.flows.full_world import FullWorld

GRAPH = schema._schema
# The library's own, on which no directive stands; whoever asks for them reads the schema.
READING_THE_SCHEMA = {
    "Query.__schema": "{ __schema { queryType { name } } }",
    "Query.__type": '{ __type(name: "Signal") { name } }',
    "Query._service": "{ _service { sdl } }",
}
# What a mutation asks for beyond its directive, depending on its input.
ALSO_NEEDED = {"Mutation.openCase": frozenset({"cases:share"})}

Needs = Mapping[str, frozenset[str]]


def stated(sdl: str) -> dict[str, frozenset[str]]:
    """By coordinate, all the scopes of its one directive."""
    found = {}
    for part in parse(sdl).definitions:
        if isinstance(part, ObjectTypeDefinitionNode):
            found[part.name.value] = _scopes(part.directives)
            for field in part.fields or ():
                found[f"{part.name.value}.{field.name.value}"] = _scopes(field.directives)
    return {coordinate: scopes for coordinate, scopes in found.items() if scopes}


def _scopes(directives: Any) -> frozenset[str]:
    given: list[ConstDirectiveNode] = [one for one in directives or () if one.name.value == "requiresScopes"]
    names: set[str] = set()
    for directive in given:
        (ways,) = [argument.value for argument in directive.arguments or ()]
        assert isinstance(ways, ListValueNode)
        # Two ways to satisfy one directive would need a test of their own.
        (way,) = ways.values
        assert isinstance(way, ListValueNode)
        names |= {scope.value for scope in way.values if isinstance(scope, StringValueNode)}
    return frozenset(names)


STATED = stated(printed())


@dataclass(frozen=True)
class Operation:
    """A document, its variables, and what it needs by coordinate."""

    label: str
    text: str
    variables: Mapping[str, Any]
    needs: Needs

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset().union(*self.needs.values())


def operations(world: FullWorld) -> list[Operation]:
    """Every root field, and by every kind of way each field that states a scope or leads to a type that does."""
    known = examples.arguments(world)
    from_roots = [
        documents.paths(GRAPH, (), known),
        _after(GRAPH.mutation_type, known),
        _after(GRAPH.subscription_type, known),
    ]
    found = [Operation(at, text, {}, {at: frozenset({"schema:read"})}) for at, text in READING_THE_SCHEMA.items()]
    for type_name, field_name in _fields():
        if type_name not in ("Query", "Mutation", "Subscription"):
            if not _is_guarded(Step(type_name, field_name)):
                continue
            ways = [*(ways_.get(type_name) for ways_ in from_roots), *_by_id(type_name, known)]
            found += [_operation(world, (*way, Step(type_name, field_name))) for way in ways if way]
        elif field_name not in (*BY_ID, "_service"):
            found.append(_operation(world, (Step(type_name, field_name),)))
    return [*found, *_by_id_alone(world)]


def _is_guarded(step: Step) -> bool:
    leaf = get_named_type(_type_of(step))
    leads_to = GRAPH.get_possible_types(leaf) if is_abstract_type(leaf) else [leaf]
    return step.coordinate in STATED or any(type_.name in STATED for type_ in leads_to)


def _fields() -> Iterator[tuple[str, str]]:
    for type_ in GRAPH.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            yield from ((type_.name, field) for field in type_.fields)


def _after(root: GraphQLObjectType | None, known: documents.Examples) -> dict[str, Way]:
    """The shortest ways from what a mutation or a subscription answers."""
    found: dict[str, Way] = {}
    assert root is not None
    for name in root.fields:
        for type_name, way in documents.paths(GRAPH, (Step(root.name, name),), known).items():
            if type_name not in found or len(way) < len(found[type_name]):
                found[type_name] = way
    return found


def _by_id(type_name: str, known: documents.Examples) -> Iterator[Way]:
    """The shortest ways from an object that is found by its id."""
    for field in BY_ID:
        assert GRAPH.query_type is not None
        found = get_named_type(GRAPH.query_type.fields[field].type)
        assert is_abstract_type(found)
        begins = [(Step("Query", field), Step(member.name)) for member in GRAPH.get_possible_types(found)]
        ways = [documents.paths(GRAPH, begin, known).get(type_name) for begin in begins]
        nearest = sorted((way for way in ways if way), key=len)
        yield from nearest[:1]


def _operation(world: FullWorld, way: Way) -> Operation:
    asked_for = way[1].parent if way[0].name in BY_ID else "Signal"
    known = examples.arguments(world, asked_for)
    if way[0].parent == "Mutation":
        input = examples.inputs(world)[way[0].name]
        known = known | {f"{way[0].coordinate}(input:)": input}
    document = documents.reaching(GRAPH, way, known)
    return _asking(document, known, way)


def _asking(document: Document, known: documents.Examples, way: Way) -> Operation:
    met = {step.coordinate for step in way}
    for step in way:
        if step.name:
            met |= {get_named_type(_type_of(step)).name}
    needs = {at: STATED[at] for at in met & STATED.keys()}
    label = " > ".join(step.coordinate for step in way)
    return Operation(label, document.text, document.variables(known), needs)


def _type_of(step: Step) -> Any:
    parent = GRAPH.type_map[step.parent]
    assert isinstance(parent, GraphQLObjectType)
    return get_nullable_type(parent.fields[step.name].type)


def _by_id_alone(world: FullWorld) -> Iterator[Operation]:
    """The document does not say which types its ids are of."""
    for field in BY_ID:
        assert GRAPH.query_type is not None
        for member in GRAPH.get_possible_types(get_named_type(GRAPH.query_type.fields[field].type)):
            known = examples.arguments(world, member.name)
            document = documents.reaching(GRAPH, (Step("Query", field),), known)
            needs = {member.name: STATED[member.name]}
            label = f"Query.{field} with an id of {member.name}"
            yield Operation(label, document.text, document.variables(known), needs)
