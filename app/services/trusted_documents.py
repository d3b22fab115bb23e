"""Trusted documents: registering, retiring and listing those of one's own participant."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import TooMany
from app.rules import limits
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.row_results import Outcome, Rejection, RowResult
from app.rules.scopes import Scope
from app.rules.trusted_documents import DocumentDraft, RetireOutcome, is_id
from app.services.lists import Finder
from app.store import audit, trusted_documents

# Newest first.
find = Finder(Scope.CLIENTS_MANAGE, trusted_documents.find)


async def register(session: AsyncSession, actor: Actor, drafts: Sequence[DocumentDraft | Rejection]) -> list[RowResult]:
    """Serve documents to the participant's clients, or as the operator to everybody's; a result for each in its order.

    Raises: Forbidden by scope or status; TooMany if the participant had more of them than it may.
    """
    actor.to_write(Scope.CLIENTS_MANAGE)
    # In one order, so that two calls with the same documents do not wait for each other in a circle.
    given = sorted({d for d in drafts if isinstance(d, DocumentDraft)}, key=lambda draft: draft.document_id)
    new: dict[str, UUID] = {}
    if given:
        served = await trusted_documents.count_alone(session, actor)
        new = await trusted_documents.put(session, actor, given)
        if served + len(new) > limits.MAX_TRUSTED_DOCUMENTS:
            raise TooMany(
                f"A participant has at most {limits.MAX_TRUSTED_DOCUMENTS:,} trusted documents: retire some first."
            )
    if new:
        await audit.append(session, actor, AuditAction.DOCUMENT_REGISTER, list(new.values()))
    return [_result(draft, new) for draft in drafts]


async def retire(session: AsyncSession, actor: Actor, document_ids: Sequence[str]) -> list[RetireOutcome]:
    """Serve one's own documents no longer, in the order of their ids; others' are not found, like absent ones.

    A participant in any status may do it: it only ever takes away. Raises: Forbidden by scope.
    """
    actor.require(Scope.CLIENTS_MANAGE)
    named = list(filter(is_id, document_ids))
    own = await trusted_documents.known(session, actor, named)
    retired = await trusted_documents.retire(session, actor, named)
    if retired:
        await audit.append(session, actor, AuditAction.DOCUMENT_RETIRE, retired)
    return [RetireOutcome.RETIRED if id in own else RetireOutcome.NOT_FOUND for id in document_ids]


def _result(draft: DocumentDraft | Rejection, new: dict[str, UUID]) -> RowResult:
    """Of two drafts with one text the first is new."""
    if isinstance(draft, Rejection):
        return RowResult(Outcome.REJECTED, rejection=draft)
    return RowResult(Outcome.UNCHANGED if new.pop(draft.document_id, None) is None else Outcome.CREATED)
