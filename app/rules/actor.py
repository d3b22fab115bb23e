"""Who is asking: the participant, client and perhaps person behind a token, at one moment."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.errors import Forbidden
from app.rules.participants import SEES_OTHERS, ParticipantClass, ParticipantStatus
from app.rules.scopes import Scope


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and its sign-in at a client."""

    person_id: UUID
    sign_in_id: UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A client acting for its participant, by itself or with a person in it; `as_of` is the moment at which all that it
    sees is judged (R1)."""

    participant_id: UUID
    client_id: UUID
    participant_class: ParticipantClass
    status: ParticipantStatus
    groups: tuple[UUID, ...]
    # Read together with status and groups: what they let it see is another epoch of its change feed (R17).
    feed_epoch: int
    scopes: frozenset[str]
    as_of: datetime
    # Null where the client acts by itself.
    signed_in: SignedIn | None = None

    @property
    def person_id(self) -> UUID | None:
        return None if self.signed_in is None else self.signed_in.person_id

    @property
    def bearer_id(self) -> UUID:
        """What the token stands on, as the database knows it."""
        return self.client_id if self.signed_in is None else self.signed_in.sign_in_id

    @property
    def author_id(self) -> UUID:
        """Under which its calls are kept: a person's whichever program it uses (R19)."""
        return self.person_id or self.client_id

    @property
    def sees_others(self) -> bool:
        return self.status in SEES_OTHERS

    @property
    def is_operator(self) -> bool:
        return self.participant_class is ParticipantClass.OPERATOR and self.sees_others

    @property
    def visible_groups(self) -> tuple[UUID, ...]:
        """The groups through which it sees others' data; none while it sees only its own (R4)."""
        return self.groups if self.sees_others else ()

    def at(self, moment: datetime) -> "Actor":
        return Actor(
            self.participant_id,
            self.client_id,
            self.participant_class,
            self.status,
            self.groups,
            self.feed_epoch,
            self.scopes,
            moment,
            self.signed_in,
        )

    def require(self, scope: Scope) -> None:
        """Raises: Forbidden unless the token carries `scope`."""
        if scope not in self.scopes:
            raise Forbidden(f"This needs the scope {scope}.")

    def require_active(self) -> None:
        """Raises: Forbidden unless the participant may write and reveal (R4)."""
        if self.status is not ParticipantStatus.ACTIVE:
            raise Forbidden("Only an active participant may write or reveal; ask the operator about your status.")

    def to_write(self, scope: Scope) -> None:
        self.require(scope)
        self.require_active()

    def to_operate(self, scope: Scope) -> None:
        """Raises: Forbidden unless it is an active operator with `scope`."""
        self.to_write(scope)
        if not self.is_operator:
            raise Forbidden("Only the operator may do this.")
