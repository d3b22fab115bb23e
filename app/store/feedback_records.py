"""What a call of feedback comes upon, and what it leaves: read by one statement, kept by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.feedback import TOLD_TO
from app.store import contributions, statements
from app.store.arrays import among
from app.store.inbox import NOBODY, Watchers, watchers_of
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow
from app.store.templates import Template
from app.store.viewpoint import Viewpoint


class Seen(NamedTuple):
    """A contribution that the author of feedback sees."""

    id: UUID
    signal_id: UUID
    signal_type: str
    participant_id: UUID
    version: int
    labels_version: int
    watchers: Watchers


@dataclass(frozen=True, slots=True)
class Record:
    """The feedback of one participant on one signal as it is read and kept here, which table rows would make slow."""

    id: UUID
    signal_id: UUID
    signal_type: str
    version: int
    created_at: datetime
    verdict: str
    reason: str | None
    review_status: str
    reviewed_at: datetime | None
    sealed_reviewer_role: bytes | None
    sealed_policy_reference: bytes | None
    sealed_note: bytes | None
    actions: Mapping[str, int]


@dataclass(slots=True)
class Upon:
    """What feedback on one signal comes upon: the contributions that its author sees, first come first, what it said
    before, and of these contributions those that it referred to, each with its version at that time (R7)."""

    seen: list[Seen] = field(default_factory=list)
    before: Record | None = None
    referred: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finding to be kept, with the contributions of others that its author sees; those who see one of `counted_anew`
    get another sum (R9)."""

    record: Record
    references: Sequence[Seen]
    counted_anew: frozenset[UUID]


_RECORD = tuple(Record.__dataclass_fields__)
_KEEP = "SELECT keep_feedback({}) AS kept".format(
    ", ".join(f"${place}" for place in range(1, 1 + 3 + len(_RECORD) + 7))
)


_COLUMNS: Sequence[Any] = (
    col(ContributionRow.id).label("contribution_id"),
    col(ContributionRow.signal_id),
    col(ContributionRow.signal_type),
    col(ContributionRow.participant_id),
    col(ContributionRow.version).label("contribution_version"),
    col(ContributionRow.labels_version),
    col(ContributionRow.status),
    or_(col(ContributionRow.hidden), col(ContributionRow.signal_hidden)).label("withheld"),
    col(ContributionRow.program_wide),
    col(ContributionRow.audience_groups),
    col(FeedbackReferenceRow.contribution_version).label("referred_version"),
    col(FeedbackRow.id).label("feedback_id"),
    *(col(getattr(FeedbackRow, name)) for name in _RECORD[3:-1]),
    cast(col(FeedbackRow.actions), Text).label("actions"),
)


def seen(viewer: Viewpoint, signal_ids: ColumnElement[Any]) -> tuple[ColumnElement[bool], ...]:
    """Which contributions feedback on these signals comes upon."""
    return (
        among(col(ContributionRow.signal_id), signal_ids),
        contributions.visible_to(viewer),
        contributions.live(viewer),
    )


def _query(viewer: Viewpoint, signal_ids: ColumnElement[Any]) -> Select[Any]:
    own = and_(
        col(FeedbackRow.signal_id) == ContributionRow.signal_id, col(FeedbackRow.author_id) == viewer.participant_id
    )
    referred = and_(
        col(FeedbackReferenceRow.feedback_id) == FeedbackRow.id,
        col(FeedbackReferenceRow.contribution_id) == ContributionRow.id,
    )
    query: Select[Any] = (
        select(*_COLUMNS)
        .select_from(ContributionRow)
        .outerjoin(FeedbackRow, own)
        .outerjoin(FeedbackReferenceRow, referred)
        .where(*seen(viewer, signal_ids))
        .order_by(col(ContributionRow.created_at), col(ContributionRow.id))
    )
    return query


_UPON = Template(_query)


async def upon(session: AsyncSession, actor: Actor, signal_ids: Sequence[UUID]) -> dict[UUID, Upon]:
    """By signal; one of which the actor sees no contribution is left out."""
    found: dict[UUID, Upon] = {}
    for row in await _UPON.rows(session, actor, signal_ids):
        place = found.setdefault(row["signal_id"], Upon())
        place.seen.append(
            Seen(
                row["contribution_id"],
                row["signal_id"],
                row["signal_type"],
                row["participant_id"],
                row["contribution_version"],
                row["labels_version"],
                watchers_of(row["status"], row["withheld"], row["program_wide"], row["audience_groups"]),
            )
        )
        if row["feedback_id"] is not None and place.before is None:
            place.before = _record(row)
        if row["referred_version"] is not None:
            place.referred[row["contribution_id"]] = row["referred_version"]
    return found


def _record(row: Any) -> Record:
    said = {name: row[name] for name in _RECORD[1:-1]}
    return Record(id=row["feedback_id"], **said, actions=orjson.loads(row["actions"]))


async def keep(session: AsyncSession, actor: Actor, recorded: Sequence[Recorded]) -> bool:
    """Write new findings, and the next versions of earlier ones, with the history and what the feed tells.

    Who contributed is told that feedback changed, and whoever else sees a contribution if its sum changed too: what
    only its author and the contributors read of it is hidden from others, and so is the time of it (R18).
    False, and nothing is written, if another call of the participant's wrote about one of the signals first.
    """
    # In one order, so that two calls never wait for each other in a circle.
    ordered = sorted(recorded, key=lambda one: one.record.signal_id)
    columns = [[getattr(one.record, name) for one in ordered] for name in _RECORD[:-1]]
    actions = [orjson.dumps(one.record.actions).decode() for one in ordered]
    references = [
        (place, seen.id, seen.version, seen.participant_id, *_told(seen, one))
        for place, one in enumerate(ordered, 1)
        for seen in one.references
    ]
    given = (actor.participant_id, actor.as_of, TOLD_TO, *columns, actions, *map(list, zip(*references, strict=True)))
    ((kept,),) = [tuple(row.values()) for row in await statements.fetch(session, _KEEP, *given)]
    return bool(kept)


def _told(seen: Seen, one: Recorded) -> tuple[int, bool, str]:
    who = seen.watchers if seen.id in one.counted_anew else NOBODY
    return who.sight, who.program_wide, "{" + ",".join(map(str, who.groups)) + "}"
