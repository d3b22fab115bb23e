"""Which documents can be trusted: they could run, say what their operations are called, and hold no value."""

import asyncio
from collections.abc import Sequence
from typing import Any

import strawberry
from graphql import DocumentNode, StringValueNode, TokenKind, Visitor, visit

from app.errors import InvalidInput, Refusal
from app.graphql.documents import Document, Documents, Refused
from app.graphql.masking import Told
from app.rules import limits
from app.rules.row_results import Rejection
from app.rules.trusted_documents import DocumentDraft, id_of

_FIELD = "documents"


async def drafts(schema: strawberry.Schema, texts: Sequence[str]) -> list[DocumentDraft | Rejection]:
    """For each text, in their order, what is to be kept of it, or why it cannot be trusted.

    Other requests get their turn between two texts, as each may take long to validate.
    """
    documents = Documents(schema)
    found: list[DocumentDraft | Rejection] = []
    for text in texts:
        found.append(_draft(documents, text))
        await asyncio.sleep(0)
    return found


def _draft(documents: Documents, text: str) -> DocumentDraft | Rejection:
    if len(text.encode()) > limits.MAX_TRUSTED_DOCUMENT_BYTES:
        return _rejection(Refusal.TOO_LONG, f"It is longer than {limits.MAX_TRUSTED_DOCUMENT_BYTES:,} bytes.")
    try:
        document = documents.read(text)
    except Refused as refused:
        return _not_runnable(refused.errors[0])
    if "" in document.operations:
        return _rejection(Refusal.UNNAMED_OPERATION, "Give each of its operations a name.")
    if _holds_text(document):
        return _rejection(
            Refusal.TEXT_IN_DOCUMENT,
            "Put strings into variables and leave comments out: the text is kept, and either may be a value.",
        )
    return DocumentDraft(id_of(text), text, tuple(document.operations))


def _not_runnable(told: Told) -> Rejection:
    """With the first of its errors, in the words that the document would have met when it ran."""
    places = told.get("locations")
    where = f" (line {places[0]['line']}, column {places[0]['column']})" if places else ""
    return Rejection(str(told["extensions"]["code"]), _FIELD, Refusal.NOT_RUNNABLE, f"{told['message']}{where}")


def _rejection(reason: Refusal, message: str) -> Rejection:
    return Rejection.of(InvalidInput(message, field=_FIELD, reason=reason))


def _holds_text(document: Document) -> bool:
    visitor = _Strings()
    visit(document.ast, visitor)
    return visitor.found or _has_comments(document.ast)


class _Strings(Visitor):
    found = False

    def enter_string_value(self, _: StringValueNode, *__: Any) -> None:
        self.found = True


def _has_comments(ast: DocumentNode) -> bool:
    token = ast.loc.start_token if ast.loc else None
    while token is not None:
        if token.kind is TokenKind.COMMENT:
            return True
        token = token.next
    return False
