"""Access tokens: who may have one, with which scopes, and who stands behind one."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.errors import Unauthenticated
from app.rules import client_assertions, client_secrets
from app.rules.actor import Actor
from app.rules.client_assertions import WrongAssertion
from app.rules.ids import Prefix, read_or_nothing
from app.rules.keyring import Keyring
from app.rules.scopes import held
from app.rules.signed_jwts import NotGenuine
from app.rules.tokens import Claims
from app.store import clients, used_jwts
from app.store.clients import KnownClient, TokenBearer
from app.store.statements import Driver


def recognise(session: Session, keyring: Keyring, name: str, secret: str) -> KnownClient | None:
    """The client with this name and secret. An unknown one, or no id at all, costs as much as a wrong secret."""
    client = clients.known(session, read_or_nothing(Prefix.CLIENT, name))
    right = client_secrets.is_right(keyring, secret, client.secret_digest if client else None)
    return client if right else None


def recognise_by_key(session: Session, shown: tuple[str, str], issuer: str, at: datetime) -> KnownClient:
    """The client that signed an assertion, which is `shown` after the name of the client; it counts once.

    Raises: NotGenuine; WrongAssertion if that client signed it.
    """
    name, assertion = shown
    client = clients.known(session, read_or_nothing(Prefix.CLIENT, name))
    checked = client_assertions.check(assertion, name, client.public_keys if client else (), issuer, at)
    if client is None:
        raise NotGenuine
    if not used_jwts.use(session, checked.digest, checked.expires_at):
        raise WrongAssertion("Its `jti` was used before: make a new assertion for each request.")
    return client


def grantable(client: KnownClient, asked: str | None) -> frozenset[str] | None:
    """The scopes that were asked for, or all that the client holds if none was; null if it lacks one of them."""
    may = held(client.participant_class, client.scopes)
    wanted = frozenset((asked or "").split()) or may
    return wanted if wanted <= may else None


def revoke(session: Session, claims: Claims) -> None:
    """From now on nobody stands behind the token."""
    clients.revoke(session, claims.token_id, claims.expires_at)


async def actor_behind(by: AsyncSession | Driver, claims: Claims, as_of: datetime) -> Actor:
    """Whoever acts with this token.

    Raises: Unauthenticated if the token was revoked or its client disabled.
    """
    return actor_of(await bearer_behind(by, claims), claims, as_of)


async def actor_known_to(session: AsyncSession, asking: KnownClient, claims: Claims, as_of: datetime) -> Actor:
    """Whoever acts with this token, for a client of the same participant or of the operator.

    Raises: Unauthenticated for any other client, as if there were no such token.
    """
    actor = await actor_behind(session, claims, as_of)
    if actor.participant_id != asking.participant_id and not asking.is_operators:
        raise Unauthenticated("This access token is not yours to know.")
    return actor


async def bearer_behind(by: AsyncSession | Driver, claims: Claims) -> TokenBearer:
    """Raises: Unauthenticated if the token was revoked or its client disabled."""
    bearer = await clients.bearer_of(by, claims.client_id, claims.token_id)
    if bearer is None:
        raise Unauthenticated("The access token was revoked, or its client is disabled.")
    return bearer


def actor_of(bearer: TokenBearer, claims: Claims, as_of: datetime) -> Actor:
    """Whoever acts with a token; a scope counts only while the client, and its class, still have it."""
    return Actor(
        participant_id=bearer.participant_id,
        client_id=claims.client_id,
        participant_class=bearer.participant_class,
        status=bearer.status,
        groups=bearer.groups,
        feed_epoch=bearer.feed_epoch,
        scopes=claims.scopes & held(bearer.participant_class, frozenset(bearer.scopes)),
        as_of=as_of,
        confined=bearer.confined,
    )
