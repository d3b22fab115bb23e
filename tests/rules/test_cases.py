"""Cases: which steps they may take, and who can be let in."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.errors import Conflict, Forbidden, InvalidInput, TooMany
from app.rules import cases
from app.rules.cases import CaseDraft, CaseStatus
from app.rules.participants import ParticipantClass, ParticipantStatus

ALDER, BIRCH, CEDAR = UUID(int=1), UUID(int=2), UUID(int=3)
GOING_ON = [status for status in CaseStatus if status is not CaseStatus.CLOSED]


@pytest.mark.parametrize("now", GOING_ON)
@pytest.mark.parametrize("to", GOING_ON)
def test_any_state_of_an_open_case_may_follow_any_other(now: CaseStatus, to: CaseStatus) -> None:
    cases.check_step(now, to)


@pytest.mark.parametrize("to", GOING_ON)
def test_a_closed_case_takes_no_step_until_it_is_reopened(to: CaseStatus) -> None:
    with pytest.raises(Conflict):
        cases.check_step(CaseStatus.CLOSED, to)


@pytest.mark.parametrize("now", list(CaseStatus))
def test_no_step_closes_a_case_since_that_takes_a_disposition(now: CaseStatus) -> None:
    with pytest.raises(InvalidInput) as refused:
        cases.check_step(now, CaseStatus.CLOSED)
    assert refused.value.field == "status"


def test_only_a_closed_case_can_be_reopened() -> None:
    cases.check_closed(CaseStatus.CLOSED)
    for status in GOING_ON:
        with pytest.raises(Conflict):
            cases.check_closed(status)


@pytest.mark.parametrize("status", [ParticipantStatus.ACTIVE, ParticipantStatus.RESTRICTED])
@pytest.mark.parametrize("participant_class", [c for c in ParticipantClass if c is not ParticipantClass.OBSERVER])
def test_whoever_reads_cases_can_be_invited(participant_class: ParticipantClass, status: ParticipantStatus) -> None:
    cases.check_invited(participant_class, status)


@pytest.mark.parametrize(
    ("participant_class", "status"),
    [
        (ParticipantClass.OBSERVER, ParticipantStatus.ACTIVE),
        (ParticipantClass.CONTRIBUTOR_CONSUMER, ParticipantStatus.SUSPENDED),
        (ParticipantClass.CONTRIBUTOR_CONSUMER, ParticipantStatus.OFFBOARDING),
        (ParticipantClass.CONTRIBUTOR_CONSUMER, ParticipantStatus.ONBOARDING),
    ],
)
def test_whoever_could_not_read_a_case_cannot_be_invited(
    participant_class: ParticipantClass, status: ParticipantStatus
) -> None:
    with pytest.raises(Conflict):
        cases.check_invited(participant_class, status)


def test_anyone_may_leave_but_the_opener() -> None:
    cases.check_removal(opened_by=ALDER, actor_id=BIRCH, member_id=BIRCH)
    with pytest.raises(Conflict):
        cases.check_removal(opened_by=ALDER, actor_id=ALDER, member_id=ALDER)


def test_only_the_opener_removes_others() -> None:
    cases.check_removal(opened_by=ALDER, actor_id=ALDER, member_id=BIRCH)
    with pytest.raises(Forbidden):
        cases.check_removal(opened_by=ALDER, actor_id=CEDAR, member_id=BIRCH)


def test_a_draft_names_each_signal_and_member_once() -> None:
    draft = cases.ready(CaseDraft(" Files \n", None, signal_ids=(ALDER, BIRCH, ALDER), member_ids=(CEDAR, CEDAR)))
    assert draft == CaseDraft("Files", None, signal_ids=(ALDER, BIRCH), member_ids=(CEDAR,))


@pytest.mark.parametrize("title", ["", "  ", "a" * 201, "nul\0", "half \ud800"])
def test_a_title_is_text_that_people_can_read(title: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        cases.ready(CaseDraft(title))
    assert refused.value.field == "title"


def test_a_draft_holds_at_most_a_hundred_signals() -> None:
    with pytest.raises(TooMany):
        cases.ready(CaseDraft("Files", signal_ids=tuple(UUID(int=n) for n in range(101))))


def test_what_happens_later_is_told_later_whenever_its_call_began() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert cases.next_moment(noon, noon + timedelta(seconds=1)) == noon + timedelta(seconds=1)
    for early in (noon, noon - timedelta(seconds=1)):
        assert cases.next_moment(noon, early) > noon
