"""Registering, retiring and listing trusted documents."""

from typing import Annotated, Self

import strawberry

from app.graphql import trusting
from app.graphql.context import Info
from app.graphql.cost_words import EACH, OF_ROWS, rows_of, weighs
from app.graphql.operations.fields import bounded, listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.enums import tell
from app.graphql.types.problem import Forbidden, InvalidInput
from app.graphql.types.row_problem import RowProblem
from app.graphql.types.trusted_document import TrustedDocument
from app.rules import limits
from app.rules.limits import MAX_DOCUMENTS_PER_CALL
from app.rules.row_results import Outcome, Rejection, RowResult
from app.rules.scopes import Scope
from app.rules.trusted_documents import DocumentDraft, RetireOutcome
from app.services import trusted_documents

# Validating a document of 16 KiB takes 11 to 31 ms.
VALIDATED = weighs(5_000)

tell(
    RetireOutcome,
    "What became of a document that was to be retired.",
    {
        RetireOutcome.RETIRED: "It is yours, and is not served any more.",
        RetireOutcome.NOT_FOUND: "You registered no such document.",
    },
)


@strawberry.input(description=f"Up to {MAX_DOCUMENTS_PER_CALL} documents that your clients may ask for by their ids.")
class RegisterDocumentsInput:
    documents: list[str] = strawberry.field(
        directives=[VALIDATED],
        description=f"The texts, 1 to {MAX_DOCUMENTS_PER_CALL} of at most {limits.MAX_TRUSTED_DOCUMENT_BYTES:,} bytes;"
        " each of them could run as it stands, names all its operations, and holds neither strings nor comments, which"
        " could be values: use variables. A bad one harms no other.",
    )


@strawberry.input(description=f"Up to {MAX_DOCUMENTS_PER_CALL} documents to serve no longer.")
class RetireDocumentsInput:
    document_ids: list[strawberry.ID] = strawberry.field(
        directives=[EACH],
        description=f"The `documentId` of each, 1 to {MAX_DOCUMENTS_PER_CALL}, all registered by you.",
    )


@strawberry.type(description="What became of one document of a call.")
class RegisteredDocument:
    index: int = strawberry.field(description="Place of the document in the call, from 0.")
    outcome: Outcome = strawberry.field(description="Whether you had it registered before.")
    document_id: str | None = strawberry.field(
        description="What requests send as `documentId`: `sha256:` and the SHA-256 of the text; null if rejected."
    )
    problem: RowProblem | None = strawberry.field(description="Why the document was rejected, if it was.")

    @classmethod
    def of(cls, index: int, draft: DocumentDraft | Rejection, result: RowResult) -> Self:
        return cls(
            index=index,
            outcome=result.outcome,
            document_id=draft.document_id if isinstance(draft, DocumentDraft) else None,
            problem=RowProblem.of_optional(result.rejection),
        )


@strawberry.type(description="What became of the documents of a call.")
class RegisterDocumentsPayload:
    rows: list[RegisteredDocument] = strawberry.field(
        description="One for each document, in their order.", directives=[OF_ROWS]
    )


@strawberry.type(description="What became of one document that was to be retired.")
class RetiredDocument:
    index: int = strawberry.field(description="Place of the document's id in the call, from 0.")
    outcome: RetireOutcome = strawberry.field(description="Whether a document of yours is retired now.")


@strawberry.type(description="What became of the documents that were to be retired.")
class RetireDocumentsPayload:
    rows: list[RetiredDocument] = strawberry.field(
        description="One for each document, in the order of the ids.", directives=[OF_ROWS]
    )


RegisterDocumentsResult = Annotated[
    RegisterDocumentsPayload | InvalidInput | Forbidden,
    strawberry.union("RegisterDocumentsResult", description="What became of the documents, or why nothing did."),
]
RetireDocumentsResult = Annotated[
    RetireDocumentsPayload | InvalidInput | Forbidden,
    strawberry.union("RetireDocumentsResult", description="What became of the documents, or why all stay served."),
]


@strawberry.type
class TrustedDocumentQuery:
    @listed(
        trusted_documents.find,
        description="The documents that you and the operator registered, the latest first, retired ones included.",
    )
    def trusted_documents(self, first: First = DEFAULT_FIRST, after: After = None) -> Connection[TrustedDocument]:
        return wants(None)


@strawberry.type
class TrustedDocumentMutation:
    @mutation(
        Scope.CLIENTS_MANAGE,
        costs=(rows_of("documents"),),
        description="Let your clients, or as the operator everybody's, ask for documents by their ids. Again changes"
        " nothing. Scopes are asked for when a document runs.",
    )
    async def register_documents(self, info: Info, input: RegisterDocumentsInput) -> RegisterDocumentsResult:
        texts = bounded(input.documents, "documents", MAX_DOCUMENTS_PER_CALL)
        info.context.actor.to_write(Scope.CLIENTS_MANAGE)
        drafts = await trusting.drafts(info.schema, texts)
        async with info.context.write() as session:
            results = await trusted_documents.register(session, info.context.actor, drafts)
        both = zip(drafts, results, strict=True)
        return RegisterDocumentsPayload(rows=[RegisteredDocument.of(i, *row) for i, row in enumerate(both)])

    @mutation(
        Scope.CLIENTS_MANAGE,
        costs=(rows_of("documentIds"),),
        description=f"Serve documents of yours no longer, within {limits.TRUSTED_SECONDS:g} seconds, and forget their"
        " texts. They can be registered anew.",
    )
    async def retire_documents(self, info: Info, input: RetireDocumentsInput) -> RetireDocumentsResult:
        named = bounded(input.document_ids, "documentIds", MAX_DOCUMENTS_PER_CALL)
        async with info.context.write() as session:
            outcomes = await trusted_documents.retire(session, info.context.actor, named)
        return RetireDocumentsPayload(rows=[RetiredDocument(index=i, outcome=told) for i, told in enumerate(outcomes)])
