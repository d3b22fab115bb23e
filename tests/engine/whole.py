"""Documents that ask for every field, written as trees so that the order of the answer can be checked."""

from collections.abc import Mapping, Sequence

from tests.engine import graph
from tests.engine.tree import TYPENAME, Asked, Field, Inline, Operation, Selection

# Arguments that a field needs, or that make a list long enough.
_GIVEN = {
    "Signal.network": "(depth: 1, limit: 20)",
    "Viewer.impact": '(from: "2026-06-01T00:00:00Z", to: "2026-08-01T00:00:00Z")',
}
# What is asked by the ids of everything there is; the lists are asked one by one.
_BY_ID = ("node", "nodes", "signal", "_entities", "_service")
_LISTS = {
    "myContributions": ("status: ACTIVE", "status: RETRACTED", "status: EXPIRED", "status: QUARANTINED"),
    "signals": ("orderBy: UPDATED_NEWEST_FIRST", "orderBy: CREATED_OLDEST_FIRST"),
}


def everything(ids: Mapping[str, Sequence[str]], scopes: frozenset[str]) -> list[Asked]:
    """A document for each type of objects by their ids, and one for each list, as far as the scopes reach."""
    found = [_one(_nodes(noun, some, scopes)) for noun, some in ids.items() if graph.type_needs(noun) <= scopes]
    for name, field in graph.fields_of(graph.ROOT).items():
        if name in (*_BY_ID, "matchSignals") or not graph.needed(graph.ROOT, name) <= scopes:
            continue
        for given in _LISTS.get(name, ("",)):
            first = "first: 100" if "first" in field.args else ""
            arguments = ", ".join(filter(None, (given, first)))
            found.append(_one(_field(graph.ROOT, name, 2, scopes, f"({arguments})" if arguments else "")))
    return found


def _one(root: Field) -> Asked:
    operation = Operation("", graph.ROOT, [root])
    return Asked([operation], operation)


def _nodes(noun: str, ids: Sequence[str], scopes: frozenset[str]) -> Field:
    listed = ", ".join(f'"{id}"' for id in ids)
    children: list[Selection] = [_typename("Node"), Inline(noun, _all(noun, 2, scopes))]
    return Field(graph.ROOT, "nodes", "nodes", "[Node]!", f"(ids: [{listed}])", leads_to="Node", children=children)


def _all(parent: str, depth: int, scopes: frozenset[str], met: frozenset[str] = frozenset()) -> list[Selection]:
    """Every field, this many objects deep; no type inside itself."""
    if graph.is_abstract(parent):
        members = sorted(graph.objects_of(parent))
        return [_typename(parent), *(Inline(name, _all(name, depth, scopes, met)) for name in members)]
    found: list[Selection] = [_typename(parent)]
    for name, field in graph.fields_of(parent).items():
        target = graph.leads_to(field)
        if graph.needed(parent, name) <= scopes and (not target or (depth > 0 and target not in met)):
            given = _GIVEN.get(f"{parent}.{name}", "")
            found.append(_field(parent, name, depth, scopes, given, met=met | {parent}))
    return found


def _field(
    parent: str, name: str, depth: int, scopes: frozenset[str], arguments: str, *, met: frozenset[str] = frozenset()
) -> Field:
    field = graph.fields_of(parent)[name]
    target = graph.leads_to(field)
    # Pages and their edges are no depth of their own.
    deeper = depth if target.endswith(("Connection", "Edge")) else depth - 1
    children = _all(target, deeper, scopes, met | {target}) if target else []
    return Field(parent, name, name, str(field.type), arguments, leads_to=target, children=children)


def _typename(parent: str) -> Field:
    return Field(parent, TYPENAME, TYPENAME, "String!")
