"""Feedback: who reads it, and how many findings are written at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Integer,
    SQLColumnExpression,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.feedback import TOLD_TO
from app.rules.verdicts import Verdict
from app.store.arrays import among
from app.store.nouns import Alias, Noun, PagedEdge
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow, Finding
from app.store.tables.row import UUIDS
from app.store.viewpoint import Viewer, there_is

# Any number: with a part of the participant's id it makes an advisory lock that nothing else takes.
_LOCK = 0x46454544

# The columns of a finding that stay as they were first written.
_FIXED = frozenset({"id", "created_at", "author_id", "signal_id", "signal_type"})

_TOLD_TO: ColumnElement[Any] = literal_column(f"INTERVAL '{TOLD_TO.total_seconds():.0f} seconds'")
_EPOCH: ColumnElement[Any] = literal_column("TIMESTAMPTZ 'epoch'")
# The sums that the viewer may see, see `migrations/walls/tallies.py`.
TALLIES = table(
    "feedback_tallies", column("signal_id", Uuid), column("verdict", Text), column("participants", BigInteger)
)
_FINDING = ", ".join(Finding.model_fields)
_ADD_VERSIONS = text(
    f"INSERT INTO feedback_version (feedback_id, version, author_id, recorded_at, {_FINDING})"  # noqa: S608  # our columns
    f" SELECT id, version, author_id, updated_at, {_FINDING} FROM feedback WHERE id = ANY (:ids)"
).bindparams(bindparam("ids", type_=UUIDS))
_ADD_REFERENCES = text(
    "INSERT INTO feedback_reference (feedback_id, contribution_id, contribution_version, contributor_id, author_id,"
    " verdict, signal_type, updated_at)"
    " SELECT u.feedback_id, u.contribution_id, u.version, u.contributor_id, f.author_id, f.verdict, f.signal_type,"
    " date_bin(:told_to, f.updated_at, TIMESTAMPTZ 'epoch')"
    " FROM unnest(:feedback_id, :contribution_id, :contribution_version, :contributor_id)"
    " AS u(feedback_id, contribution_id, version, contributor_id) JOIN feedback f ON f.id = u.feedback_id"
).bindparams(
    bindparam("feedback_id", type_=UUIDS),
    bindparam("contribution_id", type_=UUIDS),
    bindparam("contribution_version", type_=ARRAY(Integer)),
    bindparam("contributor_id", type_=UUIDS),
    bindparam("told_to", TOLD_TO),
)


class Reference(NamedTuple):
    """A contribution of another that the author sees, as it stands (R7)."""

    feedback_id: UUID
    contribution_id: UUID
    contribution_version: int
    contributor_id: UUID


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding to be kept, with the contributions of others that its author sees; those who see one of `counted_anew`
    get another sum (R9)."""

    row: FeedbackRow
    references: Sequence[Reference]
    counted_anew: frozenset[UUID]


def visible_to(actor: Viewer, of: type[FeedbackRow] = FeedbackRow) -> ColumnElement[bool]:
    """Its own, and what refers to a contribution of its own (R8); others' only while it sees others' data (R4)."""
    own = col(of.author_id) == actor.participant_id
    return or_(own, _received_by(actor, of)) if actor.sees_others else own


def _received_by(actor: Viewer, of: type[FeedbackRow]) -> ColumnElement[bool]:
    mine = aliased(FeedbackReferenceRow)
    return there_is(mine, col(mine.feedback_id) == of.id, col(mine.contributor_id) == actor.participant_id)


by_ids = Noun(FeedbackRow, visible_to)


def told_at(viewer: Viewer, of: Alias = FeedbackRow) -> ColumnElement[datetime]:
    """When the viewer is told that it was given: its own to the microsecond, others' rounded down, `rules.feedback`."""
    at = col(of.updated_at)
    return case((col(of.author_id) == viewer.participant_id, at), else_=rounded(at))


def rounded(moment: SQLColumnExpression[datetime]) -> ColumnElement[datetime]:
    return func.date_bin(_TOLD_TO, moment, _EPOCH)


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
    await session.execute(_putting(rows))
    ids = [row.id for row in rows]
    await session.execute(_ADD_VERSIONS, {"ids": ids})
    if any(row.version > 1 for row in rows):
        earlier = delete(FeedbackReferenceRow).where(among(col(FeedbackReferenceRow.feedback_id), ids))
        await session.execute(earlier, execution_options={"synchronize_session": False})
    references = [reference for one in recorded for reference in one.references]
    await session.execute(_ADD_REFERENCES, dict(zip(Reference._fields, zip(*references, strict=True), strict=True)))


def _putting(rows: Sequence[FeedbackRow]) -> Executable:
    names = list(FeedbackRow.model_fields)
    types = FeedbackRow.__table__.c  # type: ignore[attr-defined]  # set by table=True
    arrays = [literal([getattr(row, name) for row in rows], ARRAY(types[name].type)) for name in names]
    given = func.unnest(*arrays).table_valued(*names).render_derived("given")
    put = insert(FeedbackRow).from_select(names, select(*given.c))
    changed = {name: put.excluded[name] for name in names if name not in _FIXED}
    return put.on_conflict_do_update(index_elements=["signal_id", "author_id"], set_=changed)
