"""Links between signals: who sees them, and what is read and written, each in one statement for a whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Executable,
    Select,
    SQLColumnExpression,
    TableValuedAlias,
    Uuid,
    and_,
    bindparam,
    column,
    delete,
    func,
    inspect,
    literal,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, SMALLINT, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.cursors import Key
from app.rules.links import Assertion, Relation
from app.rules.row_results import Outcome
from app.store import contributions
from app.store.arrays import among
from app.store.nouns import Noun
from app.store.pages import Page, Window
from app.store.tables.contribution import ContributionRow
from app.store.tables.link import LinkRow
from app.store.tables.row import MOMENT, TEXTS, UUIDS
from app.store.viewpoint import Viewer

_ARRAYS: dict[str, ARRAY[Any]] = {
    "id": UUIDS,
    "a_id": UUIDS,
    "b_id": UUIDS,
    "relation": TEXTS,
    "confidence": ARRAY(SMALLINT),
}
_ONCE = ("a_id", "b_id", "relation", "participant_id")
_NAMED = (col(LinkRow.a_id), col(LinkRow.b_id), col(LinkRow.relation), col(LinkRow.id))
_END_LINKS = text("SELECT end_links(:participant, :signals)").bindparams(bindparam("signals", type_=UUIDS))


def visible_to(actor: Viewer, of: type[LinkRow] = LinkRow) -> ColumnElement[bool]:
    """At each end the actor sees a contribution of the participant that asserts the link (R5)."""
    return and_(_asserter_seen(actor, of, col(of.a_id)), _asserter_seen(actor, of, col(of.b_id)))


def _asserter_seen(actor: Viewer, of: type[LinkRow], end: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """OFFSET makes the database look for each link in hand. Without it the planner may gather all links of a signal
    first, to sort them: 2 ms for a page of 10 at one that has 5,000.
    """
    theirs = aliased(ContributionRow)
    seen = select(col(theirs.id)).where(
        col(theirs.signal_id) == end,
        col(theirs.participant_id) == of.participant_id,
        contributions.visible_to(actor, theirs),
        contributions.live(actor, theirs),
    )
    return seen.correlate_except(theirs).offset(0).exists()


by_ids = Noun(LinkRow, visible_to)


async def hold_ends(session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the signals that the actor contributes, and goes on contributing until the transaction ends.

    Whoever ends a contribution locks its row first and deletes its links then. So it waits for this lock and finds
    what was linked under it; or it came first, and then the row is looked at again here and is no longer live. (FOR
    KEY SHARE would not do: changes that leave the key alone do not wait for it.) Locks on contributions are taken in
    the order of their ids everywhere, so no two transactions wait for each other.
    """
    query = (
        select(col(ContributionRow.signal_id))
        .where(contributions.own_live_at(actor, signal_ids))
        .order_by(col(ContributionRow.id))
        .with_for_update(read=True)
    )
    return set(await session.scalars(query))


async def put(
    session: AsyncSession, actor: Actor, links: Mapping[Assertion, int]
) -> dict[Assertion, tuple[Outcome, UUID]]:
    """Assert at least one link, between held ends, with its confidence; one that stood already takes it over."""
    new_ids = {link: uuid4() for link in links}
    given = _given([(id, *link, links[link]) for link, id in new_ids.items()])
    written = await _ids(session, _putting(actor, given))
    # A link that stood just so is not among the written ones, but it is locked: nobody takes it away meanwhile.
    standing = await _ids(session, _standing(actor, given)) if len(written) < len(links) else {}
    found = {link: (Outcome.UNCHANGED, id) for link, id in standing.items()}
    for link, id in written.items():
        found[link] = (Outcome.CREATED if id == new_ids[link] else Outcome.UPDATED, id)
    return found


async def remove(session: AsyncSession, actor: Actor, ids: Iterable[UUID]) -> set[UUID]:
    """Take back those of the links that are the actor's own, and say which they were."""
    own = delete(LinkRow).where(
        among(col(LinkRow.id), ids), col(LinkRow.participant_id) == actor.participant_id, visible_to(actor)
    )
    return set(await session.scalars(own.returning(col(LinkRow.id))))


async def end_for(session: AsyncSession, participant_id: UUID, signal_ids: Iterable[UUID]) -> None:
    """Delete the links that a participant asserts at signals which it stops contributing in this transaction (R5).

    Before or after the contributions end makes no difference. For the participant itself.
    """
    await session.execute(_END_LINKS, {"participant": participant_id, "signals": list(signal_ids)})


async def at_signals(
    session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID], relation: Relation | None, window: Window
) -> dict[UUID, Page[LinkRow]]:
    """For each signal one page of the visible links that have it at either end, the oldest first."""
    unnested = func.unnest(literal(list(signal_ids), UUIDS)).table_valued(column("id", Uuid))
    signal = unnested.render_derived("signal")
    link = at(actor, signal.c.id, relation, window)
    page = inspect(link).selectable
    query = select(signal.c.id, link).join_from(signal, page, true()).order_by(col(link.created_at), col(link.id))
    found: dict[UUID, list[LinkRow]] = {id: [] for id in signal_ids}
    for signal_id, row in await session.execute(query):
        found[signal_id].append(row)
    return {id: _page(rows, window) for id, rows in found.items()}


def at(viewer: Viewer, signal_id: Any, relation: Relation | None, window: Window) -> type[LinkRow]:
    """The links of the window at one signal, and one more, as rows of a larger statement, the oldest first."""
    sides = [_side(viewer, signal_id == end, relation, window) for end in (LinkRow.a_id, LinkRow.b_id)]
    return aliased(LinkRow, union_all(*sides).order_by("created_at", "id").limit(window.first + 1).lateral())


def _given(rows: Sequence[tuple[object, ...]]) -> TableValuedAlias:
    arrays = [
        literal(list(values), array) for values, array in zip(zip(*rows, strict=True), _ARRAYS.values(), strict=True)
    ]
    return func.unnest(*arrays).table_valued(*_ARRAYS).render_derived("given")


def _putting(actor: Actor, given: TableValuedAlias) -> Executable:
    rows = select(*given.c, literal(actor.as_of, MOMENT), literal(actor.participant_id))
    # In one order, so that two calls which assert the same links do not wait for each other.
    ordered = rows.order_by(given.c.a_id, given.c.b_id, given.c.relation)
    new = insert(LinkRow).from_select([*_ARRAYS, "created_at", "participant_id"], ordered)
    differs = col(LinkRow.confidence) != new.excluded.confidence
    change = {"confidence": new.excluded.confidence}
    return new.on_conflict_do_update(index_elements=_ONCE, set_=change, where=differs).returning(*_NAMED)


def _standing(actor: Actor, given: TableValuedAlias) -> Executable:
    same = [col(getattr(LinkRow, name)) == given.c[name] for name in ("a_id", "b_id", "relation")]
    return select(*_NAMED).join(given, and_(*same)).where(col(LinkRow.participant_id) == actor.participant_id)


async def _ids(session: AsyncSession, query: Executable) -> dict[Assertion, UUID]:
    rows = await session.execute(query)
    return {Assertion(a_id, b_id, Relation(relation)): id for a_id, b_id, relation, id in rows}


def _side(actor: Viewer, here: ColumnElement[bool], relation: Relation | None, window: Window) -> Select[Any]:
    """The links that have a signal at one end, as many as the page can need, along the index of that end."""
    key = (col(LinkRow.created_at), col(LinkRow.id))
    query = select(LinkRow).where(here, visible_to(actor))
    if relation is not None:
        query = query.where(col(LinkRow.relation) == relation)
    if window.after is not None:
        query = query.where(tuple_(*key) > tuple_(window.after.moment, window.after.id))
    return query.order_by(*key).limit(window.first + 1).correlate_except(LinkRow)


def _page(rows: Sequence[LinkRow], window: Window) -> Page[LinkRow]:
    items = [(Key(row.created_at, row.id), row) for row in rows[: window.first]]
    return Page(items, has_next=len(rows) > window.first)
