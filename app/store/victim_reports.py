"""Reports that a signal points at a victim, and the hiding that follows from them (R11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, insert, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.victim_reports import VictimReportState
from app.store.arrays import among
from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.tables.feedback import VictimReportRow
from app.store.tables.row import UUIDS
from app.store.tables.signal import SignalRow
from app.store.viewpoint import Viewer

# Reports that keep their signal hidden.
_HIDING = (VictimReportState.HIDDEN, VictimReportState.CONFIRMED)

# In the order in which uploads lock signals, so that the two never wait for each other in a circle.
_HIDE = text(
    "SELECT set_signal_hidden(s.id, true, :moment)"
    " FROM (SELECT id FROM signal WHERE id = ANY (:signals) ORDER BY type, tag) s"
).bindparams(bindparam("signals", type_=UUIDS))


def visible_to(actor: Viewer, of: type[VictimReportRow] = VictimReportRow) -> ColumnElement[bool]:
    """A participant's own reports; the operator, who decides, reads all."""
    return true() if actor.is_operator else col(of.author_id) == actor.participant_id


by_ids = Noun(VictimReportRow, visible_to)


@dataclass(frozen=True, slots=True)
class ReportFilter:
    state: VictimReportState | None = None


def _listed(viewer: Viewer, wanted: ReportFilter) -> tuple[Select[Any], Order]:
    """The one that has waited longest is decided first."""
    query = select(col(VictimReportRow.id)).where(visible_to(viewer))
    if wanted.state is not None:
        query = query.where(col(VictimReportRow.state) == wanted.state)
    return query, Order(col(VictimReportRow.created_at), col(VictimReportRow.id), newest_first=False)


# Oldest first.
find = Listing(by_ids, lambda viewer, wanted, _: _listed(viewer, wanted))


async def states_of(session: AsyncSession, actor: Actor, feedback_ids: Iterable[UUID]) -> dict[UUID, VictimReportState]:
    """What became of the newest report that came with each feedback of the actor's own."""
    query = (
        select(col(VictimReportRow.feedback_id), col(VictimReportRow.state))
        .where(
            among(col(VictimReportRow.feedback_id), feedback_ids),
            col(VictimReportRow.author_id) == actor.participant_id,
        )
        .order_by(col(VictimReportRow.created_at))
    )
    return {id: VictimReportState(state) for id, state in (await session.execute(query))}


async def standing(session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the signals that a report of the actor's, not lifted since, already speaks of."""
    query = select(col(VictimReportRow.signal_id)).where(
        among(col(VictimReportRow.signal_id), signal_ids),
        col(VictimReportRow.author_id) == actor.participant_id,
        col(VictimReportRow.state) != VictimReportState.LIFTED,
    )
    return set(await session.scalars(query))


async def hidden_since(session: AsyncSession, actor: Actor, moment: datetime) -> int:
    """How many reports of the actor's hid their signal at once after `moment`."""
    query = select(func.count()).where(
        col(VictimReportRow.author_id) == actor.participant_id,
        col(VictimReportRow.created_at) > moment,
        col(VictimReportRow.hid_at_once),
    )
    return await session.scalar(query) or 0


async def add(session: AsyncSession, actor: Actor, rows: Sequence[VictimReportRow]) -> None:
    """Keep the reports, and hide what those among them hide; the feed is told."""
    if not rows:
        return
    await session.execute(
        insert(VictimReportRow), [{name: getattr(row, name) for name in VictimReportRow.model_fields} for row in rows]
    )
    hidden = [row.signal_id for row in rows if row.hid_at_once]
    if hidden:
        await session.execute(_HIDE, {"signals": hidden, "moment": actor.as_of})


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> VictimReportRow | None:
    """The report, held until the transaction ends, and its signal, so that no other report hides it meanwhile."""
    query = select(VictimReportRow).where(col(VictimReportRow.id) == id, visible_to(actor)).with_for_update()
    found: VictimReportRow | None = await session.scalar(query)
    if found is not None:
        await session.execute(select(col(SignalRow.id)).where(col(SignalRow.id) == found.signal_id).with_for_update())
    return found


async def another_hides(session: AsyncSession, report: VictimReportRow) -> bool:
    query = select(col(VictimReportRow.id)).where(
        col(VictimReportRow.signal_id) == report.signal_id,
        col(VictimReportRow.id) != report.id,
        col(VictimReportRow.state).in_(_HIDING),
    )
    return await session.scalar(query.limit(1)) is not None


async def set_hidden(session: AsyncSession, actor: Actor, signal_id: UUID, value: bool) -> None:
    """Hide the signal from all but its contributors and the operator, or show it again; the feed is told."""
    await session.execute(select(func.set_signal_hidden(signal_id, value, actor.as_of)))
