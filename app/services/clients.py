"""API clients of participants: registering, replacing secrets and keys, binding their tokens, confining, disabling."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, InvalidInput, NotFound, Refusal
from app.rules import client_secrets
from app.rules.actor import Actor
from app.rules.audit import AuditAction
from app.rules.auth_methods import AuthMethod
from app.rules.client_keys import KeptKey
from app.rules.frontends import check_redirect_uris
from app.rules.keyring import Keyring
from app.rules.names import check_name
from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED, Scope
from app.services.lists import Finder
from app.store import audit, clients, participants
from app.store.tables.participant import ApiClientRow

# The clients that the actor manages, the oldest first.
find = Finder(Scope.CLIENTS_MANAGE, clients.find)


@dataclass(frozen=True, slots=True)
class ClientDraft:
    participant_id: UUID
    name: str
    scopes: frozenset[Scope]
    requires_dpop: bool = False
    confined: bool = False
    # Where people who sign in with it may be sent back to; none for a program that only acts by itself.
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A client with its secret, which is shown this once."""

    row: ApiClientRow
    secret: str = field(repr=False)


async def register(session: AsyncSession, actor: Actor, keyring: Keyring, draft: ClientDraft) -> IssuedClient:
    """Register a client for any participant; `signals:reveal` is granted by the operator, in this way alone.

    Raises: Forbidden, NotFound (participant), InvalidInput (name; a scope that the class may not have; none).
    """
    secret = client_secrets.new_secret()
    digest = client_secrets.digest(keyring, secret)
    row = await _add(session, actor, draft, auth_method=AuthMethod.CLIENT_SECRET_BASIC, secret_digest=digest)
    return IssuedClient(row, secret)


async def register_with_keys(
    session: AsyncSession, actor: Actor, draft: ClientDraft, keys: list[KeptKey]
) -> ApiClientRow:
    """The same for a client that authenticates with these keys, and has no secret."""
    return await _add(session, actor, draft, auth_method=AuthMethod.PRIVATE_KEY_JWT, public_keys=keys)


async def register_public(session: AsyncSession, actor: Actor, draft: ClientDraft) -> ApiClientRow:
    """The same for a program in which people sign in and that cannot keep a secret, such as one that runs in a browser.

    Raises: InvalidInput also without a redirect URI.
    """
    if not draft.redirect_uris:
        raise InvalidInput("People have to be sent back somewhere.", field="redirectUris", reason=Refusal.EMPTY)
    return await _add(session, actor, draft, auth_method=AuthMethod.NONE)


async def rotate_secret(session: AsyncSession, actor: Actor, keyring: Keyring, id: UUID) -> IssuedClient:
    """Give one's own client, or as the operator any, a new secret; the old one ends at once.

    Tokens that were had with the old one live on until they expire, `LIFETIME_SECONDS` at the most.

    Raises: Forbidden, NotFound, Conflict (disabled; it has keys).
    """
    actor.to_write(Scope.CLIENTS_MANAGE)
    row = await _lock_enabled(session, actor, id)
    if row.auth_method != AuthMethod.CLIENT_SECRET_BASIC:
        raise Conflict("The client has no secret: it authenticates in another way.")
    secret = client_secrets.new_secret()
    row.secret_digest, row.secret_rotated_at = client_secrets.digest(keyring, secret), actor.as_of
    await session.flush()
    await audit.append(session, actor, AuditAction.CLIENT_ROTATE_SECRET, [row.id, row.participant_id])
    return IssuedClient(row, secret)


async def set_keys(session: AsyncSession, actor: Actor, id: UUID, keys: list[KeptKey]) -> ApiClientRow:
    """Replace the keys of one's own client, or as the operator of any; those that are left out end at once, and so does
    a secret: a client never has both. Tokens live on as with `rotate_secret`.

    Raises: Forbidden, NotFound, Conflict (disabled).
    """
    actor.to_write(Scope.CLIENTS_MANAGE)
    row = await _lock_enabled(session, actor, id)
    row.auth_method, row.secret_digest, row.public_keys = AuthMethod.PRIVATE_KEY_JWT, None, keys
    row.secret_rotated_at = actor.as_of
    await session.flush()
    await audit.append(session, actor, AuditAction.CLIENT_SET_KEYS, [row.id, row.participant_id])
    return row


async def set_requires_dpop(session: AsyncSession, actor: Actor, id: UUID, value: bool) -> ApiClientRow:
    """Let one's own client, or as the operator any, have only tokens that are bound to a key of its own. Unbound ones
    that it has live on as with `rotate_secret`. Nobody but the operator takes it back.

    Raises: Forbidden, NotFound, Conflict (disabled).
    """
    if value:
        actor.to_write(Scope.CLIENTS_MANAGE)
    else:
        actor.to_operate(Scope.CLIENTS_MANAGE)
    row = await _lock_enabled(session, actor, id)
    if row.requires_dpop != value:
        row.requires_dpop = value
        await session.flush()
        action = AuditAction.CLIENT_REQUIRE_DPOP if value else AuditAction.CLIENT_END_REQUIRING_DPOP
        await audit.append(session, actor, action, [row.id, row.participant_id])
    return row


async def disable(session: AsyncSession, actor: Actor, id: UUID) -> ApiClientRow:
    """Shut out one's own client, or as the operator any, at once and for good; again changes nothing.

    A participant in any status may do it: it only ever takes rights away.

    Raises: Forbidden, NotFound.
    """
    actor.require(Scope.CLIENTS_MANAGE)
    row = await _lock(session, actor, id)
    if row.disabled_at is None:
        row.disabled_at = actor.as_of
        await session.flush()
        await audit.append(session, actor, AuditAction.CLIENT_DISABLE, [row.id, row.participant_id])
    return row


async def confine(session: AsyncSession, actor: Actor, id: UUID, confined: bool) -> ApiClientRow:
    """Confine one's own client, or as the operator any, to trusted documents at once, or free it.

    A participant in any status may confine, which only takes rights away.
    Raises: Forbidden, NotFound.
    """
    if confined:
        actor.require(Scope.CLIENTS_MANAGE)
    else:
        actor.to_write(Scope.CLIENTS_MANAGE)
    row = await _lock(session, actor, id)
    if row.confined is not confined:
        row.confined = confined
        await session.flush()
        action = AuditAction.CLIENT_CONFINE if confined else AuditAction.CLIENT_FREE
        await audit.append(session, actor, action, [row.id, row.participant_id])
    return row


async def _add(session: AsyncSession, actor: Actor, draft: ClientDraft, **authenticating: Any) -> ApiClientRow:
    actor.to_operate(Scope.CLIENTS_MANAGE)
    participant = (await participants.by_ids(session, actor, [draft.participant_id])).get(draft.participant_id)
    if participant is None:
        raise NotFound("participant", field="participantId")
    _check_scopes(ParticipantClass(participant.participant_class), draft.scopes)
    row = ApiClientRow(
        created_at=actor.as_of,
        participant_id=participant.id,
        name=check_name(draft.name),
        scopes=sorted(draft.scopes),
        requires_dpop=draft.requires_dpop,
        confined=draft.confined,
        redirect_uris=check_redirect_uris(draft.redirect_uris),
        secret_rotated_at=actor.as_of,
        **authenticating,
    )
    await clients.add(session, row)
    await audit.append(session, actor, AuditAction.CLIENT_REGISTER, [row.id, participant.id])
    return row


async def _lock_enabled(session: AsyncSession, actor: Actor, id: UUID) -> ApiClientRow:
    row = await _lock(session, actor, id)
    if row.disabled_at is not None:
        raise Conflict("The client is disabled, for good: ask the operator for a new one.")
    return row


async def _lock(session: AsyncSession, actor: Actor, id: UUID) -> ApiClientRow:
    row = await clients.lock(session, actor, id)
    if row is None:
        raise NotFound("client", field="clientId")
    return row


def _check_scopes(participant_class: ParticipantClass, scopes: frozenset[Scope]) -> None:
    if not scopes:
        raise InvalidInput("A client needs at least one scope.", field="scopes", reason=Refusal.EMPTY)
    refused = sorted(scopes - ALLOWED[participant_class])
    if refused:
        raise InvalidInput(
            f"A participant of class {participant_class} may not have: {', '.join(refused)}.",
            field="scopes",
            reason=Refusal.SCOPE_NOT_ALLOWED,
        )
