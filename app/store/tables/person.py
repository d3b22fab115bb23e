"""People of participants, and what stands for their signing in; of every secret only a digest is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.store.tables.row import MOMENT, TEXT, TEXTS, DatedRow, Table


class PersonRow(DatedRow, table=True):
    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("email_digest"), UniqueConstraint("link_digest"))

    participant_id: UUID = Field(index=True)
    # Of the address by which the person signs in.
    email_digest: bytes
    sealed_email: bytes
    sealed_name: bytes
    roles: list[str] = Field(sa_type=TEXTS)
    # A new epoch ends every session and sign-in of before.
    epoch: int = 1
    # Null while there is none that counts.
    password_set_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # Of the link by which a password can be set once.
    link_digest: bytes | None = None
    link_expires_at: datetime | None = Field(default=None, sa_type=MOMENT)
    disabled_at: datetime | None = Field(default=None, sa_type=MOMENT)


class PersonSecretRow(Table, table=True):
    """Apart from the person, whom colleagues may read."""

    __tablename__ = "person_secret"

    person_id: UUID = Field(primary_key=True)
    password_hash: str = Field(sa_type=TEXT)


class WebSessionRow(Table, table=True):
    """A person at one browser; its cookie is the secret."""

    __tablename__ = "web_session"

    digest: bytes = Field(primary_key=True)
    person_id: UUID
    epoch: int
    began_at: datetime = Field(sa_type=MOMENT, index=True)
    seen_at: datetime = Field(sa_type=MOMENT)


class ConsentRow(Table, table=True):
    """What a person has let a program do once, so that it is not asked each time."""

    __tablename__ = "consent"

    person_id: UUID = Field(primary_key=True)
    client_id: UUID = Field(primary_key=True)
    scopes: list[str] = Field(sa_type=TEXTS)
    given_at: datetime = Field(sa_type=MOMENT)


class SignInRow(DatedRow, table=True):
    """A person at one program: begun by a code, gone on with by refresh tokens; its access tokens name it."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("code_digest"),)

    person_id: UUID
    client_id: UUID
    epoch: int
    # The browser's session that it came from, which ends it with itself.
    session_digest: bytes = Field(index=True)
    scopes: list[str] = Field(sa_type=TEXTS)
    code_digest: bytes
    redirect_uri: str = Field(sa_type=TEXT)
    challenge: str = Field(sa_type=TEXT)
    code_spent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    refreshed_at: datetime = Field(sa_type=MOMENT)
    ended_at: datetime | None = Field(default=None, sa_type=MOMENT)


class RefreshTokenRow(Table, table=True):
    __tablename__ = "refresh_token"

    digest: bytes = Field(primary_key=True)
    sign_in_id: UUID = Field(index=True)
    made_at: datetime = Field(sa_type=MOMENT)
    used_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # The digest of the one that was given in its place.
    follower: bytes | None = None
