"""Participants, their sharing groups, API clients and match keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, SmallInteger, UniqueConstraint, false
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from app.rules.auth_methods import AuthMethod
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.store.tables.row import MOMENT, TEXT, TEXTS, DatedRow, Table

# Absent keys are NULL, not the `null` of JSON.
KEYS = JSONB(none_as_null=True)


class ParticipantRow(DatedRow, table=True):
    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: str = Field(sa_type=TEXT)
    name: str = Field(sa_type=TEXT)
    participant_class: ParticipantClass = Field(sa_type=TEXT)
    status: ParticipantStatus = Field(sa_type=TEXT, index=True)
    # A new epoch makes the reader's old feed cursors ask for a fresh start (R17).
    feed_epoch: int = 1
    # Whether what it uploads waits for the operator (R20).
    quarantines: bool = False
    updated_at: datetime = Field(sa_type=MOMENT)


class SharingGroupRow(DatedRow, table=True):
    __tablename__ = "sharing_group"
    __table_args__ = (UniqueConstraint("slug"),)

    slug: str = Field(sa_type=TEXT)
    name: str = Field(sa_type=TEXT)


class GroupMemberRow(Table, table=True):
    __tablename__ = "group_member"

    group_id: UUID = Field(primary_key=True)
    participant_id: UUID = Field(primary_key=True, index=True)
    added_at: datetime = Field(sa_type=MOMENT)


class ApiClientRow(DatedRow, table=True):
    """The `id` is also the OAuth2 client_id."""

    __tablename__ = "api_client"
    __table_args__ = (
        CheckConstraint("(auth_method = 'client_secret_basic') = (secret_digest IS NOT NULL)", name="secret"),
        CheckConstraint("(auth_method = 'private_key_jwt') = (public_keys IS NOT NULL)", name="public_keys"),
    )

    participant_id: UUID = Field(index=True)
    name: str = Field(sa_type=TEXT)
    scopes: list[str] = Field(sa_type=TEXTS)
    # These two have a default in the database as well, for a program from before they were there.
    auth_method: AuthMethod = Field(
        default=AuthMethod.CLIENT_SECRET_BASIC,
        sa_type=TEXT,
        sa_column_kwargs={"server_default": AuthMethod.CLIENT_SECRET_BASIC.value},
    )
    requires_dpop: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # A keyed digest: secrets are 256 random bits, so a slow hash would add nothing.
    secret_digest: bytes | None = None
    # JSON Web Keys, each with what makes the public key, and its `kid`.
    public_keys: list[dict[str, str]] | None = Field(default=None, sa_type=KEYS)
    # Since when its secret is what it is, or its keys are.
    secret_rotated_at: datetime = Field(sa_type=MOMENT)
    disabled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # Whether it may send ids of trusted documents alone; said here too, for programs that do not know of it yet.
    confined: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    # Where people who sign in with it may be sent back to; none where it only acts by itself.
    redirect_uris: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs={"server_default": "{}"})
    # Up to where in the feed, as `Place` has it, it says that it has applied all changes, and when it last said so.
    acknowledged_epoch: int | None = None
    acknowledged_position: int | None = Field(default=None, sa_type=BigInteger)
    changes_acknowledged_at: datetime | None = Field(default=None, sa_type=MOMENT)


class RevokedTokenRow(Table, table=True):
    __tablename__ = "revoked_token"

    token_id: str = Field(primary_key=True, sa_type=TEXT)
    expires_at: datetime = Field(sa_type=MOMENT, index=True)


class UsedJwtRow(Table, table=True):
    """A JWT of a client that may be used once, kept until it would be too old anyway."""

    __tablename__ = "used_jwt"

    digest: bytes = Field(primary_key=True)
    expires_at: datetime = Field(sa_type=MOMENT, index=True)


class MatchKeyRow(DatedRow, table=True):
    """A participant's key for match tags (R14); sealed, shown once when issued."""

    __tablename__ = "match_key"
    __table_args__ = (UniqueConstraint("participant_id", "epoch"),)

    participant_id: UUID
    epoch: int
    sealed_key: bytes
    retired_at: datetime | None = Field(default=None, sa_type=MOMENT)
    # Up to where in its feed the participant's signals have rows below: with which normal forms, in which epoch, and
    # as `Place` has it; null until somebody asks by tags.
    tagged_normaliser: int | None = Field(default=None, sa_type=SmallInteger)
    tagged_epoch: int | None = None
    tagged_position: int | None = Field(default=None, sa_type=BigInteger)
    tagged_began: int | None = Field(default=None, sa_type=BigInteger)


class MatchTagRow(Table, table=True):
    """What a signal is found by when a participant names it by its match tag: the beginning of the tag, as a number."""

    __tablename__ = "match_tag"

    participant_id: UUID = Field(primary_key=True)
    epoch: int = Field(primary_key=True)
    prefix: int = Field(primary_key=True, sa_type=BigInteger)
    signal_id: UUID = Field(primary_key=True, index=True)
