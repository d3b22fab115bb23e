"""What came of a contributor's signals: the funnel, and breakdowns that single out nobody."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.rules import impact as rules
from app.rules.impact import MIN_REPORTERS, OTHER, Cell, Findings, Period, breakdown, funnel
from app.rules.labels import Violation
from app.rules.participants import ParticipantClass
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict

KeysOf = Callable[[Findings], Collection[str]]
Breakdown = Callable[[Sequence[Findings], KeysOf], list[Cell]]
V, A = Verdict, EnforcementAction
VIOLATIONS = tuple(Violation)[:4]
CLASSES = (ParticipantClass.CONTRIBUTOR_CONSUMER, ParticipantClass.RECEIVE_ONLY, ParticipantClass.OPERATOR)


def by_class(findings: Findings) -> Collection[str]:
    return {findings.reporter_class}


def by_type(findings: Findings) -> Collection[str]:
    return {findings.signal_type}


def by_violation(findings: Findings) -> Collection[str]:
    return findings.violations


def _of(reporter: int, **said: Any) -> Findings:
    usual = {
        "reporter_class": CLASSES[0],
        "signal_type": SignalType.URL,
        "violations": frozenset({VIOLATIONS[0]}),
        "verdict": V.MATCHED,
        "actions": {},
        "count": 1,
    }
    return Findings(reporter=reporter, **{**usual, **said})


@st.composite
def worlds(draw: st.DrawFn) -> list[Findings]:
    """Feedback of up to 12 participants, each of one class, on signals of some types and violations."""
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=12))
    said = st.tuples(
        st.integers(0, len(classes) - 1),
        st.sampled_from(tuple(SignalType)[:4]),
        st.frozensets(st.sampled_from(VIOLATIONS), max_size=3),
    )
    return [
        _of(who, reporter_class=classes[who], signal_type=type, violations=violations, verdict=V.MATCHED)
        for who, type, violations in draw(st.lists(said, max_size=25))
    ]


def _singled_out(findings: Sequence[Findings], keys_of: KeysOf, told: Breakdown) -> list[set[int]]:
    """What a reader who adds and subtracts cells and the total can count alone and should not.

    It knows how many cells there are and what is in each by name, so it tries every sum of cells, each taken 0, 1 or
    -1 times, and the total. A sum that counts some findings once and all others not at all singles those out.
    """
    cells = told(findings, keys_of)
    named = {cell.key for cell in cells} - {OTHER}
    member = {
        cell.key: [named.isdisjoint(keys_of(f)) if cell.key == OTHER else cell.key in keys_of(f) for f in findings]
        for cell in cells
    }
    found = []
    for weights in product((-1, 0, 1), repeat=len(cells) + 1):
        counted = [
            weights[-1] + sum(w * member[cell.key][place] for w, cell in zip(weights, cells, strict=False))
            for place in range(len(findings))
        ]
        if set(counted) <= {0, 1} and 0 < sum(counted) < len(findings):
            who = {f.reporter for f, times in zip(findings, counted, strict=True) if times}
            if len(who) < MIN_REPORTERS:
                found.append(who)
    return found


@pytest.mark.parametrize("keys_of", [by_class, by_type, by_violation])
@given(findings=worlds())
def test_no_sum_or_difference_of_cells_rests_on_fewer_than_three(findings: list[Findings], keys_of: KeysOf) -> None:
    assert _singled_out(findings, keys_of, breakdown) == []


@pytest.mark.parametrize("keys_of", [by_class, by_type, by_violation])
@given(findings=worlds())
def test_every_finding_is_in_a_cell_and_no_cell_is_empty(findings: list[Findings], keys_of: KeysOf) -> None:
    cells = {cell.key: cell.funnel.matched for cell in breakdown(findings, keys_of)}
    assert all(cells.values())
    assert sum(cells.values()) >= len(findings)
    for key in cells.keys() - {OTHER}:
        assert cells[key] == sum(key in keys_of(f) for f in findings)


def _merging_small_cells_only(findings: Sequence[Findings], keys_of: KeysOf) -> list[Cell]:
    """The obvious way, which leaves OTHER with one participant, and overlaps that can be subtracted."""
    by_key: dict[str, list[Findings]] = defaultdict(list)
    for finding in findings:
        for key in keys_of(finding) or {OTHER}:
            by_key[key].append(finding)
    large = {key for key, some in by_key.items() if len({f.reporter for f in some}) >= MIN_REPORTERS} - {OTHER}
    rest = [f for f in findings if large.isdisjoint(keys_of(f))]
    cells = [Cell(key, funnel(by_key[key])) for key in sorted(large)]
    return [*cells, Cell(OTHER, funnel(rest))] if rest else cells


@pytest.mark.parametrize("keys_of", [by_class, by_violation])
def test_the_search_finds_what_merging_small_cells_alone_gives_away(keys_of: KeysOf) -> None:
    many = [_of(who) for who in range(5)]
    one = _of(9, reporter_class=CLASSES[1], violations=frozenset({VIOLATIONS[1]}))
    assert _singled_out([*many, one], keys_of, _merging_small_cells_only) != []
    assert _singled_out([*many, one], keys_of, breakdown) == []


def test_the_search_finds_what_overlapping_cells_give_away() -> None:
    both = _of(9, violations=frozenset(VIOLATIONS[:2]))
    first = [_of(who) for who in range(3)]
    second = [_of(who, violations=frozenset({VIOLATIONS[1]})) for who in range(3)]
    findings = [*first, *second, both]
    assert {9} in _singled_out(findings, by_violation, _merging_small_cells_only)
    assert _singled_out(findings, by_violation, breakdown) == []


def test_a_cell_of_three_participants_stands() -> None:
    findings = [_of(who, signal_type=type) for type in (SignalType.URL, SignalType.DOMAIN) for who in range(3)]
    assert [cell.key for cell in breakdown(findings, by_type)] == ["DOMAIN", "URL"]


def test_small_cells_are_merged_into_other() -> None:
    classes = [CLASSES[0]] * 3 + [CLASSES[1]] * 2 + [CLASSES[2]]
    findings = [_of(who, reporter_class=kind) for who, kind in enumerate(classes)]
    cells = breakdown(findings, by_class)
    assert [(cell.key, cell.funnel.matched) for cell in cells] == [("CONTRIBUTOR_CONSUMER", 3), (OTHER, 3)]


def test_other_takes_in_the_next_smallest_cell_until_it_rests_on_three() -> None:
    classes = [CLASSES[0]] * 4 + [CLASSES[1]] * 3 + [CLASSES[2]]
    findings = [_of(who, reporter_class=kind) for who, kind in enumerate(classes)]
    cells = breakdown(findings, by_class)
    assert [(cell.key, cell.funnel.matched) for cell in cells] == [("CONTRIBUTOR_CONSUMER", 4), (OTHER, 4)]


def test_one_cell_is_left_where_all_fall_in() -> None:
    findings = [_of(0), _of(1, reporter_class=CLASSES[1])]
    assert [(cell.key, cell.funnel.matched) for cell in breakdown(findings, by_class)] == [(OTHER, 2)]
    assert breakdown([], by_class) == []


def test_much_feedback_of_one_participant_is_no_large_cell() -> None:
    findings = [_of(0, count=1_000), *(_of(who, reporter_class=CLASSES[1]) for who in range(1, 4))]
    assert [cell.key for cell in breakdown(findings, by_class)] == [OTHER]


def test_the_funnel_narrows() -> None:
    acted = {A.ACCOUNT_REMOVED: 3, A.NO_ACTION: 1}
    counts = funnel([_of(0, verdict=v) for v in V] + [_of(1, verdict=V.CONFIRMED_VIOLATION, actions=acted, count=2)])
    assert (counts.downloaded, counts.matched, counts.reviewed, counts.actionable) == (10, 7, 5, 3)
    assert counts.already_actioned == 2
    assert counts.actions == {A.ACCOUNT_REMOVED: 6, A.NO_ACTION: 2}


@given(st.lists(st.builds(_of, st.integers(0, 5), verdict=st.sampled_from(Verdict), count=st.integers(1, 9))))
def test_no_number_of_the_funnel_exceeds_the_one_that_it_is_a_part_of(findings: list[Findings]) -> None:
    counts = funnel(findings)
    assert counts.downloaded >= counts.matched >= counts.reviewed >= counts.actionable
    assert counts.matched >= counts.already_actioned


def test_a_period_covers_whole_days() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    period = Period.covering(noon, noon + timedelta(minutes=1))
    assert period == Period(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))
    assert Period.covering(period.since, period.until) == period


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=400, seconds=1)])
def test_a_period_is_neither_empty_nor_longer_than_400_days(length: timedelta) -> None:
    begin = datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        Period.covering(begin, begin + length)


def test_a_report_has_exact_totals_beside_its_breakdowns() -> None:
    period = Period.covering(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))
    report = rules.impact(period, [_of(0, count=7)])
    assert report.total.matched == 7
    assert [cell.key for cell in (*report.by_signal_type, *report.by_violation)] == [OTHER, OTHER]
