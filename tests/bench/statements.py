"""Rows of signals and of what participants say about them, as an upload writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from app.rules import tags
from app.rules.keyring import Keyring
from app.rules.labels import (
    VIOLATIONS_VERSION,
    Annotation,
    ContentGrade,
    ContributionStatus,
    Handling,
    Labels,
    Precision,
    RetractionReason,
    ReviewStatus,
    Severity,
    SubjectRole,
    Violation,
    check_labels,
)
from app.rules.normal_forms import NORMALISER_VERSION, Canonical, match_keys
from app.rules.sealing import seal
from app.rules.signal_types import Level, SignalType, facts
from tests.bench.people import Person, random_id
from tests.bench.shape import FOR_GROUPS, WITH_CONTEXT
from tests.bench.values import WORDS

Row = tuple[Any, ...]

_LABEL_SETS = 400
_ANNOTATIONS = (Annotation.GENERATIVE_AI, Annotation.VIRAL, Annotation.LIVE_STREAMING, Annotation.SPAM)


@dataclass(frozen=True, slots=True)
class Stated:
    """A contribution: its row, and what others' rows repeat of it."""

    row: Row
    id: UUID
    contributor: Person
    program_wide: bool
    groups: Sequence[UUID]


class Statements:
    """Draws the rows of one data set; the same seed gives the same rows, apart from nonces."""

    def __init__(self, rng: Random, keyring: Keyring) -> None:
        self._rng, self._keyring = rng, keyring
        self._labels = {type: [self._drawn_labels(type) for _ in range(_LABEL_SETS)] for type in SignalType}

    def signal(self, form: Canonical, moment: datetime) -> Row:
        id, ring = random_id(self._rng), self._keyring
        sealed = seal(ring, form.value, id)
        tag = tags.signal_tag(ring, form)
        versions = (ring.tags.newest, NORMALISER_VERSION)
        return (id, moment, form.type, form.qualifier, tag, *versions, sealed, ring.encryption.newest, False)

    def keys(self, id: UUID, form: Canonical) -> list[Row]:
        return [(id, tags.loose_tag(self._keyring, form.type, key)) for key in match_keys(form)]

    def contribution(self, signal_id: UUID, form: Canonical, contributor: Person, moment: datetime) -> Stated:
        rng, type, id = self._rng, form.type, random_id(self._rng)
        groups = [rng.choice(contributor.groups)] if contributor.groups and rng.random() < FOR_GROUPS else []
        context = None
        if rng.random() < WITH_CONTEXT:
            context = seal(self._keyring, f"Seen beside {rng.choice(WORDS)} and {rng.choice(WORDS)}, twice.", id)
        row = (
            *(id, moment, signal_id, type, contributor.id, 1, 1, ContributionStatus.ACTIVE, not groups, groups),
            *(False, False),
            *rng.choice(self._labels[type]),
            "image/jpeg" if type is SignalType.HASH_PDQ else None,
            context,
            moment if type is SignalType.IP_ADDRESS else None,
            *(moment + facts(type).retention, moment, None, None),
        )
        return Stated(row, id, contributor, not groups, groups)

    def _drawn_labels(self, type: SignalType) -> Row:
        """The columns from the violations to the subject's role."""
        rng, about = self._rng, facts(type)
        handling = [Handling.AMBER] * 6 + [Handling.AMBER_STRICT, Handling.RED]
        if about.level is Level.CONTENT:
            handling += [Handling.GREEN, Handling.CLEAR]
        made = check_labels(
            type,
            Labels(
                violations=tuple(rng.sample(list(Violation), rng.choices((1, 2, 3), (70, 25, 5))[0])),
                severity=rng.choices(list(Severity), (5, 20, 40, 30, 5))[0],
                confidence=rng.randint(20, 99),
                annotations=tuple(rng.sample(_ANNOTATIONS, rng.choices((0, 1, 2), (80, 17, 3))[0])),
                content_grade=rng.choice(list(ContentGrade)) if about.is_hash else None,
                precision=rng.choice(list(Precision)),
                review_status=rng.choices(list(ReviewStatus), (10, 5, 15, 70))[0],
                handling=rng.choice(handling),
                subject_role=rng.choice((SubjectRole.SUSPECT, SubjectRole.UNKNOWN)),
            ),
        )
        return (
            *(list(made.violations), VIOLATIONS_VERSION, list(made.annotations), made.severity.rank, made.confidence),
            *(made.precision, made.handling, made.review_status, made.content_grade, made.subject_role),
        )


def retracted(stated: Stated, moment: datetime) -> Row:
    """The row once its contributor has taken the contribution back."""
    row = list(stated.row)
    row[5], row[7] = 2, ContributionStatus.RETRACTED
    row[-6], row[-3], row[-2], row[-1] = None, moment, moment, RetractionReason.ERROR
    return tuple(row)
