"""Access tokens: who may have one, with which scopes, and who stands behind one."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from app.errors import Unauthenticated
from app.rules import client_assertions, client_secrets, roles
from app.rules.actor import Actor
from app.rules.auth_methods import AuthMethod
from app.rules.client_assertions import WrongAssertion
from app.rules.frontends import BUILT_IN, client_id
from app.rules.ids import Prefix, read_or_nothing
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.scopes import Scope, held
from app.rules.signed_jwts import NotGenuine
from app.rules.tokens import Claims
from app.store import clients, used_jwts
from app.store.clients import KnownClient, TokenBearer
from app.store.statements import Driver

ALL_SCOPES = frozenset(map(str, Scope))


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
    """Raises: Unauthenticated if the token was revoked, its client disabled, or its person signed out."""
    bearer = await clients.bearer_of(by, claims.bearer_id, claims.token_id)
    if bearer is None:
        raise Unauthenticated("The access token was revoked, its client is disabled, or its person is signed out.")
    return bearer


def actor_of(bearer: TokenBearer, claims: Claims, as_of: datetime) -> Actor:
    """Whoever acts with a token; a scope counts only while the client, the person and the class still have it."""
    return Actor(
        participant_id=bearer.participant_id,
        client_id=claims.client_id,
        participant_class=bearer.participant_class,
        status=bearer.status,
        groups=bearer.groups,
        feed_epoch=bearer.feed_epoch,
        scopes=claims.scopes & _standing_scopes(bearer, claims),
        as_of=as_of,
        confined=bearer.confined,
        signed_in=claims.signed_in,
    )


def _standing_scopes(bearer: TokenBearer, claims: Claims) -> frozenset[str]:
    if claims.signed_in is None:
        return held(bearer.participant_class, frozenset(bearer.scopes))
    of_client = ALL_SCOPES if claims.client_id in BUILT_IN else frozenset(bearer.scopes)
    return roles.held(bearer.participant_class, bearer.scopes) & of_client


def frontend(session: Session, issuer: str, name: str) -> KnownClient | None:
    """The client with this name, as long as people may sign in with it."""
    id = client_id(name)
    if id in BUILT_IN:
        return KnownClient(
            id=id,
            participant_id=None,
            # Whose people may have every scope: each person then has its own.
            participant_class=ParticipantClass.OPERATOR,
            status=ParticipantStatus.ACTIVE,
            name=BUILT_IN[id].title,
            scopes=ALL_SCOPES,
            auth_method=AuthMethod.NONE,
            requires_dpop=False,
            secret_digest=None,
            public_keys=(),
            redirect_uris=BUILT_IN[id].redirect_uris(issuer),
        )
    found = None if id is None else clients.known(session, id)
    return found if found is not None and found.redirect_uris else None
