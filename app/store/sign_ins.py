"""Queries of the desk at which people sign in; synchronous, as Authlib's core is. See `Database.desk`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlmodel import col

from app.rules.participants import ParticipantClass
from app.store.tables.person import (
    ConsentRow,
    PersonRow,
    PersonSecretRow,
    RefreshTokenRow,
    SignInRow,
    WebSessionRow,
)


@dataclass(frozen=True, slots=True)
class LetIn:
    """A person that is not shut out, with its participant."""

    row: PersonRow
    participant_name: str
    participant_class: ParticipantClass


def named(session: Session, email_digest: bytes) -> tuple[PersonRow, str] | None:
    """Whoever signs in by this address, with the hash of its password; null for who cannot."""
    query = (
        select(PersonRow, col(PersonSecretRow.password_hash))
        .join(PersonSecretRow, col(PersonSecretRow.person_id) == col(PersonRow.id))
        .where(col(PersonRow.email_digest) == email_digest, _is_let_in())
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def let_in(session: Session, id: UUID, epoch: int) -> LetIn | None:
    """The person, as long as it is in this epoch and not shut out."""
    query = select(PersonRow).where(col(PersonRow.id) == id, col(PersonRow.epoch) == epoch, _is_let_in())
    row = session.scalar(query)
    if row is None:
        return None
    at_desk = func.participant_at_desk(row.participant_id).table_valued("name", "participant_class")
    participant = session.execute(select(at_desk)).one()
    return LetIn(row, participant.name, ParticipantClass(participant.participant_class))


def by_link(session: Session, link: bytes, at: datetime) -> PersonRow | None:
    """Whoever may set its password by this link, held until the transaction ends."""
    query = select(PersonRow).where(
        col(PersonRow.link_digest) == link,
        col(PersonRow.link_expires_at) > at,
        col(PersonRow.disabled_at).is_(None),
    )
    return session.scalar(query.with_for_update())


def keep_password(session: Session, person_id: UUID, password_hash: str) -> None:
    kept = insert(PersonSecretRow).values(person_id=person_id, password_hash=password_hash)
    session.execute(
        kept.on_conflict_do_update(index_elements=["person_id"], set_={"password_hash": kept.excluded.password_hash})
    )


def replace_password_hash(session: Session, person_id: UUID, before: str, after: str) -> None:
    """The same password, hashed with other costs; unless it has changed meanwhile."""
    kept = update(PersonSecretRow).where(
        col(PersonSecretRow.person_id) == person_id, col(PersonSecretRow.password_hash) == before
    )
    session.execute(kept.values(password_hash=after))


# --- A person at a browser ------------------------------------------------------------------------------------------


def add_session(session: Session, row: WebSessionRow) -> None:
    session.execute(insert(WebSessionRow).values(row.model_dump()))


def web_session(session: Session, digest: bytes) -> WebSessionRow | None:
    return session.scalar(select(WebSessionRow).where(col(WebSessionRow.digest) == digest))


def end_session(session: Session, digest: bytes, at: datetime) -> None:
    """With all that was signed in from it."""
    row = web_session(session, digest)
    if row is not None:
        session.delete(row)
    ended = update(SignInRow).where(col(SignInRow.session_digest) == digest, col(SignInRow.ended_at).is_(None))
    session.execute(ended.values(ended_at=at))


def move(session: Session, before: bytes, after: bytes, person_id: UUID) -> None:
    """What a person signed in to from one session is from now on signed in from another."""
    goes_on = update(SignInRow).where(col(SignInRow.session_digest) == before, col(SignInRow.person_id) == person_id)
    session.execute(goes_on.values(session_digest=after))


def consented(session: Session, person_id: UUID, client_id: UUID) -> frozenset[str]:
    query = select(col(ConsentRow.scopes)).where(
        col(ConsentRow.person_id) == person_id, col(ConsentRow.client_id) == client_id
    )
    return frozenset(session.scalar(query) or ())


def keep_consent(session: Session, person_id: UUID, client_id: UUID, scopes: Iterable[str], at: datetime) -> None:
    kept = insert(ConsentRow).values(person_id=person_id, client_id=client_id, scopes=sorted(scopes), given_at=at)
    changed = {"scopes": kept.excluded.scopes, "given_at": kept.excluded.given_at}
    session.execute(kept.on_conflict_do_update(index_elements=["person_id", "client_id"], set_=changed))


# --- A person at a program ------------------------------------------------------------------------------------------


def add(session: Session, row: SignInRow) -> None:
    session.execute(insert(SignInRow).values(row.model_dump()))


def by_code(session: Session, code: bytes) -> SignInRow | None:
    """Held until the transaction ends, so that of two who show a code one is second."""
    return session.scalar(select(SignInRow).where(col(SignInRow.code_digest) == code).with_for_update())


def by_refresh_token(session: Session, digest: bytes) -> tuple[SignInRow, RefreshTokenRow] | None:
    """Held until the transaction ends, with all other tokens of the sign-in."""
    token_of = select(col(RefreshTokenRow.sign_in_id)).where(col(RefreshTokenRow.digest) == digest)
    sign_in = session.scalar(select(SignInRow).where(col(SignInRow.id) == token_of.scalar_subquery()).with_for_update())
    token = None if sign_in is None else refresh_token(session, digest)
    return None if sign_in is None or token is None else (sign_in, token)


def refresh_token(session: Session, digest: bytes) -> RefreshTokenRow | None:
    return session.scalar(select(RefreshTokenRow).where(col(RefreshTokenRow.digest) == digest))


def add_refresh_token(session: Session, row: RefreshTokenRow) -> None:
    session.execute(insert(RefreshTokenRow).values(row.model_dump()))


def _is_let_in() -> ColumnElement[bool]:
    return col(PersonRow.disabled_at).is_(None) & col(PersonRow.password_set_at).is_not(None)
