"""Feedback: who reads it, and how many findings are written at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.verdicts import Verdict
from app.store.arrays import among
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow, FeedbackVersionRow, Finding
from app.store.tables.row import UUIDS

# Any number: with a part of the participant's id it makes an advisory lock that nothing else takes.
_LOCK = 0x46454544

# The columns of a finding that stay as they were first written.
_FIXED = frozenset({"id", "created_at", "author_id", "signal_id", "signal_type"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding to be kept, with the contributions of others that its author sees; those who see one of `counted_anew`
    get another sum (R9)."""

    row: FeedbackRow
    references: Sequence[FeedbackReferenceRow]
    counted_anew: frozenset[UUID]


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


async def own_on(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> dict[UUID, FeedbackRow]:
    """What the actor's participant said before about these signals."""
    query = select(FeedbackRow).where(
        among(col(FeedbackRow.signal_id), ids), col(FeedbackRow.author_id) == actor.participant_id
    )
    return {row.signal_id: row for row in await session.scalars(query)}


async def referred_versions(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, dict[UUID, int]]:
    """By feedback of the viewer's own, the contributions that it refers to, each with its version at that time."""
    query = select(
        col(FeedbackReferenceRow.feedback_id),
        col(FeedbackReferenceRow.contribution_id),
        col(FeedbackReferenceRow.contribution_version),
    ).where(among(col(FeedbackReferenceRow.feedback_id), ids))
    found: dict[UUID, dict[UUID, int]] = {}
    for feedback_id, contribution_id, version in await session.execute(query):
        found.setdefault(feedback_id, {})[contribution_id] = version
    return found


async def put(session: AsyncSession, recorded: Sequence[Recorded]) -> None:
    """Write new findings, and the next versions of earlier ones; each also into the history."""
    if not recorded:
        return
    rows = [one.row for one in recorded]
    await session.execute(_put_current(), [_columns(row) for row in rows])
    await session.execute(insert(FeedbackVersionRow), [_version(row) for row in rows])
    later = [row.id for row in rows if row.version > 1]
    if later:
        await session.execute(delete(FeedbackReferenceRow).where(among(col(FeedbackReferenceRow.feedback_id), later)))
    references = [_columns(reference) for one in recorded for reference in one.references]
    await session.execute(insert(FeedbackReferenceRow), references)


def _put_current() -> postgresql.Insert:
    put = postgresql.insert(FeedbackRow)
    changed = {name: put.excluded[name] for name in FeedbackRow.model_fields if name not in _FIXED}
    return put.on_conflict_do_update(index_elements=["signal_id", "author_id"], set_=changed)


def _columns(row: FeedbackRow | FeedbackReferenceRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in type(row).model_fields}


def _version(row: FeedbackRow) -> dict[str, object]:
    return {
        **{name: getattr(row, name) for name in Finding.model_fields},
        "feedback_id": row.id,
        "version": row.version,
        "author_id": row.author_id,
        "recorded_at": row.updated_at,
    }
