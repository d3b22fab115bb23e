"""Signing in: from a person's password to the tokens of a program; synchronous, as Authlib's core is.

All of it happens at the desk (`Database.desk`): there is no viewer yet, and what a person or a program shows is the one
thing that it is known by.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.rules import roles
from app.rules.actor import SignedIn
from app.rules.keyring import Keyring
from app.rules.people import email_digest
from app.rules.scopes import held
from app.rules.sealing import opened
from app.rules.sign_ins import (
    CODE_LIFETIME,
    FAMILY_LIFETIME,
    REFRESH_IDLE,
    REPEAT_WITHIN,
    SESSION_IDLE,
    SESSION_LIFETIME,
    Kept,
    digest,
    new_secret,
)
from app.store import sign_ins
from app.store.clients import KnownClient
from app.store.tables.person import PersonRow, RefreshTokenRow, SignInRow, WebSessionRow


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction of the desk."""

    session: Session
    keyring: Keyring = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonHere:
    """A person that is not shut out, with what it may do at its participant."""

    id: UUID
    epoch: int
    email: str
    name: str
    participant_id: UUID
    participant_name: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Linked:
    """A person that may set its password."""

    row: PersonRow
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class AtBrowser:
    """A person whose browser has shown its session."""

    person: PersonHere
    session_digest: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a person lets a program do, and how it is told of it."""

    client: KnownClient
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str


@dataclass(frozen=True, slots=True)
class AtProgram:
    """A person's sign-in at a program that may have tokens now."""

    person: PersonHere
    row: SignInRow
    # Those that it still may have, of what the person granted.
    scopes: frozenset[str]

    @property
    def who(self) -> SignedIn:
        return SignedIn(self.person.id, self.row.id)


# --- A password ------------------------------------------------------------------------------------------------------


def by_name(desk: Desk, email: str) -> tuple[PersonRow, str] | None:
    """Whoever signs in by this address, with the hash of its password; null for who cannot."""
    return sign_ins.named(desk.session, email_digest(desk.keyring, email))


def by_link(desk: Desk, link: str) -> Linked | None:
    """Whoever may set its password by this link, held until the transaction ends."""
    row = sign_ins.by_link(desk.session, digest(desk.keyring, Kept.LINK, link), desk.at)
    if row is None:
        return None
    email, name = (opened(desk.keyring, sealed, row.id) for sealed in (row.sealed_email, row.sealed_name))
    return Linked(row, email, name)


def set_password(desk: Desk, person: PersonRow, password_hash: str) -> None:
    """By its link, which is used up by it; whoever was signed in as this person is signed out."""
    sign_ins.keep_password(desk.session, person.id, password_hash)
    person.link_digest, person.link_expires_at = None, None
    person.password_set_at, person.epoch = desk.at, person.epoch + 1
    desk.session.flush()


# --- A person at a browser ------------------------------------------------------------------------------------------


def begin_session(desk: Desk, person_id: UUID, epoch: int) -> str:
    """The secret of a new session, for the cookie."""
    secret = new_secret(Kept.SESSION)
    kept = digest(desk.keyring, Kept.SESSION, secret)
    row = WebSessionRow(digest=kept, person_id=person_id, epoch=epoch, began_at=desk.at, seen_at=desk.at)
    sign_ins.add_session(desk.session, row)
    return secret


def at_browser(desk: Desk, secret: str | None) -> AtBrowser | None:
    """Whoever is signed in there; null once it was left alone for too long, or lasted too long."""
    if secret is None:
        return None
    row = sign_ins.web_session(desk.session, digest(desk.keyring, Kept.SESSION, secret))
    if row is None or desk.at - row.seen_at >= SESSION_IDLE or desk.at - row.began_at >= SESSION_LIFETIME:
        return None
    person = _here(desk, row.person_id, row.epoch)
    if person is None:
        return None
    row.seen_at = desk.at
    desk.session.flush()
    return AtBrowser(person, row.digest)


def end_session(desk: Desk, secret: str) -> None:
    """Sign out: the browser, and all programs that were signed in from it."""
    sign_ins.end_session(desk.session, digest(desk.keyring, Kept.SESSION, secret), desk.at)


# --- What a person lets a program do --------------------------------------------------------------------------------


def may_sign_in(person: PersonHere, client: KnownClient) -> bool:
    """A participant's program is for its own people: another one would show it what theirs lets them see."""
    return client.participant_id in (None, person.participant_id)


def offered(person: PersonHere, asked: frozenset[str]) -> frozenset[str]:
    """What of the scopes that a program asks for the person has itself."""
    return asked & person.scopes


def has_consented(desk: Desk, person: PersonHere, client: KnownClient, scopes: frozenset[str]) -> bool:
    return scopes <= sign_ins.consented(desk.session, person.id, client.id)


def consent(desk: Desk, person: PersonHere, client: KnownClient, scopes: frozenset[str]) -> None:
    """From now on it is not asked again for these, nor for what it allowed before."""
    before = sign_ins.consented(desk.session, person.id, client.id)
    sign_ins.keep_consent(desk.session, person.id, client.id, before | scopes, desk.at)


def give_code(desk: Desk, browser: AtBrowser, granted: Granted) -> str:
    """An authorization code, which is the beginning of a sign-in."""
    code = new_secret(Kept.CODE)
    row = SignInRow(
        id=uuid4(),
        created_at=desk.at,
        person_id=browser.person.id,
        client_id=granted.client.id,
        epoch=browser.person.epoch,
        session_digest=browser.session_digest,
        scopes=sorted(granted.scopes),
        code_digest=digest(desk.keyring, Kept.CODE, code),
        redirect_uri=granted.redirect_uri,
        challenge=granted.challenge,
        refreshed_at=desk.at,
    )
    sign_ins.add(desk.session, row)
    return code


# --- A person at a program ------------------------------------------------------------------------------------------


def by_code(desk: Desk, client: KnownClient, code: str) -> SignInRow | None:
    """The sign-in that this code of the client begins. One that comes again ends it, with all its tokens."""
    row = sign_ins.by_code(desk.session, digest(desk.keyring, Kept.CODE, code))
    if row is None or row.client_id != client.id:
        return None
    if row.code_spent_at is not None:
        end(desk, row)
        return None
    return row if desk.at - row.created_at < CODE_LIFETIME else None


def spend_code(desk: Desk, row: SignInRow) -> None:
    row.code_spent_at = desk.at
    desk.session.flush()


def by_refresh_token(desk: Desk, client: KnownClient, token: str) -> tuple[SignInRow, RefreshTokenRow] | None:
    """The sign-in that goes on with this token of the client. One that comes again ends it, with all its tokens: either
    the program or whoever stole from it has the one that followed.

    It may come again within seconds if the one that followed was not used: its answer was lost. Whoever is robbed then
    comes with the follower, which by that is used, and ends the sign-in.
    """
    found = sign_ins.by_refresh_token(desk.session, digest(desk.keyring, Kept.REFRESH, token))
    if found is None or found[0].client_id != client.id:
        return None
    row, kept = found
    if kept.used_at is not None and not _take_back(desk, kept):
        end(desk, row)
        return None
    return found if _goes_on(row, desk.at) else None


def of_refresh_token(desk: Desk, token: str) -> SignInRow | None:
    """The sign-in of a refresh token, used or not, that is to be ended."""
    found = sign_ins.by_refresh_token(desk.session, digest(desk.keyring, Kept.REFRESH, token))
    return None if found is None else found[0]


def next_refresh_token(desk: Desk, row: SignInRow, before: RefreshTokenRow | None) -> str:
    """In place of the one `before`, which is used by this."""
    secret = new_secret(Kept.REFRESH)
    kept = digest(desk.keyring, Kept.REFRESH, secret)
    sign_ins.add_refresh_token(desk.session, RefreshTokenRow(digest=kept, sign_in_id=row.id, made_at=desk.at))
    if before is not None:
        before.used_at, before.follower = before.used_at or desk.at, kept
    row.refreshed_at = desk.at
    desk.session.flush()
    return secret


def at_program(desk: Desk, client: KnownClient, row: SignInRow) -> AtProgram | None:
    """Null for a sign-in that has ended, or whose person is shut out, signed out or left with nothing to do."""
    person = _here(desk, row.person_id, row.epoch) if row.ended_at is None else None
    if person is None or not may_sign_in(person, client):
        return None
    scopes = frozenset(row.scopes) & person.scopes & held(client.participant_class, client.scopes)
    return AtProgram(person, row, scopes) if scopes else None


def end(desk: Desk, row: SignInRow) -> None:
    """With all tokens that came of it, at once."""
    row.ended_at = row.ended_at or desk.at
    desk.session.flush()


def _here(desk: Desk, id: UUID, epoch: int) -> PersonHere | None:
    """The person, as long as it is in this epoch and not shut out."""
    found = sign_ins.let_in(desk.session, id, epoch)
    if found is None:
        return None
    row = found.row
    return PersonHere(
        row.id,
        row.epoch,
        opened(desk.keyring, row.sealed_email, row.id),
        opened(desk.keyring, row.sealed_name, row.id),
        row.participant_id,
        found.participant_name,
        roles.held(found.participant_class, row.roles),
    )


def _take_back(desk: Desk, used: RefreshTokenRow) -> bool:
    """Whether the token may come again; the one that followed it counts as used then."""
    follower = None if used.follower is None else sign_ins.refresh_token(desk.session, used.follower)
    if used.used_at is None or follower is None or follower.used_at is not None:
        return False
    if desk.at - used.used_at > REPEAT_WITHIN:
        return False
    follower.used_at = desk.at
    return True


def _goes_on(row: SignInRow, at: datetime) -> bool:
    return row.ended_at is None and at - row.refreshed_at < REFRESH_IDLE and at - row.created_at < FAMILY_LIFETIME
