"""Feedback: who reads it, and whose calls wait for each other."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    SQLColumnExpression,
    Text,
    Uuid,
    and_,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.feedback import TOLD_TO
from app.rules.verdicts import Verdict
from app.store.arrays import among
from app.store.nouns import Alias, Noun, PagedEdge
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow
from app.store.viewpoint import Viewer, there_is

# Any number: with a part of the participant's id it makes an advisory lock that nothing else takes.
_LOCK = 0x46454544

# How far others read times rounded down, see `rules.feedback.TOLD_TO`.
ROUNDED_TO: ColumnElement[Any] = literal_column(f"INTERVAL '{TOLD_TO.total_seconds():.0f} seconds'")
_EPOCH: ColumnElement[Any] = literal_column("TIMESTAMPTZ 'epoch'")
# The sums that the viewer may see, see `migrations/walls/tallies.py`.
TALLIES = table(
    "feedback_tallies", column("signal_id", Uuid), column("verdict", Text), column("participants", BigInteger)
)


def visible_to(actor: Viewer, of: type[FeedbackRow] = FeedbackRow) -> ColumnElement[bool]:
    """Its own, and what refers to a contribution of its own (R8); others' only while it sees others' data (R4)."""
    own = col(of.author_id) == actor.participant_id
    return or_(own, received_by(actor, of)) if actor.sees_others else own


def received_by(actor: Viewer, of: type[FeedbackRow]) -> ColumnElement[bool]:
    mine = aliased(FeedbackReferenceRow)
    return there_is(mine, col(mine.feedback_id) == of.id, col(mine.contributor_id) == actor.participant_id)


by_ids = Noun(FeedbackRow, visible_to)


def told_at(viewer: Viewer, of: Alias = FeedbackRow) -> ColumnElement[datetime]:
    """When the viewer is told that it was given: its own to the microsecond, others' rounded down, `rules.feedback`."""
    at = col(of.updated_at)
    return case((col(of.author_id) == viewer.participant_id, at), else_=rounded(at))


def rounded(moment: SQLColumnExpression[datetime]) -> ColumnElement[datetime]:
    return func.date_bin(ROUNDED_TO, moment, _EPOCH)


# What the viewer may read on a signal, in the order of the times that it is told; at most one of each participant.
on_signal = PagedEdge(
    FeedbackRow,
    lambda viewer, of, id: and_(col(of.signal_id) == id, visible_to(viewer, of)),
    lambda viewer, of: (told_at(viewer, of), col(of.id)),
    newest_first=True,
)


async def tallies(session: AsyncSession, _: Actor, ids: Iterable[UUID]) -> dict[UUID, dict[Verdict, int]]:
    """How many participants gave each verdict, by signal, in what refers to a contribution that the viewer sees.

    The database knows who that is; empty where nobody gave any.
    """
    wanted = list(ids)
    tally = select(*TALLIES.c).where(among(TALLIES.c.signal_id, wanted))
    found: dict[UUID, dict[Verdict, int]] = {id: {} for id in wanted}
    for signal_id, verdict, participants in await session.execute(tally):
        found[signal_id][Verdict(verdict)] = participants
    return found


async def hold_own(session: AsyncSession, actor: Actor) -> None:
    """Let no other call of the participant record feedback until this transaction ends.

    So a later call sees what an earlier one wrote: the review that it may not replace (R20), the reports of the day.
    """
    half = int.from_bytes(actor.participant_id.bytes[:4], signed=True)
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK, half)))
