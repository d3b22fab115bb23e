"""Queries for people of participants, on behalf of whoever manages them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.people import PersonFilter
from app.rules.roles import Role
from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.tables.person import PersonRow, PersonSecretRow
from app.store.viewpoint import Viewer


def visible_to(actor: Viewer, of: type[PersonRow] = PersonRow) -> ColumnElement[bool]:
    """A participant's own people; the operator sees all."""
    return true() if actor.is_operator else col(of.participant_id) == actor.participant_id


def is_viewer(actor: Viewer, of: type[PersonRow] = PersonRow) -> ColumnElement[bool]:
    """The person who asks."""
    return col(of.id) == actor.person_id


by_ids = Noun(PersonRow, visible_to)
themselves = Noun(PersonRow, is_viewer)


def _listed(viewer: Viewer, wanted: PersonFilter) -> tuple[Select[Any], Order]:
    query = select(col(PersonRow.id)).where(visible_to(viewer))
    if wanted.participant_id is not None:
        query = query.where(col(PersonRow.participant_id) == wanted.participant_id)
    return query, Order(col(PersonRow.created_at), col(PersonRow.id), newest_first=False)


# Oldest first.
find = Listing(by_ids, lambda viewer, wanted, _: _listed(viewer, wanted))


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> PersonRow | None:
    """The person, held until the transaction ends."""
    query = select(PersonRow).where(col(PersonRow.id) == id, visible_to(actor))
    found: PersonRow | None = await session.scalar(query.with_for_update())
    return found


async def lock_admins(session: AsyncSession, participant_id: UUID) -> Sequence[UUID]:
    """Those of a participant who can sign in and manage its people, held until the transaction ends; always in one
    order, so that nobody waits in a circle."""
    query = select(col(PersonRow.id)).where(
        col(PersonRow.participant_id) == participant_id,
        col(PersonRow.roles).contains([Role.PARTICIPANT_ADMIN]),
        col(PersonRow.disabled_at).is_(None),
        col(PersonRow.password_set_at).is_not(None),
    )
    return (await session.scalars(query.order_by(col(PersonRow.id)).with_for_update())).all()


async def add(session: AsyncSession, row: PersonRow) -> bool:
    """False if somebody signs in by its address already, wherever that is."""
    added = insert(PersonRow).values(row.model_dump()).on_conflict_do_nothing()
    return await session.scalar(added.returning(col(PersonRow.id))) is not None


async def keep_link(session: AsyncSession, id: UUID, link_digest: bytes, until: datetime) -> None:
    """In place of the one before."""
    kept = update(PersonRow).where(col(PersonRow.id) == id)
    await session.execute(kept.values(link_digest=link_digest, link_expires_at=until))


async def keep_password(session: AsyncSession, id: UUID, password_hash: str, at: datetime) -> None:
    """For the owner of the tables alone: others set their own, by a link."""
    await session.execute(insert(PersonSecretRow).values(person_id=id, password_hash=password_hash))
    await session.execute(update(PersonRow).where(col(PersonRow.id) == id).values(password_set_at=at))
