"""Cases: their states and steps, who can be invited, what their timeline tells, and which to list (R6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.errors import Conflict, Forbidden, InvalidInput, Refusal, TooMany
from app.rules import texts
from app.rules.participants import SEES_OTHERS, ParticipantClass, ParticipantStatus
from app.rules.scopes import ALLOWED, Scope

# Characters.
MAX_TITLE_LENGTH = 200
MAX_SUMMARY_LENGTH = 4_000
MAX_NOTE_LENGTH = 10_000

# What a case can be opened with; more is added afterwards.
MAX_FIRST_SIGNALS = 100
MAX_FIRST_MEMBERS = 100

# Signals of one call that adds them.
MAX_ADDED_SIGNALS = 1_000


class CaseStatus(StrEnum):
    OPEN = "OPEN"
    INVESTIGATING = "INVESTIGATING"
    AWAITING_PARTICIPANT = "AWAITING_PARTICIPANT"
    ESCALATED = "ESCALATED"
    REPORTED = "REPORTED"
    CLOSED = "CLOSED"


class CaseDisposition(StrEnum):
    ACTIONED = "ACTIONED"
    NO_VIOLATION = "NO_VIOLATION"
    DUPLICATE = "DUPLICATE"
    INSUFFICIENT_INFORMATION = "INSUFFICIENT_INFORMATION"


class CaseEventKind(StrEnum):
    OPENED = "OPENED"
    MEMBER_INVITED = "MEMBER_INVITED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    SIGNAL_ADDED = "SIGNAL_ADDED"
    NOTE_ADDED = "NOTE_ADDED"
    STATUS_CHANGED = "STATUS_CHANGED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"


# Events that tell a new state of the case.
STATE_EVENTS = frozenset(
    {CaseEventKind.OPENED, CaseEventKind.STATUS_CHANGED, CaseEventKind.CLOSED, CaseEventKind.REOPENED}
)


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What a case is opened with; whoever opens it is a member anyway."""

    title: str
    summary: str | None = None
    signal_ids: tuple[UUID, ...] = ()
    member_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; what is null does not matter."""

    status: CaseStatus | None = None
    disposition: CaseDisposition | None = None
    opened_by: UUID | None = None
    updated_since: datetime | None = None
    has_signal: UUID | None = None


def ready(draft: CaseDraft) -> CaseDraft:
    """The draft with its texts trimmed, and each signal and member named once.

    Raises: InvalidInput, with the field; TooMany.
    """
    check_count(len(draft.signal_ids), MAX_FIRST_SIGNALS, "signals")
    check_count(len(draft.member_ids), MAX_FIRST_MEMBERS, "members")
    return replace(
        draft,
        title=texts.checked(draft.title, "title", max_length=MAX_TITLE_LENGTH),
        summary=texts.checked_optional(draft.summary, "summary", max_length=MAX_SUMMARY_LENGTH),
        signal_ids=tuple(dict.fromkeys(draft.signal_ids)),
        member_ids=tuple(dict.fromkeys(draft.member_ids)),
    )


def check_count(count: int, most: int, things: str) -> None:
    """Raises: TooMany above `most`."""
    if count > most:
        raise TooMany(f"At most {most:,} {things} can be given at once.")


def check_open(now: CaseStatus) -> None:
    """Raises: Conflict for a case that is closed, in which nothing can be done but leave."""
    if now is CaseStatus.CLOSED:
        raise Conflict("This case is closed: reopen it first.")


def check_closed(now: CaseStatus) -> None:
    """Raises: Conflict for a case that goes on."""
    if now is not CaseStatus.CLOSED:
        raise Conflict("This case is not closed.")


def check_step(now: CaseStatus, to: CaseStatus) -> None:
    """Any state of an open case may follow any other; closing and reopening say more than the state.

    Raises: InvalidInput, Conflict.
    """
    if to is CaseStatus.CLOSED:
        raise InvalidInput(
            "A case is closed with a disposition: use `closeCase`.", field="status", reason=Refusal.NOT_FOR_THIS_CALL
        )
    check_open(now)


def check_invited(participant_class: ParticipantClass, status: ParticipantStatus) -> None:
    """Raises: Conflict for a participant that could not read the case."""
    if status not in SEES_OTHERS or Scope.CASES_READ not in ALLOWED[participant_class]:
        raise Conflict("This participant cannot take part in cases: only active and restricted ones, not observers.")


def check_removal(opened_by: UUID, actor_id: UUID, member_id: UUID) -> None:
    """Anyone may leave but the opener, who alone may remove others.

    Raises: Conflict, Forbidden.
    """
    if member_id == opened_by:
        raise Conflict("Whoever opened a case stays its member; close the case instead.")
    if actor_id not in (member_id, opened_by):
        raise Forbidden("Only whoever opened a case may remove others; you can leave it yourself.")


def next_moment(last: datetime, as_of: datetime) -> datetime:
    """When something happens in a case of which `last` was the latest; a call that began before may come after it.

    Without this, the timeline would show a note in a case that was closed, since its author waited for the reopening.
    """
    return max(as_of, last + timedelta(microseconds=1))
