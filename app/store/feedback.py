"""Feedback: who reads it, and whose calls wait for each other."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.verdicts import Verdict
from app.store.arrays import among
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow
from app.store.tables.row import UUIDS

# Any number: with a part of the participant's id it makes an advisory lock that nothing else takes.
_LOCK = 0x46454544


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Its own, and what refers to a contribution of its own (R8); others' only while it sees others' data (R4)."""
    own = col(FeedbackRow.author_id) == actor.participant_id
    return or_(own, _received_by(actor)) if actor.sees_others else own


def _received_by(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        col(FeedbackReferenceRow.feedback_id) == FeedbackRow.id,
        col(FeedbackReferenceRow.contributor_id) == actor.participant_id,
    )


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, FeedbackRow]:
    query = select(FeedbackRow).where(among(col(FeedbackRow.id), ids), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def on_signals(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, list[FeedbackRow]]:
    """By signal, newest change first; at most one of each participant."""
    query = (
        select(FeedbackRow)
        .where(among(col(FeedbackRow.signal_id), ids), visible_to(actor))
        .order_by(col(FeedbackRow.updated_at).desc(), col(FeedbackRow.id).desc())
    )
    found: dict[UUID, list[FeedbackRow]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.signal_id, []).append(row)
    return found


async def tallies(session: AsyncSession, _: Actor, ids: Iterable[UUID]) -> dict[UUID, dict[Verdict, int]]:
    """How many participants gave each verdict, by signal, in what refers to a contribution that the viewer sees.

    The database knows who that is; empty where nobody gave any.
    """
    wanted = list(ids)
    tally = func.feedback_tally(literal(wanted, UUIDS)).table_valued("signal_id", "verdict", "participants")
    found: dict[UUID, dict[Verdict, int]] = {id: {} for id in wanted}
    for signal_id, verdict, participants in await session.execute(select(tally)):
        found[signal_id][Verdict(verdict)] = participants
    return found


async def hold_own(session: AsyncSession, actor: Actor) -> None:
    """Let no other call of the participant record feedback until this transaction ends.

    So a later call sees what an earlier one wrote: the review that it may not replace (R20), the reports of the day.
    """
    half = int.from_bytes(actor.participant_id.bytes[:4], signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK, half)))
