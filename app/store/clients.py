"""Queries for API clients and the tokens they hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, column, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.auth_methods import AuthMethod
from app.rules.clients import ClientFilter
from app.rules.cursors import Place
from app.rules.participants import SEES_OTHERS, ParticipantClass, ParticipantStatus
from app.store import statements
from app.store.nouns import Listing, Noun
from app.store.pages import Order
from app.store.statements import Driver
from app.store.tables.participant import KEYS, ApiClientRow, RevokedTokenRow
from app.store.viewpoint import Viewer

_BEARER = (
    "SELECT participant_id, participant_class, status, scopes, groups, feed_epoch,"
    " client_confined($1::uuid) AS confined FROM actor_of($1::uuid, $2::text)"
)

_KNOWN: tuple[ColumnElement[Any], ...] = (
    *map(column, ("participant_id", "participant_class", "status", "name", "scopes", "secret_digest")),
    *map(column, ("auth_method", "requires_dpop", "redirect_uris")),
    column("public_keys", KEYS),
)
_BEARERS = """
    SELECT asked.client, asked.token, bearer.participant_id, participant_class, status, scopes, groups, feed_epoch,
        client_confined(asked.client) AS confined
    FROM unnest($1::uuid[], $2::text[]) AS asked (client, token) CROSS JOIN LATERAL actor_of(client, token) AS bearer
"""


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client that may ask for tokens, before it has shown that it is that client."""

    id: UUID
    # Null of the one that comes with the exchange: whoever signs in with it decides.
    participant_id: UUID | None
    participant_class: ParticipantClass
    status: ParticipantStatus
    name: str
    scopes: frozenset[str]
    auth_method: AuthMethod
    requires_dpop: bool
    secret_digest: bytes | None = field(repr=False)
    public_keys: Sequence[Mapping[str, str]] = field(repr=False)
    # Where people who sign in with it may be sent back to.
    redirect_uris: frozenset[str] = frozenset()

    @property
    def is_operators(self) -> bool:
        is_a_participants = self.participant_id is not None
        return is_a_participants and self.participant_class is ParticipantClass.OPERATOR and self.status in SEES_OTHERS


@dataclass(frozen=True, slots=True)
class TokenBearer:
    """The participant behind a token that is not revoked, of a client, or of a sign-in, that still counts."""

    participant_id: UUID
    participant_class: ParticipantClass
    status: ParticipantStatus
    # In the order in which they are kept; of a person its roles, and the scopes of its client.
    scopes: tuple[str, ...]
    groups: tuple[UUID, ...]
    feed_epoch: int
    confined: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What was known of the bearer of a token; a statement that looks on its behalf asks whether it still is so.

    `said` is how statements say it, once one did.
    """

    token_id: str
    bearer: TokenBearer
    said: dict[str, object] = field(default_factory=dict, repr=False, compare=False)


class Changed(Exception):
    """Whoever asks is not, or may not be, what was remembered of it: it has to be looked up anew."""


def visible_to(actor: Viewer, of: type[ApiClientRow] = ApiClientRow) -> ColumnElement[bool]:
    """A participant's own clients; the operator sees all."""
    return true() if actor.is_operator else col(of.participant_id) == actor.participant_id


by_ids = Noun(ApiClientRow, visible_to)


def _listed(viewer: Viewer, wanted: ClientFilter) -> tuple[Select[Any], Order]:
    query = select(col(ApiClientRow.id)).where(visible_to(viewer))
    if wanted.participant_id is not None:
        query = query.where(col(ApiClientRow.participant_id) == wanted.participant_id)
    return query, Order(col(ApiClientRow.created_at), col(ApiClientRow.id), newest_first=False)


# Oldest first.
find = Listing(by_ids, lambda viewer, wanted, _: _listed(viewer, wanted))


async def lock(session: AsyncSession, actor: Actor, id: UUID) -> ApiClientRow | None:
    """The client, held until the transaction ends."""
    query = select(ApiClientRow).where(col(ApiClientRow.id) == id, visible_to(actor))
    found: ApiClientRow | None = await session.scalar(query.with_for_update())
    return found


async def add(session: AsyncSession, row: ApiClientRow) -> None:
    await session.execute(insert(ApiClientRow).values(row.model_dump()))


async def acknowledge(session: AsyncSession, actor: Actor, place: Place) -> None:
    """Keep how far in its feed the acting client is. The transaction holds the epoch, so that only the place may be
    further on already, or the time, by a call at the same time."""
    of = ApiClientRow
    kept = case((col(of.acknowledged_epoch) == place.epoch, col(of.acknowledged_position)))
    given = {
        "acknowledged_epoch": place.epoch,
        "acknowledged_position": func.greatest(kept, place.position),
        "changes_acknowledged_at": func.greatest(col(of.changes_acknowledged_at), actor.as_of),
    }
    await session.execute(update(of).where(col(of.id) == actor.client_id, visible_to(actor)).values(given))


async def bearer_of(by: AsyncSession | Driver, bearer_id: UUID, token_id: str) -> TokenBearer | None:
    """Who stands behind a token; needs no viewer."""
    rows = await statements.fetch(by, _BEARER, bearer_id, token_id)
    if not rows:
        return None
    (row,) = rows
    return _bearer(row)


async def bearers_of(
    by: AsyncSession | Driver, tokens: Collection[tuple[UUID, str]]
) -> dict[tuple[UUID, str], TokenBearer]:
    """Who stands behind tokens, each given with its client; needs no viewer."""
    rows = await statements.fetch(by, _BEARERS, [client for client, _ in tokens], [token for _, token in tokens])
    return {(row["client"], row["token"]): _bearer(row) for row in rows}


def _bearer(row: Any) -> TokenBearer:
    return TokenBearer(
        participant_id=row["participant_id"],
        participant_class=ParticipantClass(row["participant_class"]),
        status=ParticipantStatus(row["status"]),
        scopes=tuple(row["scopes"]),
        groups=tuple(row["groups"]),
        feed_epoch=row["feed_epoch"],
        confined=row["confined"],
    )


def known(session: Session, id: UUID) -> KnownClient | None:
    """Synchronous, as Authlib's core is; null for a disabled client too; needs no viewer."""
    row = session.execute(select(func.client_by_id(id).table_valued(*_KNOWN))).one_or_none()
    if row is None:
        return None
    return KnownClient(
        id=id,
        participant_id=row.participant_id,
        participant_class=ParticipantClass(row.participant_class),
        status=ParticipantStatus(row.status),
        name=row.name,
        scopes=frozenset(row.scopes),
        auth_method=AuthMethod(row.auth_method),
        requires_dpop=row.requires_dpop,
        secret_digest=row.secret_digest,
        public_keys=row.public_keys or (),
        redirect_uris=frozenset(row.redirect_uris),
    )


def revoke(session: Session, token_id: str, expires_at: datetime) -> None:
    """Synchronous, as Authlib's core is; needs no viewer. The worker forgets it once it has expired."""
    # Without naming the column in conflict, as that would need the right to read the table.
    revoked = insert(RevokedTokenRow).values(token_id=token_id, expires_at=expires_at).on_conflict_do_nothing()
    session.execute(revoked)
