"""Signing in: from a person's password to the code that a program gets; synchronous, as Authlib's core is.

All of it happens at the desk (`Database.desk`): there is no viewer yet, and what a person or a program shows is the one
thing that it is known by.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from app.rules import roles
from app.rules.keyring import Keyring
from app.rules.people import email_digest
from app.rules.sealing import opened
from app.rules.sign_ins import (
    SESSION_IDLE,
    SESSION_LIFETIME,
    Kept,
    digest,
    new_secret,
)
from app.store import sign_ins
from app.store.clients import KnownClient
from app.store.tables.person import PersonRow, SignInRow, WebSessionRow


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


def begin_session(desk: Desk, person_id: UUID, epoch: int, before: str) -> str:
    """The secret of a new session, for the cookie; the browser's one of `before` ends.

    Programs that the same person signed in to from there go on, now from the new one.
    """
    secret = new_secret(Kept.SESSION)
    kept = digest(desk.keyring, Kept.SESSION, secret)
    sign_ins.move(desk.session, digest(desk.keyring, Kept.SESSION, before), kept, person_id)
    end_session(desk, before)
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
    person = here(desk, row.person_id, row.epoch)
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


def here(desk: Desk, id: UUID, epoch: int) -> PersonHere | None:
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
