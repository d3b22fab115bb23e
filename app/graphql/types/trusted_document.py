"""Trusted documents as clients see them."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.reads import Shown
from app.graphql.types.base import Node
from app.rules import ids
from app.store import trusted_documents
from app.store.tables.trusted_document import TrustedDocumentRow


@federation.type(
    requires_scopes=[["clients:manage"]],
    description="Operations that were registered beforehand, and are asked for by an id in place of their text.",
)
class TrustedDocument(Shown, Node):
    kept = trusted_documents.by_ids
    row: strawberry.Private[TrustedDocumentRow]

    id: strawberry.ID = reads.id(ids.Prefix.DOCUMENT, "Id of the registration; requests name the `documentId`.")
    document_id: str = reads.column(
        "What requests send as `documentId`: `sha256:` and the SHA-256 of the text in lower-case hexadecimal digits."
    )
    operation_names: list[str] = reads.in_order("The names of its operations, in alphabetical order.")
    by_operator: bool = reads.column("Whether the operator registered it, for everybody's clients.")
    registered_at: datetime = reads.column("When it was last registered, UTC.", "created_at")
    retired_at: datetime | None = reads.column("Since when it is not served any more, UTC; null while it is.")
