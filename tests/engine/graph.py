"""What of the schema can be read: its types, fields and the scopes that they ask for."""

from collections.abc import Mapping
from functools import lru_cache

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from app.graphql.schema import schema
from tests.flows.documents import BY_ID
from tests.flows.guarded import STATED

GRAPH = schema._schema
ROOT = "Query"
# The library's own: what the schema says of itself.
ABOUT_SCHEMA = ("_service", "__schema", "__type")
_ABOUT_ITSELF = frozenset({"_Service"})

# Which types the ids with each prefix are of, in the order of `ids.Prefix`.
NODES = tuple(sorted(type_.name for type_ in GRAPH.get_possible_types(GRAPH.type_map["Node"])))  # type: ignore[arg-type]
ENTITIES = tuple(sorted(type_.name for type_ in GRAPH.get_possible_types(GRAPH.type_map["_Entity"])))  # type: ignore[arg-type]


@lru_cache
def fields_of(name: str) -> Mapping[str, GraphQLField]:
    type_ = GRAPH.type_map[name]
    return type_.fields if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) else {}


@lru_cache
def objects_of(name: str) -> frozenset[str]:
    """The object types that a value of this type can be of."""
    type_ = GRAPH.type_map[name]
    if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        return frozenset(one.name for one in GRAPH.get_possible_types(type_))
    return frozenset({name})


def is_abstract(name: str) -> bool:
    return not isinstance(GRAPH.type_map[name], GraphQLObjectType)


def leads_to(field: GraphQLField) -> str:
    """The named type of what it answers, if that has fields."""
    named: GraphQLNamedType = get_named_type(field.type)
    return named.name if is_composite_type(named) else ""


def is_list(field: GraphQLField) -> bool:
    return bool(is_list_type(get_nullable_type(field.type)))


@lru_cache
def conditions_on(parent: str) -> tuple[str, ...]:
    """The types that a fragment within `parent` can be on."""
    composite = (name for name, type_ in GRAPH.type_map.items() if is_composite_type(type_))
    return tuple(sorted(name for name in composite if objects_of(name) & objects_of(parent)))


@lru_cache
def needed(parent: str, name: str) -> frozenset[str]:
    """The scopes that a field asks for, and what it leads to; of an interface those of all that implement it."""
    if parent == ROOT and name in ABOUT_SCHEMA:
        return frozenset({"schema:read"})
    told = set(STATED.get(f"{parent}.{name}", ()))
    if name in fields_of(parent):
        told |= type_needs(leads_to(fields_of(parent)[name]))
    return frozenset(told)


@lru_cache
def asked_for(coordinate: str) -> frozenset[str]:
    """The scopes without which a field of an object cannot be asked for."""
    parent, _, name = coordinate.partition(".")
    return type_needs(parent) | needed(parent, name)


@lru_cache
def type_needs(name: str) -> frozenset[str]:
    return STATED.get(name, frozenset())


def readable(begin: str = ROOT) -> frozenset[str]:
    """The coordinates of all fields that lead on from a type, those about the schema itself left out."""
    found: set[str] = set()
    met, waiting = {begin}, [begin]
    while waiting:
        parent = waiting.pop()
        targets = set(objects_of(parent)) if is_abstract(parent) else set()
        for name, field in fields_of(parent).items():
            found.add(f"{parent}.{name}")
            targets |= {leads_to(field)} - {""}
        waiting += targets - met
        met |= targets
    return frozenset(at for at in found if not is_abstract(kind := at.partition(".")[0]) and kind not in _ABOUT_ITSELF)


@lru_cache
def distances(target: str) -> Mapping[str, int]:
    """For each type from which objects of `target` can be reached, how many fields lie between.

    By an id everything is near, so those ways count only where there is no other.
    """
    found = {target: 0}
    waiting = [target]
    while waiting:
        near = waiting.pop(0)
        for name, type_ in GRAPH.type_map.items():
            if name in found or not is_composite_type(type_):
                continue
            ways = [field for at, field in fields_of(name).items() if not (name == ROOT and at in BY_ID)]
            leads = any(leads_to(field) == near for field in ways)
            if leads or (is_abstract(name) and near in objects_of(name)):
                found[name] = found[near] + leads
                waiting.append(name)
    return {ROOT: found["Node"] + 1, **found} if "Node" in found else found
