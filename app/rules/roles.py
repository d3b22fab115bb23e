"""What people do at their participant, and which scopes follow from it."""

from collections.abc import Iterable
from enum import StrEnum

from app.errors import InvalidInput, Refusal
from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED, Scope


class Role(StrEnum):
    """A person may have several. A word never changes its meaning: it is kept with the person."""

    INVESTIGATOR = "INVESTIGATOR"
    REVIEWER = "REVIEWER"
    ANALYST = "ANALYST"
    PARTICIPANT_ADMIN = "PARTICIPANT_ADMIN"
    OPERATOR = "OPERATOR"


_EVERYBODY = frozenset({Scope.PARTICIPANTS_READ, Scope.SCHEMA_READ})

# Values in clear come with the investigator alone: whoever only reviews or counts never needs them.
SCOPES: dict[Role, frozenset[Scope]] = {
    Role.INVESTIGATOR: _EVERYBODY
    | {
        Scope.SIGNALS_READ,
        Scope.SIGNALS_MATCH,
        Scope.SIGNALS_REVEAL,
        Scope.SIGNALS_WRITE,
        Scope.SIGNALS_RETRACT,
        Scope.FEED_READ,
        Scope.FEEDBACK_READ,
        Scope.FEEDBACK_WRITE,
        Scope.CASES_READ,
        Scope.CASES_WRITE,
        Scope.CASES_SHARE,
        Scope.IMPACT_READ,
    },
    Role.REVIEWER: _EVERYBODY
    | {
        Scope.SIGNALS_READ,
        Scope.SIGNALS_MATCH,
        Scope.FEED_READ,
        Scope.FEEDBACK_READ,
        Scope.FEEDBACK_WRITE,
        Scope.CASES_READ,
    },
    Role.ANALYST: _EVERYBODY | {Scope.SIGNALS_READ, Scope.FEED_READ, Scope.FEEDBACK_READ, Scope.IMPACT_READ},
    Role.PARTICIPANT_ADMIN: _EVERYBODY | {Scope.CLIENTS_MANAGE, Scope.AUDIT_READ},
    Role.OPERATOR: _EVERYBODY
    | {
        Scope.SIGNALS_READ,
        Scope.FEED_READ,
        Scope.FEEDBACK_READ,
        Scope.PARTICIPANTS_MANAGE,
        Scope.COMPLIANCE_MANAGE,
        Scope.CLIENTS_MANAGE,
        Scope.AUDIT_READ,
        Scope.IMPACT_READ,
    },
}


def held(participant_class: ParticipantClass, names: Iterable[str]) -> frozenset[str]:
    """The scopes of a person of this class of participant; a name that is no role gives none."""
    of_roles = [SCOPES[role] for role in Role if role in set(names) and may_be(participant_class, role)]
    return frozenset(map(str, frozenset().union(*of_roles) & ALLOWED[participant_class]))


def may_be(participant_class: ParticipantClass, role: Role) -> bool:
    """Nobody but the operator's people operates."""
    return role is not Role.OPERATOR or participant_class is ParticipantClass.OPERATOR


def check(participant_class: ParticipantClass, wanted: Iterable[Role]) -> list[str]:
    """Each role once, in their order.

    Raises: InvalidInput for no role, or one that nobody of this class has.
    """
    given = set(wanted)
    if not given:
        raise InvalidInput("A person needs at least one role.", field="roles", reason=Refusal.EMPTY)
    refused = [role for role in Role if role in given and not may_be(participant_class, role)]
    if refused:
        raise InvalidInput(
            f"A person of a participant of class {participant_class} cannot be: {', '.join(refused)}.",
            field="roles",
            reason=Refusal.ROLE_NOT_ALLOWED,
        )
    return [str(role) for role in Role if role in given]
