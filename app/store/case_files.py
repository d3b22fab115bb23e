"""What is in a case: signals, notes and the timeline; what speaks of an unseen signal is not there (R1, R6)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, func, inspect, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cases import CaseEventKind
from app.store import cases, signals
from app.store.arrays import among
from app.store.pages import Order, Page, Window, page
from app.store.tables.case import CaseEventRow, CaseNoteRow, CaseSignalRow
from app.store.tables.row import MOMENT, UUIDS

_EVENT_COLUMNS = {column.name: column.type for column in inspect(CaseEventRow).columns}


def signals_visible_to(actor: Actor) -> ColumnElement[bool]:
    """A signal in a case stays subject to R1 for each member."""
    return and_(
        cases.visible_to(actor, col(CaseSignalRow.case_id)),
        signals.named_visible_to(actor, col(CaseSignalRow.signal_id)),
    )


def notes_visible_to(actor: Actor) -> ColumnElement[bool]:
    return cases.visible_to(actor, col(CaseNoteRow.case_id))


def events_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Not what speaks of a signal that the actor does not see: not even that something was added."""
    of_no_signal = col(CaseEventRow.kind) != CaseEventKind.SIGNAL_ADDED
    return and_(
        cases.visible_to(actor, col(CaseEventRow.case_id)),
        or_(of_no_signal, signals.named_visible_to(actor, col(CaseEventRow.subject_id))),
    )


async def signals_of(session: AsyncSession, actor: Actor, case_id: UUID, window: Window) -> Page[CaseSignalRow]:
    """First added first."""
    query = select(CaseSignalRow).where(col(CaseSignalRow.case_id) == case_id, signals_visible_to(actor))
    order = Order(col(CaseSignalRow.added_at), col(CaseSignalRow.signal_id), newest_first=False)
    return await page(session, query, order, window)


async def notes_of(session: AsyncSession, actor: Actor, case_id: UUID, window: Window) -> Page[CaseNoteRow]:
    """Oldest first."""
    query = select(CaseNoteRow).where(col(CaseNoteRow.case_id) == case_id, notes_visible_to(actor))
    order = Order(col(CaseNoteRow.created_at), col(CaseNoteRow.id), newest_first=False)
    return await page(session, query, order, window)


async def timeline_of(session: AsyncSession, actor: Actor, case_id: UUID, window: Window) -> Page[CaseEventRow]:
    """Oldest first."""
    query = select(CaseEventRow).where(col(CaseEventRow.case_id) == case_id, events_visible_to(actor))
    order = Order(col(CaseEventRow.created_at), col(CaseEventRow.id), newest_first=False)
    return await page(session, query, order, window)


async def notes_by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, CaseNoteRow]:
    query = select(CaseNoteRow).where(among(col(CaseNoteRow.id), ids), notes_visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


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
