"""What an operation costs, worked out from the schema's text: each fragment wherever it is spread, and no closures.

It also writes operations by chance, on which the two ways are compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    InlineFragmentNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_union_type,
    parse,
    value_from_ast_untyped,
)

from app.graphql.schema import printed, schema

GRAPH = schema._schema
# What the schema's text cannot say: whose length the sizes are, and what has that size; of the field itself if nothing.
UNPRINTED: Mapping[str, tuple[str, frozenset[str]]] = {
    "Query.changes": ("first", frozenset({"items"})),
    "Query.nodes": ("ids", frozenset()),
    "Query._entities": ("representations", frozenset()),
    "Query.matchSignals": ("values", frozenset()),
}
# Of a page that says nothing of its length.
DEFAULT = 50


def _fields() -> dict[str, FieldDefinitionNode]:
    parts = parse(printed()).definitions
    kinds = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)
    return {f"{t.name.value}.{f.name.value}": f for t in parts if isinstance(t, kinds) for f in t.fields or ()}


FIELDS = _fields()


def directive(at: str, name: str) -> dict[str, Any] | None:
    for one in FIELDS[at].directives or ():
        if one.name.value == name:
            return {part.name.value: value_from_ast_untyped(part.value) for part in one.arguments or ()}
    return None


@dataclass(frozen=True)
class Naive:
    """`forgets` is for mutants: what this one leaves out."""

    document: DocumentNode
    variables: Mapping[str, Any]
    forgets: frozenset[str] = frozenset()

    def cost(self) -> int:
        (operation,) = [d for d in self.document.definitions if isinstance(d, OperationDefinitionNode)]
        root = operation.operation.value.capitalize()
        return (10 if root == "Mutation" else 0) + self.of_set(root, operation.selection_set, {})

    def of_set(self, type_: str, selections: SelectionSetNode | None, sizes: Mapping[str, int]) -> int:
        total = 0
        for node in selections.selections if selections else ():
            if any(self._skips(one) for one in node.directives or ()):
                continue
            if isinstance(node, FieldNode):
                total += self._of_field(type_, node, sizes)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition.name.value if node.type_condition else type_
                total += self.of_set(on, node.selection_set, sizes)
            elif isinstance(node, FragmentSpreadNode) and "fragments" not in self.forgets:
                fragment = self._fragment(node.name.value)
                total += self.of_set(fragment.type_condition.name.value, fragment.selection_set, sizes)
        return total

    def _of_field(self, parent: str, node: FieldNode, sizes: Mapping[str, int]) -> int:
        name, at = node.name.value, f"{parent}.{node.name.value}"
        if name == "__typename":
            return 0
        definition = GRAPH.type_map[parent].fields[name]  # type: ignore[attr-defined]
        leads_to = get_named_type(definition.type)
        given = {a.name.value: self._value(a.value) for a in node.arguments or ()}
        size, below = self._sizes(at, given)
        stated = directive(at, "cost") if at in FIELDS else None
        weight = stated["weight"] if stated else int(not is_leaf_type(leads_to))
        item = weight + self.of_set(leads_to.name, node.selection_set, dict.fromkeys(below, size))
        if "multipliers" in self.forgets or not str(definition.type).startswith("["):
            count = 1
        else:
            count = sizes.get(name, size)
        return count * item + self._of_inputs(at, given)

    def _sizes(self, at: str, given: Mapping[str, Any]) -> tuple[int, frozenset[str]]:
        if at in UNPRINTED:
            argument, below = UNPRINTED[at]
            value = given.get(argument, DEFAULT)
            return (len(value) if isinstance(value, list) else value), below
        listed = directive(at, "listSize")
        if listed is None:
            return 10, frozenset()
        told = [given[one] for one in listed.get("slicingArguments", ()) if one in given]
        return max(told, default=listed["assumedSize"]), frozenset(listed.get("sizedFields", ()))

    @staticmethod
    def _of_inputs(at: str, given: Mapping[str, Any]) -> int:
        """Filters are objects of 1; of values, pictures cost more."""
        if at == "Query.matchSignals":
            return sum(61 if value["type"] == "HASH_PDQ" else 1 for value in given["values"])
        return sum(isinstance(value, dict) for value in given.values())

    def _skips(self, one: Any) -> bool:
        return bool(self._value(one.arguments[0].value)) == (one.name.value == "skip")

    def _value(self, node: Any) -> Any:
        return value_from_ast_untyped(node, dict(self.variables))

    def _fragment(self, name: str) -> FragmentDefinitionNode:
        found = [d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode) and d.name.value == name]
        return found[0]


@dataclass
class Writer:
    """Writes a query by chance, with fragments, variables and switches."""

    rng: Random
    variables: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)

    def document(self) -> str:
        body = self._set("Query", 5)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self.declared.items())
        head = f"query Q({declared})" if declared else "query Q"
        return " ".join([head, body, *(f"fragment {name} on {text}" for name, text in self.fragments.items())])

    def _set(self, type_: str, depth: int) -> str:
        return "{ " + " ".join(self._selection(type_, depth) for _ in range(self.rng.choice((1, 2, 2)))) + " }"

    def _selection(self, type_: str, depth: int) -> str:
        chance = self.rng.random()
        if chance < 0.15:
            return f"... {self._switch()} {self._set(type_, depth)}"
        if chance < 0.4:
            return f"...{self._fragment(type_, depth)} {self._switch()}"
        found = GRAPH.type_map[type_]
        if is_union_type(found) or type_ == "Node":
            members = sorted(one.name for one in GRAPH.get_possible_types(found))  # type: ignore[arg-type]
            on = self.rng.choice(members)
            return f"... on {on} {self._switch()} {self._set(on, depth)}"
        assert isinstance(found, GraphQLObjectType)
        leaves = [name for name, field in found.fields.items() if is_leaf_type(get_named_type(field.type))]
        name = self.rng.choice([n for n in found.fields if n != "_service"] if depth > 0 else ["__typename", *leaves])
        if name == "__typename":
            return name
        leads_to = get_named_type(found.fields[name].type)
        below = "" if is_leaf_type(leads_to) else self._set(leads_to.name, depth - 1)
        alias = f"a{self.rng.randrange(10**9)}"
        return f"{alias}: {name}{self._arguments(found.fields[name].args)} {self._switch()} {below}"

    def _fragment(self, type_: str, depth: int) -> str:
        known = [name for name, text in self.fragments.items() if text.startswith(f"{type_} {{") and depth > 2]
        if known and self.rng.random() < 0.7:
            return self.rng.choice(known)
        name = f"F{self.rng.randrange(10**9)}"
        self.fragments[name] = f"{type_} {self._set(type_, depth - 1 if depth else 0)}"
        return name

    def _arguments(self, args: Mapping[str, Any]) -> str:
        given = {name: text for name in args if (text := self._argument(name))}
        return "(" + ", ".join(f"{name}: {text}" for name, text in given.items()) + ")" if given else ""

    def _argument(self, name: str) -> str:
        rng = self.rng
        kinds = [rng.choice(("HASH_PDQ", "URL")) for _ in range(rng.randint(1, 5))]
        written = {
            "first": lambda: self._number() if rng.random() < 0.7 else "",
            "limit": self._number,
            "depth": self._number,
            "id": lambda: '"sig_1"',
            "ids": lambda: self._variable("[ID!]!", ["a"] * rng.randint(0, 9)),
            "representations": lambda: self._variable("[_Any!]!", [{}] * rng.randint(0, 9)),
            "values": lambda: self._variable("[MatchValueInput!]!", [{"type": k, "value": "a"} for k in kinds]),
            "from": lambda: '"2026-06-01T00:00:00Z"',
            "to": lambda: '"2026-07-01T00:00:00Z"',
            "filter": lambda: "{}" if rng.random() < 0.3 else "",
        }
        return written[name]() if name in written else ""

    def _number(self) -> str:
        number = self.rng.choice((1, 3, 7, 20))
        return self._variable("Int!", number) if self.rng.random() < 0.5 else str(number)

    def _switch(self) -> str:
        if self.rng.random() > 0.1:
            return ""
        value = self._variable("Boolean!", self.rng.random() < 0.5) if self.rng.random() < 0.7 else "true"
        return f"@{self.rng.choice(('skip', 'include'))}(if: {value})"

    def _variable(self, type_: str, value: Any) -> str:
        name = f"v{len(self.variables)}"
        self.variables[name], self.declared[name] = value, type_
        return f"${name}"
