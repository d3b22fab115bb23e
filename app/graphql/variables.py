"""Running an operation with variables that its own reader has read; left to itself, graphql-core reads them slowly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, Undefined, VariableValues
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.graphql.coercion import VariablesReader, variables_reader


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables of one operation."""

    read: VariablesReader
    signatures: Mapping[str, GraphQLVariableSignature]

    @classmethod
    def of(cls, schema: GraphQLSchema, operation: OperationDefinitionNode) -> "Variables":
        nodes = operation.variable_definitions or ()
        found = [
            signature for node in nodes if not isinstance(signature := get_variable_signature(schema, node), Exception)
        ]
        return cls(variables_reader(schema, operation), {signature.name: signature for signature in found})

    def values(self, given: Mapping[str, object]) -> VariableValues:
        """What graphql-core makes of them.

        Raises: NotCoercible.
        """
        sources = {
            name: VariableValueSource(signature, given.get(name, Undefined))
            for name, signature in self.signatures.items()
        }
        return VariableValues(sources, self.read(given))


class WithVariables(StrawberryGraphQLCoreExecutionContext):
    """Takes variables that have been read, and a document without definitions of any."""

    def __init__(self, *given: Any, read_variables: VariableValues, **named: Any) -> None:
        super().__init__(*given, **named)
        self.variable_values = read_variables


def without_variables(ast: DocumentNode) -> DocumentNode:
    """The document without the definitions of its variables, so that graphql-core has none to read."""
    return DocumentNode(
        definitions=tuple(
            OperationDefinitionNode(
                operation=part.operation,
                name=part.name,
                directives=part.directives,
                selection_set=part.selection_set,
                loc=part.loc,
            )
            if isinstance(part, OperationDefinitionNode)
            else part
            for part in ast.definitions
        ),
        loc=ast.loc,
    )
