"""Feedback of the data set, as `recordFeedback` writes it: the finding, its history and what it refers to."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from uuid import UUID

import orjson

from app.rules import feedback as rules
from app.rules.feedback import FeedbackDraft, told_moment
from app.rules.keyring import Keyring
from app.rules.labels import ReviewStatus
from app.rules.sealing import seal_optional
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from tests.bench.people import Person, random_id
from tests.bench.shape import VERDICTS
from tests.bench.statements import Row, Stated

_ROLE = "Child safety investigator"
_POLICY = "Child safety policy, 2.3"


def draft(signal_id: UUID, verdict: Verdict, moment: datetime) -> FeedbackDraft:
    """What a careful participant says with this verdict."""
    reviewed = verdict in (Verdict.CONFIRMED_VIOLATION, Verdict.NOT_VIOLATING_HERE, Verdict.FALSE_POSITIVE)
    acts = verdict is Verdict.CONFIRMED_VIOLATION
    made = FeedbackDraft(
        signal_id=signal_id,
        verdict=verdict,
        reason=VerdictReason.SHARED_OR_COMMON_VALUE if verdict is Verdict.FALSE_POSITIVE else None,
        review_status=ReviewStatus.REVIEWED_MANUALLY if reviewed else ReviewStatus.UNREVIEWED,
        reviewed_at=moment if reviewed else None,
        reviewer_role=_ROLE if acts else None,
        policy_reference=_POLICY if acts else None,
        actions=((EnforcementAction.ACCOUNT_REMOVED, 1),) if acts else (),
    )
    return rules.ready(made, moment)


class Findings:
    """Draws feedback of one data set."""

    def __init__(self, rng: Random, keyring: Keyring) -> None:
        self._rng, self._keyring = rng, keyring
        self._verdicts, self._weights = list(VERDICTS), list(VERDICTS.values())

    def verdict(self) -> Verdict:
        return self._rng.choices(self._verdicts, self._weights)[0]

    def rows(
        self, author: Person, type: SignalType, about: tuple[UUID, Sequence[Stated]], moment: datetime
    ) -> tuple[Row, Row, list[Row]]:
        """The row of the feedback, of its version, and of the references; `about` is a signal and what others say."""
        signal_id, others = about
        id, said = random_id(self._rng), draft(signal_id, self.verdict(), moment)
        finding = (
            *(said.verdict, said.reason, said.review_status, said.reviewed_at),
            *(
                seal_optional(self._keyring, text, id)
                for text in (said.reviewer_role, said.policy_reference, said.note)
            ),
            orjson.dumps({action.value: count for action, count in said.actions}).decode(),
        )
        told = told_moment(moment)
        references = [(id, s.id, s.row[5], s.contributor.id, author.id, said.verdict, type, told) for s in others]
        return (
            (id, moment, *finding, author.id, signal_id, type, 1, moment),
            (*finding, id, 1, author.id, moment),
            references,
        )
