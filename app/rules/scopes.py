"""OAuth2 scopes, and which class of participant may hold which."""

from collections.abc import Iterable
from enum import StrEnum

from app.errors import InvalidInput, Refusal
from app.rules.participants import ParticipantClass


class Scope(StrEnum):
    SIGNALS_READ = "signals:read"
    SIGNALS_MATCH = "signals:match"
    SIGNALS_REVEAL = "signals:reveal"
    SIGNALS_WRITE = "signals:write"
    SIGNALS_RETRACT = "signals:retract"
    FEED_READ = "feed:read"
    FEEDBACK_READ = "feedback:read"
    FEEDBACK_WRITE = "feedback:write"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    CASES_SHARE = "cases:share"
    PARTICIPANTS_READ = "participants:read"
    PARTICIPANTS_MANAGE = "participants:manage"
    COMPLIANCE_MANAGE = "compliance:manage"
    IMPACT_READ = "impact:read"
    AUDIT_READ = "audit:read"
    CLIENTS_MANAGE = "clients:manage"
    SCHEMA_READ = "schema:read"


# In the words of a page that asks a person to consent.
DESCRIPTIONS: dict[Scope, str] = {
    Scope.SIGNALS_READ: "See the signals that were shared with you",
    Scope.SIGNALS_MATCH: "Match your values against the signals, and hold match keys",
    Scope.SIGNALS_REVEAL: "Reveal person-level values; each reveal is recorded",
    Scope.SIGNALS_WRITE: "Upload, update, link and unlink signals",
    Scope.SIGNALS_RETRACT: "Retract your contributions",
    Scope.FEED_READ: "Follow the change feed",
    Scope.FEEDBACK_READ: "Read feedback that you gave and received",
    Scope.FEEDBACK_WRITE: "Record what your review found and what you did",
    Scope.CASES_READ: "Read the cases that you are a member of",
    Scope.CASES_WRITE: "Open cases and work in them",
    Scope.CASES_SHARE: "Invite participants into cases",
    Scope.PARTICIPANTS_READ: "See who takes part",
    Scope.PARTICIPANTS_MANAGE: "Admit participants, change their status and groups",
    Scope.COMPLIANCE_MANAGE: "Manage guard lists, quarantine and hiding",
    Scope.IMPACT_READ: "See what came of your signals",
    Scope.AUDIT_READ: "See who revealed your signals",
    Scope.CLIENTS_MANAGE: "Register API clients and rotate their secrets",
    Scope.SCHEMA_READ: "Read the schema",
}

_OPERATOR_ONLY = frozenset({Scope.PARTICIPANTS_MANAGE, Scope.COMPLIANCE_MANAGE})
_EVERYBODY = frozenset({Scope.PARTICIPANTS_READ, Scope.SCHEMA_READ, Scope.CLIENTS_MANAGE})
_GIVING = frozenset({Scope.SIGNALS_WRITE, Scope.SIGNALS_RETRACT, Scope.IMPACT_READ, Scope.AUDIT_READ})
_TAKING = frozenset({Scope.SIGNALS_MATCH, Scope.SIGNALS_REVEAL, Scope.FEED_READ, Scope.FEEDBACK_WRITE})
_WORKING = frozenset({Scope.SIGNALS_READ, Scope.FEEDBACK_READ, Scope.CASES_READ, Scope.CASES_WRITE, Scope.CASES_SHARE})

# "RECEIVE_ONLY never gets signals:write" is the program's rule; the rest follows from the names of the classes.
ALLOWED: dict[ParticipantClass, frozenset[Scope]] = {
    ParticipantClass.CONTRIBUTOR_CONSUMER: _EVERYBODY | _WORKING | _GIVING | _TAKING,
    ParticipantClass.RECEIVE_ONLY: _EVERYBODY | _WORKING | _TAKING,
    ParticipantClass.CONTRIBUTOR_ONLY: _EVERYBODY | _WORKING | _GIVING,
    ParticipantClass.OPERATOR: _EVERYBODY | _WORKING | _GIVING | _TAKING | _OPERATOR_ONLY,
    ParticipantClass.OBSERVER: _EVERYBODY,
}

_ALLOWED_NAMES = {class_: frozenset(map(str, scopes)) for class_, scopes in ALLOWED.items()}


def held(participant_class: ParticipantClass, granted: frozenset[str]) -> frozenset[str]:
    """What counts of the scopes that a client was granted: a class may have come to allow less since."""
    return granted & _ALLOWED_NAMES[participant_class]


def parse(names: Iterable[str]) -> frozenset[Scope]:
    """Raises: InvalidInput if one is no scope."""
    known = {str(scope): scope for scope in Scope}
    wanted = set(names)
    if not wanted <= known.keys():
        raise InvalidInput("There is no such scope.", field="scopes", reason=Refusal.UNKNOWN_SCOPE)
    return frozenset(known[name] for name in wanted)
