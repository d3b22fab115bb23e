"""The life of a contribution after its upload: changes, renewal, retraction (R15, R16, R20)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, NotFound, Refusal
from app.rules import texts
from app.rules.actor import Actor
from app.rules.changes import ChangeKind
from app.rules.drafts import MAX_CONTEXT_LENGTH, Audience, check_expiry, checked_audience
from app.rules.keyring import Keyring
from app.rules.labels import ContributionStatus, RetractionReason, ReviewStatus, check_labels, check_review
from app.rules.scopes import Scope
from app.rules.sealing import opened_optional, seal_optional
from app.rules.signal_types import SignalType, facts
from app.services.contribution_rows import apply, audience_columns, label_columns, labels_of
from app.services.lists import Finder
from app.store import contributions, inbox, links, uploads
from app.store.inbox import watchers
from app.store.tables.contribution import ContributionRow


@dataclass(frozen=True, slots=True)
class Revision:
    """What to change of a contribution: only what is named here; an empty context takes the old one away."""

    id: UUID
    labels: dict[str, Any]
    audience: Audience | None = None
    context: str | None = None


async def update(session: AsyncSession, actor: Actor, keyring: Keyring, revision: Revision) -> ContributionRow:
    """Change the actor's own live contribution; its version rises if anything differs that others read of it, too.

    Raises: NotFound (not its own, or ended), InvalidInput (labels, review), Forbidden.
    """
    actor.to_write(Scope.SIGNALS_WRITE)
    row = await _own_live(session, actor, revision.id)
    before = watchers(row)
    labels = check_labels(SignalType(row.signal_type), replace(labels_of(row), **revision.labels))
    check_review(ReviewStatus(row.review_status), labels.review_status)
    said = label_columns(labels)
    if revision.audience is not None:
        said |= audience_columns(checked_audience(revision.audience, actor.groups))
    if revision.context is not None:
        said |= _context(keyring, row, revision.context)
    if kind := apply(row, actor, said):
        await uploads.put(session, [row])
        await inbox.append(session, actor, [(row, kind, before)])
    return row


async def renew(
    session: AsyncSession, actor: Actor, ids: Sequence[UUID], expires_at: datetime | None
) -> list[ContributionRow | None]:
    """Let own live contributions last until `expires_at`, at most and by default for the type's retention from now.

    In the order of `ids`; null for what is not the actor's own live contribution.
    Raises: InvalidInput (a time that is none, or in the past), Forbidden.
    """
    actor.to_write(Scope.SIGNALS_WRITE)
    expires_at = check_expiry(expires_at, actor.as_of)
    rows = await contributions.own_live(session, actor, ids)
    renewed = []
    for row in rows.values():
        cap = actor.as_of + facts(SignalType(row.signal_type)).retention
        if apply(row, actor, {"expires_at": cap if expires_at is None else min(expires_at, cap)}):
            renewed.append(row)
    await session.flush()
    await inbox.append(session, actor, [(row, ChangeKind.CONTRIBUTION, watchers(row)) for row in renewed])
    return [rows.get(id) for id in ids]


async def retract(
    session: AsyncSession, actor: Actor, ids: Sequence[UUID], reason: RetractionReason
) -> list[ContributionRow | None]:
    """Withdraw own live contributions, with the actor's links there, and erase what nobody else holds (R15).

    In the order of `ids`; null for what is not the actor's own live contribution.
    Raises: InvalidInput (a reason that only the exchange gives), Forbidden.
    """
    actor.to_write(Scope.SIGNALS_RETRACT)
    if reason is RetractionReason.PARTICIPANT_EXIT:
        raise InvalidInput(
            "The exchange gives this reason when a participant leaves.",
            field="reason",
            reason=Refusal.NOT_FOR_THIS_CALL,
        )
    rows = await contributions.own_live(session, actor, ids)
    before = {row.id: watchers(row) for row in rows.values()}
    for row in rows.values():
        apply(row, actor, {"status": ContributionStatus.RETRACTED, "retraction_reason": reason})
        row.ended_at, row.sealed_context = actor.as_of, None
    await session.flush()
    held = [row.signal_id for row in rows.values()]
    await links.end_for(session, actor.participant_id, held)
    await contributions.erase_unheld(session, held)
    await inbox.append(session, actor, [(row, ChangeKind.CONTRIBUTION, before[row.id]) for row in rows.values()])
    return [rows.get(id) for id in ids]


async def retract_one(session: AsyncSession, actor: Actor, id: UUID, reason: RetractionReason) -> ContributionRow:
    """As `retract`, for one.

    Raises: NotFound, InvalidInput, Forbidden.
    """
    (row,) = await retract(session, actor, [id], reason)
    if row is None:
        raise NotFound("contribution", field="contributionId")
    return row


# The actor's own with one status, the last changed first; in any status of its participant.
own = Finder(Scope.SIGNALS_READ, contributions.of_participant)


async def _own_live(session: AsyncSession, actor: Actor, id: UUID) -> ContributionRow:
    rows = await contributions.own_live(session, actor, [id])
    if id not in rows:
        raise NotFound("contribution", field="contributionId")
    return rows[id]


def _context(keyring: Keyring, row: ContributionRow, text: str) -> dict[str, Any]:
    new = texts.checked(text, "context", max_length=MAX_CONTEXT_LENGTH) if text.strip() else None
    if new == opened_optional(keyring, row.sealed_context, row.id):
        return {}
    return {"sealed_context": seal_optional(keyring, new, row.id)}
