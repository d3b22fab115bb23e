"""The operation guard: refuses documents that ask for too much, in one pass over what was written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)

from app.errors import TooMany
from app.rules import limits


@dataclass(frozen=True, slots=True)
class Measure:
    """What a selection set asks for, fragments expanded; `roots` are the fields at its own level."""

    depth: int = 0
    roots: int = 0
    fields: int = 0
    aliases: int = 0
    spreads: int = 0

    def __add__(self, other: "Measure") -> "Measure":
        return Measure(
            max(self.depth, other.depth),
            self.roots + other.roots,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.spreads + other.spreads,
        )


@dataclass(slots=True)
class Guard:
    """One pass: each fragment is measured once, however often it is spread, so the time is linear in the text.

    `visits` counts the selections looked at, `strings` the string literals met.
    """

    fragments: Mapping[str, FragmentDefinitionNode]
    visits: int = 0
    strings: int = 0
    directives: int = 0
    _measured: dict[str, Measure] = field(default_factory=dict)

    def of_set(self, selections: SelectionSetNode, nesting: int = 0) -> Measure:
        if nesting > limits.MAX_NESTING:
            raise TooMany(f"Selections are nested more than {limits.MAX_NESTING} deep.")
        total = Measure()
        for selection in selections.selections:
            total += self._of_selection(selection, nesting + 1)
        return total

    def _of_selection(self, selection: SelectionNode, nesting: int) -> Measure:
        self.visits += 1
        self.directives += len(selection.directives or ())
        if isinstance(selection, FieldNode):
            return self._of_field(selection, nesting)
        if isinstance(selection, InlineFragmentNode):
            return self.of_set(selection.selection_set, nesting) + Measure(spreads=1)
        if isinstance(selection, FragmentSpreadNode):
            return self._of_fragment(selection.name.value, nesting) + Measure(spreads=1)
        raise TypeError(f"unknown selection {type(selection).__name__}")

    def _of_field(self, node: FieldNode, nesting: int) -> Measure:
        for argument in node.arguments or ():
            self.look_at(argument.value)
        within = self.of_set(node.selection_set, nesting) if node.selection_set else Measure()
        return Measure(
            depth=within.depth + 1,
            roots=1,
            fields=within.fields + 1,
            aliases=within.aliases + (node.alias is not None),
            spreads=within.spreads,
        )

    def look_at(self, value: ValueNode) -> None:
        """Raises: TooMany if a list that is written in the document is longer than lists may be."""
        rest = [value]
        while rest:
            node = rest.pop()
            self.strings += isinstance(node, StringValueNode)
            if isinstance(node, ListValueNode):
                _refuse_above(limits.MAX_LIST_ITEMS, len(node.values), "items in one list")
                rest.extend(node.values)
            elif isinstance(node, ObjectValueNode):
                rest.extend(part.value for part in node.fields)

    def _of_fragment(self, name: str, nesting: int) -> Measure:
        """Unknown fragments, and those that lead back to themselves, count nothing here: validation refuses both."""
        if name not in self._measured and name in self.fragments:
            self._measured[name] = Measure()
            fragment = self.fragments[name]
            self.directives += len(fragment.directives or ())
            self._measured[name] = self.of_set(fragment.selection_set, nesting)
        return self._measured.get(name, Measure())


def check(document: DocumentNode) -> Guard:
    """Measure every operation, whichever will run, and return the guard that did it.

    Raises: TooMany, with the limit in its message.
    """
    _refuse_above(limits.MAX_DEFINITIONS, len(document.definitions), "operations and fragments", "document")
    guard = Guard(fragments_of(document))
    for part in document.definitions:
        if isinstance(part, OperationDefinitionNode):
            _check_operation(guard, part)
    _refuse_above(limits.MAX_DIRECTIVES, guard.directives, "directives", "document")
    return guard


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}


def check_variables(variables: Mapping[str, object]) -> None:
    """Bound the input before it is read into types, which takes microseconds for each value.

    Raises: TooMany, with the limit in its message.
    """
    level: list[object] = [variables]
    seen = depth = 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        _refuse_above(limits.MAX_VARIABLE_DEPTH, depth, "levels of objects and lists in its variables")
        _refuse_above(limits.MAX_VARIABLE_VALUES, seen, "values in its variables")
        level = [part for value in level if isinstance(value, dict | list) for part in _parts(value)]


def _parts(value: dict[str, object] | list[object]) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    _refuse_above(limits.MAX_LIST_ITEMS, len(value), "items in one list")
    return value


def _check_operation(guard: Guard, operation: OperationDefinitionNode) -> None:
    guard.directives += len(operation.directives or ())
    for variable in operation.variable_definitions or ():
        guard.directives += len(variable.directives or ())
        if variable.default_value is not None:
            guard.look_at(variable.default_value)
    measure = guard.of_set(operation.selection_set)
    writes = operation.operation is OperationType.MUTATION
    _refuse_above(limits.MAX_DEPTH, measure.depth, "levels of fields")
    _refuse_above(limits.MAX_FIELDS, measure.fields, "fields")
    _refuse_above(limits.MAX_ALIASES, measure.aliases, "aliases")
    _refuse_above(limits.MAX_SPREADS, measure.spreads, "fragments")
    _refuse_above(limits.MAX_ROOT_MUTATIONS if writes else limits.MAX_ROOT_QUERIES, measure.roots, "fields at the root")


def _refuse_above(limit: int, count: int, what: str, whole: str = "operation") -> None:
    if count > limit:
        raise TooMany(f"The {whole} has more than {limit:,} {what}.")
