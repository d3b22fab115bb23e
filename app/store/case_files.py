"""What is in a case: signals, notes and the timeline; what speaks of an unseen signal is not there (R1, R6)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, inspect, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cases import CaseEventKind
from app.store import cases, inbox, signals
from app.store.nouns import Noun, PagedEdge
from app.store.tables.case import CaseEventRow, CaseNoteRow, CaseRow, CaseSignalRow
from app.store.tables.row import MOMENT, UUIDS
from app.store.viewpoint import Viewer

_EVENT_COLUMNS = {column.name: column.type for column in inspect(CaseEventRow).columns}


def signals_visible_to(actor: Viewer, of: type[CaseSignalRow] = CaseSignalRow) -> ColumnElement[bool]:
    """A signal in a case stays subject to R1 for each member."""
    return and_(
        cases.visible_to(actor, col(of.case_id)),
        signals.named_visible_to(actor, col(of.signal_id)),
    )


def notes_visible_to(actor: Viewer, of: type[CaseNoteRow] = CaseNoteRow) -> ColumnElement[bool]:
    return cases.visible_to(actor, col(of.case_id))


def events_visible_to(actor: Viewer, of: type[CaseEventRow] = CaseEventRow) -> ColumnElement[bool]:
    """Not what speaks of a signal that the actor does not see: not even that something was added."""
    of_no_signal = col(of.kind) != CaseEventKind.SIGNAL_ADDED
    return and_(
        cases.visible_to(actor, col(of.case_id)),
        or_(of_no_signal, signals.named_visible_to(actor, col(of.subject_id))),
    )


# First added first.
signals_of = PagedEdge(
    CaseSignalRow,
    lambda viewer, of, id: and_(col(of.case_id) == id, signals_visible_to(viewer, of)),
    lambda _, of: (col(of.added_at), col(of.signal_id)),
)
# Oldest first.
notes_of = PagedEdge(
    CaseNoteRow,
    lambda viewer, of, id: and_(col(of.case_id) == id, notes_visible_to(viewer, of)),
    lambda _, of: (col(of.created_at), col(of.id)),
)
# Oldest first.
timeline_of = PagedEdge(
    CaseEventRow,
    lambda viewer, of, id: and_(col(of.case_id) == id, events_visible_to(viewer, of)),
    lambda _, of: (col(of.created_at), col(of.id)),
)
notes_by_ids = Noun(CaseNoteRow, notes_visible_to)


async def add_signals(session: AsyncSession, actor: Actor, case_id: UUID, signal_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Those that were not there before; the actor must see them all."""
    row: dict[str, ColumnElement[Any]] = {
        "case_id": literal(case_id),
        "signal_id": func.unnest(literal(list(signal_ids), UUIDS)),
        "added_by": literal(actor.participant_id),
        "added_at": literal(actor.as_of, MOMENT),
    }
    added = insert(CaseSignalRow).from_select(list(row), select(*row.values())).on_conflict_do_nothing()
    return list(await session.scalars(added.returning(col(CaseSignalRow.signal_id))))


async def add_note(session: AsyncSession, row: CaseNoteRow) -> None:
    session.add(row)
    await session.flush()


async def add_events(session: AsyncSession, events: Sequence[CaseEventRow]) -> None:
    """Append to the timeline of one case, which is held, in this order: events of one moment are listed by id, so their
    ids are put in order.

    One statement for all: the policies ask for the actor's cases once in each.
    """
    if not events:
        return
    # What the events tell may be a change that is not written yet.
    await session.flush()
    last = await _numbered(session, events[0].case_id, len(events))
    ids = sorted(uuid4() for _ in events)
    for place, (id, event) in enumerate(zip(ids, events, strict=True), last - len(events) + 1):
        event.id, event.number = id, place
    row: dict[str, ColumnElement[Any]] = {
        name: func.unnest(literal([getattr(event, name) for event in events], ARRAY(kind)))
        for name, kind in _EVENT_COLUMNS.items()
    }
    await session.execute(insert(CaseEventRow).from_select(list(row), select(*row.values())))
    await inbox.nudge(session)


async def _numbered(session: AsyncSession, case_id: UUID, count: int) -> int:
    """The last of so many numbers, which nobody else gets: the row is held until the transaction ends."""
    taken = (
        update(CaseRow)
        .where(col(CaseRow.id) == case_id)
        .values(event_count=col(CaseRow.event_count) + count)
        .returning(col(CaseRow.event_count))
        .execution_options(synchronize_session=False)
    )
    return int((await session.execute(taken)).scalar_one())


async def events_after(
    session: AsyncSession, actor: Actor, case_id: UUID, number: int, first: int
) -> list[CaseEventRow]:
    """The next events of a case that the actor sees, after the one of this number, and one more."""
    query = (
        select(CaseEventRow)
        .where(col(CaseEventRow.case_id) == case_id, col(CaseEventRow.number) > number, events_visible_to(actor))
        .order_by(col(CaseEventRow.number))
        .limit(first + 1)
    )
    return list(await session.scalars(query))


async def last_number(session: AsyncSession, actor: Actor, case_id: UUID) -> int | None:
    """How many events there are in a case, seen or not; null where the actor does not see the case."""
    query = select(col(CaseRow.event_count)).where(col(CaseRow.id) == case_id, cases.visible_to(actor))
    found: int | None = await session.scalar(query)
    return found
