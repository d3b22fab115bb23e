"""Participants: their classes, the steps of their life, and what a status allows (R4)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from app.errors import Conflict, InvalidInput, Refusal


class ParticipantClass(StrEnum):
    """There is no class for governments: none is a participant, ever."""

    CONTRIBUTOR_CONSUMER = "CONTRIBUTOR_CONSUMER"
    RECEIVE_ONLY = "RECEIVE_ONLY"
    CONTRIBUTOR_ONLY = "CONTRIBUTOR_ONLY"
    OPERATOR = "OPERATOR"
    OBSERVER = "OBSERVER"


class ParticipantStatus(StrEnum):
    APPLIED = "APPLIED"
    COMPLIANCE_REVIEW = "COMPLIANCE_REVIEW"
    APPROVED = "APPROVED"
    AGREEMENT_SIGNED = "AGREEMENT_SIGNED"
    ONBOARDING = "ONBOARDING"
    ACTIVE = "ACTIVE"
    RESTRICTED = "RESTRICTED"
    SUSPENDED = "SUSPENDED"
    OFFBOARDING = "OFFBOARDING"
    TERMINATED = "TERMINATED"


_S = ParticipantStatus
_NEXT: dict[ParticipantStatus, frozenset[ParticipantStatus]] = {
    _S.APPLIED: frozenset({_S.COMPLIANCE_REVIEW, _S.TERMINATED}),
    _S.COMPLIANCE_REVIEW: frozenset({_S.APPROVED, _S.TERMINATED}),
    _S.APPROVED: frozenset({_S.AGREEMENT_SIGNED, _S.TERMINATED}),
    _S.AGREEMENT_SIGNED: frozenset({_S.ONBOARDING, _S.TERMINATED}),
    _S.ONBOARDING: frozenset({_S.ACTIVE, _S.TERMINATED}),
    _S.ACTIVE: frozenset({_S.RESTRICTED, _S.SUSPENDED, _S.OFFBOARDING}),
    _S.RESTRICTED: frozenset({_S.ACTIVE, _S.SUSPENDED, _S.OFFBOARDING}),
    _S.SUSPENDED: frozenset({_S.ACTIVE, _S.RESTRICTED, _S.OFFBOARDING}),
    _S.OFFBOARDING: frozenset({_S.TERMINATED}),
    _S.TERMINATED: frozenset(),
}

# Who sees others' data (R4), and who is shown to other participants; an applicant is nobody's business yet.
SEES_OTHERS = frozenset({_S.ACTIVE, _S.RESTRICTED})
LISTED = frozenset({_S.ACTIVE, _S.RESTRICTED, _S.SUSPENDED, _S.OFFBOARDING})

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,62}")


@dataclass(frozen=True, slots=True)
class ParticipantFilter:
    """Which participants to list; what is null does not matter."""

    status: ParticipantStatus | None = None
    participant_class: ParticipantClass | None = None
    group_id: UUID | None = None
    slug: str | None = None


def check_step(now: ParticipantStatus, to: ParticipantStatus) -> None:
    """Raises: Conflict unless `to` may follow `now`."""
    if to not in _NEXT[now]:
        allowed = ", ".join(sorted(_NEXT[now])) or "nothing"
        raise Conflict(f"A participant that is {now} cannot become {to}; what may follow is: {allowed}.")


def check_slug(slug: str) -> str:
    """Raises: InvalidInput unless 2-63 lower-case letters, digits and hyphens, starting with a letter."""
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(
            "A slug is 2 to 63 lower-case letters, digits and hyphens, and starts with a letter.",
            field="slug",
            reason=Refusal.NOT_A_SLUG,
        )
    return slug
