"""Queries for trusted documents."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, Text, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.trusted_documents import DocumentDraft
from app.store import reader
from app.store.arrays import among
from app.store.clients import Standing
from app.store.database import Database
from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.tables.trusted_document import TrustedDocumentRow
from app.store.templates import Alone
from app.store.viewpoint import Viewer, Viewpoint

# Namespace of the lock by which a participant's calls wait for each other: they count what the others add.
_LOCK = 7_310_009


def visible_to(actor: Viewer, of: type[TrustedDocumentRow] = TrustedDocumentRow) -> ColumnElement[bool]:
    """A participant's own documents, and the operator's, which are everybody's."""
    return or_(col(of.participant_id) == actor.participant_id, col(of.by_operator))


by_ids = Noun(TrustedDocumentRow, visible_to)


def _listed(viewer: Viewer) -> tuple[Select[Any], Order]:
    query = select(col(TrustedDocumentRow.id)).where(visible_to(viewer))
    return query, Order(col(TrustedDocumentRow.created_at), col(TrustedDocumentRow.id))


# Newest first.
find = Listing(by_ids, lambda viewer, *_: _listed(viewer))


def _text(viewpoint: Viewpoint) -> Select[Any]:
    served = (
        select(col(TrustedDocumentRow.text))
        .where(
            col(TrustedDocumentRow.document_id) == bindparam("document", type_=Text(), required=False),
            col(TrustedDocumentRow.retired_at).is_(None),
            visible_to(viewpoint),
        )
        .limit(1)
    )
    return reader.said_by(served.scalar_subquery())


_TEXT = Alone(_text)


async def text_of(database: Database, actor: Actor, standing: Standing | None, document_id: str) -> str | None:
    """The text that is served to the actor under this id; null where there is none, or the standing holds no more."""
    made = _TEXT.made(actor)
    values = {**made.constants, **reader.parameters(actor, None, standing), "document": document_id}
    text: bytes | None = await database.answer(actor, made.statement, [values[name] for name in made.names])
    return None if text is None else text.decode()


async def count_alone(session: AsyncSession, actor: Actor) -> int:
    """How many documents the actor's participant has that are served; nobody adds to them until the transaction
    ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(str(actor.participant_id)))))
    own = select(func.count()).where(_own(actor), col(TrustedDocumentRow.retired_at).is_(None))
    return (await session.execute(own)).scalar_one()


async def put(session: AsyncSession, actor: Actor, drafts: Iterable[DocumentDraft]) -> dict[str, UUID]:
    """Serve these documents, and say by their ids which of them were not served before; at least one is given."""
    rows = [
        {
            "id": uuid4(),
            "created_at": actor.as_of,
            "participant_id": actor.participant_id,
            "document_id": draft.document_id,
            "text": draft.text,
            "operation_names": list(draft.operation_names),
            "by_operator": actor.is_operator,
            "registered_by": actor.author_id,
        }
        for draft in drafts
    ]
    new = insert(TrustedDocumentRow).values(rows)
    again = {name: new.excluded[name] for name in ("created_at", "text", "operation_names", "registered_by")}
    served = new.on_conflict_do_update(
        index_elements=["document_id", "participant_id"],
        set_={**again, "retired_at": None},
        where=col(TrustedDocumentRow.retired_at).is_not(None),
    )
    found = await session.execute(served.returning(col(TrustedDocumentRow.document_id), col(TrustedDocumentRow.id)))
    return {row.document_id: row.id for row in found}


async def known(session: AsyncSession, actor: Actor, document_ids: Sequence[str]) -> set[str]:
    """Those of the ids under which the actor's participant has registered something, served or not."""
    query = select(col(TrustedDocumentRow.document_id)).where(
        among(col(TrustedDocumentRow.document_id), document_ids), _own(actor)
    )
    return set(await session.scalars(query))


async def retire(session: AsyncSession, actor: Actor, document_ids: Sequence[str]) -> Sequence[UUID]:
    """Serve those of the participant's own documents no longer, and forget their texts; says which were served."""
    ended = (
        update(TrustedDocumentRow)
        .where(
            among(col(TrustedDocumentRow.document_id), document_ids),
            _own(actor),
            col(TrustedDocumentRow.retired_at).is_(None),
        )
        .values(text=None, retired_at=actor.as_of)
        .returning(col(TrustedDocumentRow.id))
    )
    return (await session.scalars(ended)).all()


def _own(actor: Actor) -> ColumnElement[bool]:
    return col(TrustedDocumentRow.participant_id) == actor.participant_id
