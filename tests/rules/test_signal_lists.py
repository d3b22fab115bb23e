"""Filters of signals: which combinations are refused because they would search through everything."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.errors import InvalidInput
from app.rules.labels import Handling, Severity, Violation
from app.rules.signal_lists import SignalFilter, SignalOrder, check
from app.rules.signal_types import SignalType

SINGLE = [
    SignalFilter(),
    SignalFilter(types=(SignalType.URL,)),
    SignalFilter(violations=(Violation.CSAM_SOLICITATION, Violation.SEXTORTION_SEXUAL)),
    SignalFilter(severity_at_least=Severity.HIGH),
    SignalFilter(confidence_at_least=60),
    SignalFilter(contributor=uuid4()),
    SignalFilter(group=uuid4()),
    SignalFilter(handling=Handling.RED),
    SignalFilter(has_feedback=True),
    SignalFilter(updated_since=datetime(2026, 1, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize("wanted", SINGLE)
def test_every_condition_can_stand_alone(wanted: SignalFilter) -> None:
    assert check(wanted) is wanted


@pytest.mark.parametrize(
    "wanted",
    [
        SignalFilter(severity_at_least=Severity.HIGH, confidence_at_least=60),
        SignalFilter(handling=Handling.RED, has_feedback=True),
        SignalFilter(has_feedback=False),
    ],
)
def test_what_would_search_through_everything_is_refused_and_says_what_to_add(wanted: SignalFilter) -> None:
    with pytest.raises(InvalidInput, match="Add one of types, violations") as refused:
        check(wanted)
    assert (refused.value.field, refused.value.reason) == ("filter", "WOULD_SCAN")


def test_one_narrow_condition_carries_any_others() -> None:
    check(
        SignalFilter(
            types=(SignalType.URL,), severity_at_least=Severity.HIGH, handling=Handling.RED, has_feedback=False
        ),
    )


def test_in_order_of_creation_only_types_are_narrowed() -> None:
    check(SignalFilter(types=(SignalType.URL,), order=SignalOrder.CREATED_OLDEST_FIRST))
    with pytest.raises(InvalidInput, match="severityAtLeast"):
        check(SignalFilter(severity_at_least=Severity.HIGH, order=SignalOrder.CREATED_OLDEST_FIRST))


@pytest.mark.parametrize("confidence", [0, 100, -1])
def test_a_confidence_that_nobody_can_state_is_refused(confidence: int) -> None:
    with pytest.raises(InvalidInput):
        check(SignalFilter(confidence_at_least=confidence))
