"""Cases and their members: only members know of a case (R6)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, false, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cases import CaseFilter
from app.store import participants, signals
from app.store.arrays import among
from app.store.pages import Order, Page, Window, page
from app.store.tables.case import CaseMemberRow, CaseRow, CaseSignalRow
from app.store.tables.participant import ParticipantRow
from app.store.tables.row import MOMENT, UUIDS

# Cases of one signal that are shown with it; `find` gives pages of all.
MAX_CASES_OF_SIGNAL = 100


def visible_to(actor: Actor, id: SQLColumnExpression[UUID] | None = None) -> ColumnElement[bool]:
    """Whether it is a member of the case of the query, or of the one that another row names by `id`.

    Cases are others' data too, so who does not see those sees no case, not even one that it opened (R4).
    """
    if not actor.sees_others:
        return false()
    mine = aliased(CaseMemberRow)
    return exists().where(
        col(mine.case_id) == (col(CaseRow.id) if id is None else id), col(mine.participant_id) == actor.participant_id
    )


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> Mapping[UUID, CaseRow]:
    query = select(CaseRow).where(among(col(CaseRow.id), ids), visible_to(actor))
    return {row.id: row for row in await session.scalars(query)}


async def find(session: AsyncSession, actor: Actor, wanted: CaseFilter, window: Window) -> Page[CaseRow]:
    """Newest change first.

    Goes through the cases of one participant, found by the index of the members, whatever else is asked: tens or
    hundreds, of all the cases there are. So no filter needs an index of its own.
    """
    query = select(CaseRow).where(visible_to(actor), *_conditions(actor, wanted))
    return await page(session, query, Order(col(CaseRow.updated_at), col(CaseRow.id)), window)


async def holding(session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]) -> Mapping[UUID, Sequence[CaseRow]]:
    """The visible cases of each signal that the actor sees, newest change first, at most 100 of each."""
    newest_first = (col(CaseRow.updated_at).desc(), col(CaseRow.id).desc())
    rank = func.row_number().over(partition_by=col(CaseSignalRow.signal_id), order_by=newest_first)
    ranked = (
        select(col(CaseSignalRow.signal_id), col(CaseRow.id), rank.label("rank"))
        .join(CaseRow, col(CaseRow.id) == col(CaseSignalRow.case_id))
        .where(
            among(col(CaseSignalRow.signal_id), signal_ids),
            signals.named_visible_to(actor, col(CaseSignalRow.signal_id)),
            visible_to(actor),
        )
        .subquery()
    )
    query = (
        select(ranked.c.signal_id, CaseRow)
        .join(CaseRow, col(CaseRow.id) == ranked.c.id)
        .where(ranked.c.rank <= MAX_CASES_OF_SIGNAL)
        .order_by(ranked.c.signal_id, ranked.c.rank)
    )
    found: dict[UUID, list[CaseRow]] = {}
    for signal_id, row in await session.execute(query):
        found.setdefault(signal_id, []).append(row)
    return found


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> CaseRow | None:
    """The case, held until the transaction ends, so that what is done in it is judged by its latest state."""
    held = select(col(CaseRow.id)).where(col(CaseRow.id) == id, visible_to(actor))
    if await session.scalar(held.with_for_update(key_share=True, of=CaseRow)) is None:
        return None
    # A second look: who was removed while the lock was waited for still counts as a member in the first.
    return (await by_ids(session, actor, [id])).get(id)


async def members_of(
    session: AsyncSession, actor: Actor, case_ids: Iterable[UUID]
) -> Mapping[UUID, Sequence[CaseMemberRow]]:
    """Of each visible case, who joined first first."""
    query = (
        select(CaseMemberRow)
        .where(among(col(CaseMemberRow.case_id), case_ids), visible_to(actor, col(CaseMemberRow.case_id)))
        .order_by(col(CaseMemberRow.joined_at), col(CaseMemberRow.participant_id))
    )
    found: dict[UUID, list[CaseMemberRow]] = {}
    for row in await session.scalars(query):
        found.setdefault(row.case_id, []).append(row)
    return found


async def add(session: AsyncSession, actor: Actor, row: CaseRow) -> None:
    """A new case with the actor as its only member; who is one may add others."""
    session.add(row)
    await session.flush()
    me = {"case_id": row.id, "participant_id": actor.participant_id, "invited_by": actor.participant_id}
    await session.execute(insert(CaseMemberRow).values(me | {"joined_at": actor.as_of}))


async def add_members(
    session: AsyncSession, actor: Actor, case_id: UUID, participant_ids: Iterable[UUID]
) -> Sequence[UUID]:
    """Those who were no members before."""
    row: dict[str, ColumnElement[Any]] = {
        "case_id": literal(case_id),
        "participant_id": func.unnest(literal(list(participant_ids), UUIDS)),
        "invited_by": literal(actor.participant_id),
        "joined_at": literal(actor.as_of, MOMENT),
    }
    added = insert(CaseMemberRow).from_select(list(row), select(*row.values())).on_conflict_do_nothing()
    return list(await session.scalars(added.returning(col(CaseMemberRow.participant_id))))


async def remove_member(session: AsyncSession, case_id: UUID, participant_id: UUID) -> None:
    await session.execute(
        delete(CaseMemberRow).where(
            col(CaseMemberRow.case_id) == case_id, col(CaseMemberRow.participant_id) == participant_id
        )
    )


def _conditions(actor: Actor, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(col(CaseRow.status) == wanted.status)
    if wanted.disposition is not None:
        conditions.append(col(CaseRow.disposition) == wanted.disposition)
    if wanted.opened_by is not None:
        conditions += [col(CaseRow.opened_by) == wanted.opened_by, _is_known(actor, wanted.opened_by)]
    if wanted.updated_since is not None:
        conditions.append(col(CaseRow.updated_at) >= wanted.updated_since)
    if wanted.has_signal is not None:
        conditions.append(_holds(actor, wanted.has_signal))
    return conditions


def _is_known(actor: Actor, participant_id: UUID) -> ColumnElement[bool]:
    """Who has left is not told as the opener, so its cases are not found by it either (R3)."""
    return exists().where(col(ParticipantRow.id) == participant_id, participants.visible_to(actor))


def _holds(actor: Actor, signal_id: UUID) -> ColumnElement[bool]:
    """Whether the case of the query holds a signal, as far as the actor sees that."""
    return exists().where(
        col(CaseSignalRow.case_id) == CaseRow.id,
        col(CaseSignalRow.signal_id) == signal_id,
        signals.named_visible_to(actor, col(CaseSignalRow.signal_id)),
    )
