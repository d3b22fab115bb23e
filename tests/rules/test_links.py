"""Links as rules: the one form of an assertion, and what is refused before anything is looked up (R5)."""

from uuid import UUID

import pytest

from app.errors import InvalidInput
from app.rules.links import SYMMETRIC, Assertion, LinkDraft, Relation, check, check_network

LOW, HIGH = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("relation", Relation)
def test_only_a_symmetric_relation_is_the_same_link_when_it_is_turned_round(relation: Relation) -> None:
    there, back = LinkDraft(LOW, HIGH, relation), LinkDraft(HIGH, LOW, relation)
    assert there.assertion == Assertion(LOW, HIGH, relation)
    assert (there.assertion == back.assertion) == (relation in SYMMETRIC)


def test_the_symmetric_relations_are_those_of_the_domain() -> None:
    assert {r for r in Relation if r.startswith("SAME_") or r is Relation.COMMUNICATES_WITH} == SYMMETRIC


@pytest.mark.parametrize("confidence", [-1, 0, 100, 2**31 - 1])
def test_a_confidence_that_is_none_is_refused(confidence: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(LinkDraft(LOW, HIGH, Relation.SAME_ACTOR, confidence))
    assert (refused.value.field, refused.value.reason) == ("confidence", "OUT_OF_RANGE")


@pytest.mark.parametrize("confidence", [1, 99])
def test_the_confidences_at_the_border_are_accepted(confidence: int) -> None:
    check(LinkDraft(LOW, HIGH, Relation.SAME_ACTOR, confidence))


def test_a_signal_cannot_be_linked_to_itself() -> None:
    with pytest.raises(InvalidInput) as refused:
        check(LinkDraft(LOW, LOW, Relation.REDIRECTS_TO))
    assert refused.value.reason == "EQUAL_ENDS"


@pytest.mark.parametrize(
    ("depth", "limit", "field"), [(0, 1, "depth"), (4, 1, "depth"), (1, 0, "limit"), (3, 501, "limit")]
)
def test_a_network_beyond_its_limits_is_refused(depth: int, limit: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_network(depth, limit)
    assert refused.value.field == field


def test_the_smallest_and_the_largest_network_are_accepted() -> None:
    check_network(1, 1)
    check_network(3, 500)
