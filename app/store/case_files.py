"""What is in a case: signals, notes and the timeline; what speaks of an unseen signal is not there (R1, R6)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, inspect, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cases import CaseEventKind
from app.store import cases, signals
from app.store.nouns import Noun, PagedEdge
from app.store.tables.case import CaseEventRow, CaseNoteRow, CaseSignalRow
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
    """Append to the timeline in this order: events of one moment are listed by id, so their ids are put in order.

    One statement for all: the policies ask for the actor's cases once in each.
    """
    # What the events tell may be a change that is not written yet.
    await session.flush()
    for id, event in zip(sorted(uuid4() for _ in events), events, strict=True):
        event.id = id
    row: dict[str, ColumnElement[Any]] = {
        name: func.unnest(literal([getattr(event, name) for event in events], ARRAY(kind)))
        for name, kind in _EVENT_COLUMNS.items()
    }
    await session.execute(insert(CaseEventRow).from_select(list(row), select(*row.values())))
