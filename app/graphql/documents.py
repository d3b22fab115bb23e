"""Documents read once: parsed, measured, validated, and kept for the next time."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple, Self

import strawberry
from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    parse,
    recommended_rules,
    specified_rules,
    validate,
    visit,
)
from graphql.validation.rules import overlapping_fields_can_be_merged as overlap
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from app.errors import Forbidden, InvalidInput, Refusal, TooMany
from app.graphql import costs, guard, masking, scopes
from app.graphql.masking import Told
from app.graphql.prices import Price
from app.graphql.variables import Variables, without_variables
from app.rules import limits

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"

_RULES = (*specified_rules, *recommended_rules, MaybeNullValidationRule, OneOfInputValidationRule)

# The library reads the budget from its module when a validation starts, and offers no other way to set it.
overlap.MAX_COMPLEXITY_BUDGET = limits.OVERLAP_BUDGET


class Demands(NamedTuple):
    """What an operation needs and costs."""

    needs: tuple[scopes.Need, ...]
    price: Price


@dataclass(frozen=True, slots=True)
class Operation:
    kind: OperationType
    needs: tuple[scopes.Need, ...]
    enough: frozenset[str] | None
    price: Price
    variables: Variables
    node: OperationDefinitionNode
    # The variables that decide what is skipped and included, anywhere in the document.
    switches: frozenset[str]

    @classmethod
    def of(
        cls, graph: GraphQLSchema, node: OperationDefinitionNode, demands: Demands, switching: frozenset[str]
    ) -> Self:
        variables, switches = Variables.of(graph, node), _declared(node) & switching
        needs, price = demands
        return cls(node.operation, needs, scopes.enough(needs), price, variables, node, switches)

    def refusals(self, caller: scopes.Caller) -> list[Forbidden]:
        """Why the caller may not run it."""
        if self.enough is not None and self.enough <= caller.scopes:
            return []
        return scopes.refusals(self.needs, caller)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may run, or the errors why it may not; an operation without a name is under ''."""

    ast: DocumentNode
    # The same without definitions of variables.
    bare: DocumentNode
    operations: Mapping[str, Operation]
    fragments: Mapping[str, FragmentDefinitionNode]
    # What it is kept under; null if it is not kept.
    key: bytes | None

    def operation(self, name: str | None) -> Operation:
        """Raises: InvalidInput unless `name`, or the lack of it, picks one operation."""
        if name is not None:
            found = self.operations.get(name) if name else None
            if found is None:
                raise InvalidInput(
                    "The document has no operation of this name.",
                    field="operationName",
                    reason=Refusal.UNKNOWN_OPERATION,
                )
            return found
        if len(self.operations) > 1:
            raise InvalidInput(
                "The document has several operations: say which one in operationName.",
                field="operationName",
                reason=Refusal.UNKNOWN_OPERATION,
            )
        return next(iter(self.operations.values()))


class Refused(Exception):
    """A request that does not run, with the errors that its client reads."""

    def __init__(self, *errors: Told) -> None:
        super().__init__()
        self.errors = errors


@dataclass(slots=True)
class Documents:
    """The documents of one schema, the latest used kept within bounds of number and size.

    Who has a token may read a schema that `is_open`; otherwise that takes a scope.
    """

    schema: strawberry.Schema
    is_open: bool = False
    _kept: OrderedDict[bytes, tuple[Document | Refused, int]] = field(default_factory=OrderedDict)
    _kept_bytes: int = 0

    def read(self, text: str) -> Document:
        """Raises: Refused if it cannot be parsed, asks for too much, or is not valid."""
        encoded = text.encode()
        size, key = len(encoded), sha256(encoded).digest()
        kept = self._kept.get(key)
        if kept is None:
            found, worth_keeping = self._read(text, size, key)
            if worth_keeping:
                self._keep(key, found, size)
        else:
            self._kept.move_to_end(key)
            found = kept[0]
        if isinstance(found, Refused):
            raise Refused(*found.errors)
        return found

    def _keep(self, key: bytes, found: Document | Refused, size: int) -> None:
        self._kept[key] = (found, size)
        self._kept_bytes += size
        while len(self._kept) > limits.MAX_KEPT_DOCUMENTS or self._kept_bytes > limits.MAX_KEPT_BYTES:
            _, (_, freed) = self._kept.popitem(last=False)
            self._kept_bytes -= freed

    def _read(self, text: str, size: int, key: bytes) -> tuple[Document | Refused, bool]:
        """The outcome, and whether to keep it.

        Documents with strings in them are not kept: they rarely come twice, and a string may be a person's address,
        which must not outlive its request (R14).
        """
        try:
            ast = _parse(text, size)
            measured = guard.check(ast)
        except TooMany as error:
            return Refused(masking.refusal(error)), False
        except GraphQLError as error:
            return Refused(masking.of_document(error, PARSE_FAILED)), False
        worth_keeping = measured.strings == 0 and size <= limits.MAX_KEPT_DOCUMENT_BYTES
        return self._validated(ast, key if worth_keeping else None), worth_keeping

    def _validated(self, ast: DocumentNode, key: bytes | None) -> Document | Refused:
        errors = validate(self.schema._schema, ast, _RULES, max_errors=limits.MAX_ERRORS, hide_suggestions=True)
        if errors:
            return Refused(*map(_told, errors))
        fragments = guard.fragments_of(ast)
        graph = self.schema._schema
        needing, costing = scopes.of(self.schema, self.is_open), costs.of(graph)
        operations = [part for part in ast.definitions if isinstance(part, OperationDefinitionNode)]
        switching = _switches(ast)
        kept = {
            part.name.value if part.name else "": Operation.of(
                graph, part, Demands(needing.needs(part, fragments), costing.price(part, fragments)), switching
            )
            for part in operations
        }
        return Document(ast, without_variables(ast), kept, fragments, key)


class _Switches(Visitor):
    """Collects the variables in `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in ("skip", "include"):
            values = (argument.value for argument in node.arguments or ())
            self.found |= {value.name.value for value in values if isinstance(value, VariableNode)}


def _switches(ast: DocumentNode) -> frozenset[str]:
    visitor = _Switches()
    visit(ast, visitor)
    return frozenset(visitor.found)


def _declared(operation: OperationDefinitionNode) -> frozenset[str]:
    return frozenset(node.variable.name.value for node in operation.variable_definitions or ())


def _parse(text: str, size: int) -> DocumentNode:
    """Raises: TooMany, GraphQLError."""
    if size > limits.MAX_DOCUMENT_BYTES:
        raise TooMany(f"The document is longer than {limits.MAX_DOCUMENT_BYTES:,} bytes; put values into variables.")
    try:
        return parse(text, max_lexical_tokens=limits.MAX_DOCUMENT_TOKENS, max_comments=limits.MAX_DOCUMENT_COMMENTS)
    except GraphQLError as error:
        if error.message.endswith("Parsing aborted."):
            raise TooMany("The document is too long or nested too deeply to be parsed.") from None
        raise


def _told(error: GraphQLError) -> Told:
    if error.message == "Validation aborted.":
        return masking.refusal(TooMany("Too many fields of this document answer under the same names."))
    return masking.of_document(error, VALIDATION_FAILED)
