"""A report as an application gives it: checked by the rules of the exchange while the application still knows of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ...errors import InvalidInput, NotFound, Refusal
from ...rules import feedback as rules
from ...rules import texts
from ...rules.feedback import FeedbackDraft
from ...rules.ids import Prefix, read
from ...rules.labels import ReviewStatus
from ...rules.verdicts import EnforcementAction, Verdict, VerdictReason
from ..errors import Misconfigured
from ..inputs import FeedbackInput

# Characters of the name that an application gives a report.
MAX_NAME_LENGTH = 200
# How far the clock of this machine may be behind the exchange's: a review that lies further ahead is refused.
_CLOCK_MARGIN = timedelta(minutes=5)
KEYS: Final = frozenset(FeedbackInput.__annotations__)


class InvalidReport(Misconfigured):
    """The exchange would refuse this report: `field` and `reason` say why, in its words. Nothing of it is kept."""

    def __init__(self, message: str, field: str | None, reason: str) -> None:
        super().__init__(message if field is None else f"{field}: {message}")
        self.message = message
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class CheckedReport:
    signal: str
    verdict: str
    # JSON, as it is sent each time.
    content: bytes = field(repr=False)


def checked(report: Mapping[str, Any], now: datetime) -> CheckedReport:
    """The report as it goes over the wire.

    Raises: InvalidReport for all that is known to be refused; it holds no value.
    """
    try:
        if unknown := sorted(report.keys() - KEYS):
            raise _wrong(f"A report has {', '.join(sorted(KEYS))}; this has {len(unknown)} more.", "report")
        draft = _draft(report)
        rules.ready(draft, now + _CLOCK_MARGIN)
    except NotFound:
        raise InvalidReport("This is no id of a signal.", "signalId", Refusal.NOT_FOUND) from None
    except InvalidInput as error:
        raise InvalidReport(error.message, error.field, error.reason) from None
    given = {name: value for name, value in report.items() if value is not None}
    if draft.reviewed_at is not None:
        given["reviewedAt"] = draft.reviewed_at.isoformat()
    return CheckedReport(
        report["signalId"], draft.verdict.value, json.dumps(given, ensure_ascii=False, sort_keys=True).encode()
    )


def checked_name(name: str) -> str:
    """Raises: InvalidReport."""
    try:
        return texts.checked(_text(name, "id"), "id", max_length=MAX_NAME_LENGTH)
    except InvalidInput as error:
        raise InvalidReport(error.message, error.field, error.reason) from None


def now() -> datetime:
    return datetime.now(UTC)


def _draft(report: Mapping[str, Any]) -> FeedbackDraft:
    signal = read(Prefix.SIGNAL, _text(report.get("signalId"), "signalId"))
    if signal is None:
        raise NotFound("signal", field="signalId")
    return FeedbackDraft(
        signal_id=signal,
        verdict=_word(Verdict, report.get("verdict"), "verdict"),
        reason=_optional(report, "reason", lambda given: _word(VerdictReason, given, "reason")),
        review_status=_word(ReviewStatus, report.get("reviewStatus", ReviewStatus.UNREVIEWED), "reviewStatus"),
        reviewed_at=_optional(report, "reviewedAt", lambda given: _moment(given, "reviewedAt")),
        reviewer_role=_optional(report, "reviewerRole", lambda given: _text(given, "reviewerRole")),
        policy_reference=_optional(report, "policyReference", lambda given: _text(given, "policyReference")),
        note=_optional(report, "note", lambda given: _text(given, "note")),
        actions=_actions(report.get("actions", [])),
    )


def _optional(report: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Any:
    given = report.get(name)
    return None if given is None else read(given)


def _text(given: object, field: str) -> str:
    if not isinstance(given, str):
        raise _wrong("This has to be a text.", field)
    return given


def _word(words: Any, given: object, field: str) -> Any:
    if not isinstance(given, str) or given not in set(words):
        raise _wrong(f"This has to be one of {', '.join(words)}.", field)
    return words(given)


def _moment(given: object, field: str) -> datetime:
    try:
        return datetime.fromisoformat(_text(given, field))
    except ValueError:
        raise _wrong("This has to be a time such as 2026-01-31T12:00:00Z.", field) from None


def _actions(given: object) -> tuple[tuple[EnforcementAction, int], ...]:
    if not isinstance(given, list):
        raise _wrong("This has to be a list of actions.", "actions")
    return tuple(_action(one) for one in given)


def _action(given: object) -> tuple[EnforcementAction, int]:
    if not isinstance(given, dict) or given.keys() != {"action", "count"} or type(given["count"]) is not int:
        raise _wrong("An action has an `action`, and a `count` that is a whole number.", "actions")
    return _word(EnforcementAction, given["action"], "actions"), given["count"]


def _wrong(message: str, field: str) -> InvalidInput:
    return InvalidInput(message, field=field, reason=Refusal.WRONG_TYPE)
