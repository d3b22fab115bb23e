"""Cases and their members: only members know of a case (R6)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, delete, false, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cases import CaseFilter
from app.store import participants, signals
from app.store.nouns import Alias, Edge, Listing, Noun
from app.store.pages import Order
from app.store.tables.case import CaseMemberRow, CaseRow, CaseSignalRow
from app.store.tables.participant import ParticipantRow
from app.store.tables.row import MOMENT, UUIDS
from app.store.viewpoint import Viewer, there_is

# Cases of one signal that are shown with it; `find` gives pages of all.
MAX_CASES_OF_SIGNAL = 100


def visible_to(actor: Viewer, id: SQLColumnExpression[UUID] | None = None) -> ColumnElement[bool]:
    """Whether it is a member of the case of the query, or of the one that another row names by `id`.

    Cases are others' data too, so who does not see those sees no case, not even one that it opened (R4).
    """
    if not actor.sees_others:
        return false()
    mine = aliased(CaseMemberRow)
    case_id = col(CaseRow.id) if id is None else id
    return there_is(mine, col(mine.case_id) == case_id, col(mine.participant_id) == actor.participant_id)


by_ids = Noun(CaseRow, lambda viewer, of: visible_to(viewer, col(of.id)))


def _listed(viewer: Viewer, wanted: CaseFilter) -> tuple[Select[Any], Order]:
    """Goes through the cases of one participant, found by the index of the members, whatever else is asked: tens or
    hundreds, of all the cases there are. So no filter needs an index of its own.
    """
    query = select(col(CaseRow.id)).where(visible_to(viewer), *_conditions(viewer, wanted))
    return query, Order(col(CaseRow.updated_at), col(CaseRow.id))


# Newest change first.
find = Listing(by_ids, lambda viewer, wanted, _: _listed(viewer, wanted))


def _holds_named(viewer: Viewer, of: Alias, signal_id: Any) -> ColumnElement[bool]:
    held = aliased(CaseSignalRow)
    holds = there_is(held, col(held.case_id) == col(of.id), col(held.signal_id) == signal_id)
    return and_(holds, signals.named_visible_to(viewer, signal_id), visible_to(viewer, col(of.id)))


# The visible cases of each signal that the viewer sees, newest change first.
holding = Edge(
    CaseRow,
    _holds_named,
    lambda _, of: (col(of.updated_at), col(of.id)),
    newest_first=True,
    most=MAX_CASES_OF_SIGNAL,
)


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> CaseRow | None:
    """The case, held until the transaction ends, so that what is done in it is judged by its latest state."""
    held = select(col(CaseRow.id)).where(col(CaseRow.id) == id, visible_to(actor))
    if await session.scalar(held.with_for_update(key_share=True, of=CaseRow)) is None:
        return None
    # A second look: who was removed while the lock was waited for still counts as a member in the first.
    return (await by_ids(session, actor, [id])).get(id)


# Of each visible case, who joined first first.
members_of = Edge(
    CaseMemberRow,
    lambda viewer, of, id: and_(col(of.case_id) == id, visible_to(viewer, col(of.case_id))),
    lambda _, of: (col(of.joined_at), col(of.participant_id)),
)


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


def _conditions(actor: Viewer, wanted: CaseFilter) -> list[ColumnElement[bool]]:
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


def _is_known(actor: Viewer, participant_id: UUID) -> ColumnElement[bool]:
    """Who has left is not told as the opener, so its cases are not found by it either (R3)."""
    known = aliased(ParticipantRow)
    return there_is(known, col(known.id) == participant_id, participants.visible_to(actor, known))


def _holds(actor: Viewer, signal_id: UUID) -> ColumnElement[bool]:
    """Whether the case of the query holds a signal, as far as the actor sees that."""
    held = aliased(CaseSignalRow)
    return there_is(
        held,
        col(held.case_id) == CaseRow.id,
        col(held.signal_id) == signal_id,
        signals.named_visible_to(actor, col(held.signal_id)),
    )
