"""What is asked: a document, and the variables that its values may come in as well."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLSchema,
    IntValueNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)

_VALUES = (StringValueNode, IntValueNode, FloatValueNode, EnumValueNode)


@dataclass(frozen=True)
class Asked:
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def document(self) -> DocumentNode:
        return parse(self.text, no_location=True)

    def values(self) -> Iterator[str]:
        """Everything that stands for a value, as it is written."""
        found: list[str] = []

        class Collect(Visitor):
            def enter(self, node: Node, *_: Any) -> None:
                if isinstance(node, _VALUES):
                    found.append(node.value)

        visit(self.document, Collect())
        waiting: list[Any] = [self.variables]
        while waiting:
            part = waiting.pop()
            if isinstance(part, Mapping | list):
                waiting += part.values() if isinstance(part, Mapping) else part
            elif not isinstance(part, bool | None):
                found.append(str(part))
        yield from found


def by_variables(text: str, schema: GraphQLSchema) -> Asked:
    """The same with a variable for each argument, as programs send it."""
    info = TypeInfo(schema)
    moved = _Moved(info)
    document = visit(parse(text, no_location=True), TypeInfoVisitor(info, moved))
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    whole = OperationDefinitionNode(
        operation=operation.operation,
        selection_set=operation.selection_set,
        variable_definitions=tuple(
            VariableDefinitionNode(variable=_variable(name), type=parse_type(type_))
            for name, type_ in moved.types.items()
        ),
    )
    return Asked(print_ast(whole), moved.values)


class _Moved(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.types: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        definition = self._info.get_field_def()
        if not node.arguments or definition is None:
            return None
        arguments = (self._argument(argument, definition.args) for argument in node.arguments)
        return FieldNode(alias=node.alias, name=node.name, arguments=tuple(arguments), selection_set=node.selection_set)

    def _argument(self, node: ArgumentNode, arguments: Mapping[str, Any]) -> ArgumentNode:
        name = f"v{len(self.types)}"
        self.types[name] = str(arguments[node.name.value].type)
        self.values[name] = value_from_ast_untyped(node.value)
        return ArgumentNode(name=node.name, value=_variable(name))


def _variable(name: str) -> VariableNode:
    return VariableNode(name=NameNode(value=name))
