"""Labels: what goes together, and that every word is explained."""

from typing import Any

import pytest

from app.errors import InvalidInput
from app.rules.label_descriptions import DESCRIPTIONS, describe
from app.rules.labels import Annotation, ContentGrade, Handling, Labels, Severity, SubjectRole, check_labels
from app.rules.signal_types import FACTS, LEVEL_DESCRIPTIONS, Level, SignalType, facts
from app.rules.violations import VIOLATION_TEXTS, Violation

GROOMING, SEXTORTION = Violation.ONLINE_ENTICEMENT_GROOMING, Violation.SEXTORTION_FINANCIAL
HASH, DOMAIN, EMAIL = SignalType.HASH_SHA256, SignalType.DOMAIN, SignalType.EMAIL_ADDRESS


def labels(**changes: Any) -> Labels:
    return Labels(**{"violations": (GROOMING,), "severity": Severity.LOW, "confidence": 50, **changes})


REFUSED = [
    (HASH, {"violations": ()}, "violations", "VIOLATION_REQUIRED"),
    (HASH, {"confidence": 0}, "confidence", "OUT_OF_RANGE"),
    (HASH, {"confidence": 100}, "confidence", "OUT_OF_RANGE"),
    (HASH, {"annotations": (Annotation.MINOR_TO_MINOR,)}, "annotations", "SECOND_REVIEWER_REQUIRED"),
    (HASH, {"annotations": (Annotation.POSSIBLE_SELF_PRODUCTION,)}, "annotations", "SECOND_REVIEWER_REQUIRED"),
    (DOMAIN, {"content_grade": ContentGrade.UNGRADED}, "contentGrade", "GRADE_NEEDS_HASH"),
    (EMAIL, {"handling": Handling.GREEN}, "handling", "HANDLING_TOO_OPEN"),
    (EMAIL, {"handling": Handling.CLEAR}, "handling", "HANDLING_TOO_OPEN"),
    (EMAIL, {"subject_role": SubjectRole.VICTIM}, "subjectRole", "PROTECTED_SUBJECT"),
    (DOMAIN, {"subject_role": SubjectRole.MINOR}, "subjectRole", "PROTECTED_SUBJECT"),
]

ACCEPTED = [
    (HASH, {"confidence": 1}),
    (HASH, {"confidence": 99}),
    (HASH, {"content_grade": ContentGrade.A1, "subject_role": SubjectRole.VICTIM}),
    (DOMAIN, {"handling": Handling.CLEAR}),
    (EMAIL, {"handling": Handling.RED, "subject_role": SubjectRole.SUSPECT}),
    (EMAIL, {"annotations": (Annotation.SPAM,)}),
]


@pytest.mark.parametrize(("type", "changes", "field", "reason"), REFUSED)
def test_labels_that_do_not_go_together_are_refused(
    type: SignalType, changes: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_labels(type, labels(**changes))
    assert (refused.value.field, refused.value.reason) == (field, reason)


@pytest.mark.parametrize(("type", "changes"), ACCEPTED)
def test_labels_that_go_together_are_kept(type: SignalType, changes: dict[str, Any]) -> None:
    assert check_labels(type, labels(**changes)) == labels(**changes)


def test_duplicates_are_folded_and_the_order_given_does_not_count() -> None:
    one = check_labels(HASH, labels(violations=(SEXTORTION, GROOMING, SEXTORTION)))
    assert one == check_labels(HASH, labels(violations=(GROOMING, SEXTORTION)))
    assert one.violations == (GROOMING, SEXTORTION)


def test_severities_are_ranked_from_info_to_imminent_harm() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3, 4]
    assert [Severity.of_rank(rank) for rank in range(5)] == list(Severity)
    with pytest.raises(ValueError, match="no such severity"):
        Severity.of_rank(-1)


def test_every_word_has_a_description_of_its_own() -> None:
    texts = [describe(word) for vocabulary in DESCRIPTIONS for word in vocabulary]
    texts += [text for told in VIOLATION_TEXTS.values() for text in (told.meaning, told.example, told.do_not)]
    texts += [fact.description for fact in FACTS.values()] + [*LEVEL_DESCRIPTIONS.values()]
    assert len(texts) == len(set(texts))
    assert min(map(len, texts)) >= 15


def test_a_description_says_more_than_the_name() -> None:
    for vocabulary in DESCRIPTIONS:
        for word in vocabulary:
            assert word.replace("_", " ").casefold() != describe(word).casefold().rstrip(".")


def test_people_are_kept_shorter_than_files_and_only_what_can_be_tried_out_is_enumerable() -> None:
    assert {type for type in SignalType if facts(type).is_enumerable} == {
        SignalType.PHONE_NUMBER,
        SignalType.IP_ADDRESS,
    }
    longest_person = max(fact.retention for fact in FACTS.values() if fact.level is Level.PERSON)
    assert all(longest_person < facts(type).retention for type in SignalType if facts(type).is_hash)
