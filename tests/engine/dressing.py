"""Fills what played worlds leave empty: columns that may be null, texts that are hard to write, times to the digit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.auth_methods import AuthMethod
from app.rules.cases import CaseDisposition, CaseStatus
from app.rules.ids import Prefix, shown
from app.rules.keyring import Keyring
from app.rules.labels import Annotation, ContentGrade, Precision, ReviewStatus, SubjectRole, Violation
from app.rules.sealing import seal, seal_optional
from app.rules.signal_types import SignalType
from app.rules.verdicts import EnforcementAction, VerdictReason
from app.store.tables.case import CaseEventRow, CaseMemberRow, CaseNoteRow, CaseRow, CaseSignalRow
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackRow, FeedbackVersionRow, Finding, VictimReportRow
from app.store.tables.link import LinkRow
from app.store.tables.participant import ApiClientRow, ParticipantRow, SharingGroupRow
from app.store.tables.person import PersonRow
from app.store.tables.record import AccessRecordRow
from app.store.tables.signal import SignalRow
from app.store.tables.trusted_document import TrustedDocumentRow
from tests.oracle.facts import Participant

T = TypeVar("T")

# When something was made, changed or done: what lists are ordered by, and what nobody is judged by.
_TIMES = (
    "created_at",
    "updated_at",
    "joined_at",
    "added_at",
    "recorded_at",
    "decided_at",
    "secret_rotated_at",
    "retired_at",
)

# Everything that JSON, SQL or a template could read wrongly. U+0000 is no text of PostgreSQL's.
TEXTS = (
    "",
    " ",
    "plain words",
    'it\'s "quoted" and \\ back\\\\slashed\\',
    '"',
    "\\",
    "'; DROP TABLE signal; --",
    "\x01\x07\b\t\n\r\x0b\x0c\x1b\x1f\x7f\x80\x9f",
    "\u2028\u2029\ufeff\u200b\u202e\ufffd\uffff",
    "\U0001f33f\U0010ffff\U00010000 astral",
    "e\u0301 \u00e9 \ud7ff \ue000",
    "null",
    "{}[],:%s$1:name%(x)s{{x}}",
    "</script>&amp;<!--",
    "\\u0041\\n\\ud83c",
    "x" * 20_000,
    '\U0001f33f"\\\n' * 3_000,
)
MOMENTS = (
    datetime(1990, 1, 1, tzinfo=UTC),
    datetime(2199, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2026, 6, 30, 12, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 6, 30, 12, 0, 0, 100_000, tzinfo=UTC),
    datetime(2026, 6, 30, 12, 34, 56, 123_456, tzinfo=UTC),
    datetime(2026, 2, 28, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
)
GREATEST = 2**31 - 1


@dataclass(frozen=True)
class Dresser:
    """Chooses by chance: among these texts, null for such a share of what may be null. When `extreme`, also what the
    services decide, such as when something was made: then the lists stand in another order."""

    rng: Random
    keyring: Keyring
    texts: Sequence[str] = TEXTS
    nulls: float = 0.35
    extreme: bool = False

    def text(self) -> str:
        return self.rng.choice(self.texts)

    def maybe(self, draw: Callable[[], T]) -> T | None:
        return None if self.rng.random() < self.nulls else draw()

    def moment(self) -> datetime:
        return self.rng.choice(MOMENTS)

    def several(self, among: Sequence[T]) -> list[T]:
        return self.rng.sample(among, self.rng.choice((0, 1, 2, len(among))))

    def sealed(self, owner: UUID) -> bytes:
        return seal(self.keyring, self.text(), owner)

    def sealed_or_none(self, owner: UUID) -> bytes | None:
        return seal_optional(self.keyring, self.maybe(self.text), owner)

    def actions(self) -> dict[str, Any]:
        chosen = self.several(list(EnforcementAction))
        return {str(action): self.rng.choice((1, 7, 1_000_000, GREATEST)) for action in chosen}


async def dress(owner: AsyncEngine, dresser: Dresser) -> None:
    """All rows of a world; who sees them does not change by it."""
    async with AsyncSession(owner) as session, session.begin():
        for table, change in _CHANGES.items():
            for row in await session.scalars(select(table).order_by(*table.__table__.primary_key)):
                change(dresser, row)
                if dresser.extreme:
                    _make_extreme(dresser, row)


_WITH_SECRET: dict[str, Any] = {"secret_digest": b""}
_WITH_KEYS: dict[str, Any] = {
    "auth_method": AuthMethod.PRIVATE_KEY_JWT,
    "public_keys": [{"kty": "EC", "kid": 'a "key" \\ of é'}, {"kty": "OKP", "kid": "another"}],
    "requires_dpop": True,
    "changes_acknowledged_at": MOMENTS[1],
}


async def shut_out_clients(owner: AsyncEngine, people: Sequence[Participant], rng: Random) -> list[str]:
    """The ids of further clients, one for each of these, with which nobody can ask any more."""
    made = []
    async with AsyncSession(owner) as session, session.begin():
        for who in people:
            id = UUID(int=rng.getrandbits(128), version=4)
            moments = {"created_at": MOMENTS[0], "secret_rotated_at": MOMENTS[3], "disabled_at": rng.choice(MOMENTS)}
            way = rng.choice((_WITH_SECRET, _WITH_KEYS))
            session.add(ApiClientRow(id=id, participant_id=who.id, name="Old", scopes=[], **way, **moments))
            made.append(shown(Prefix.CLIENT, id))
    return made


def _make_extreme(dresser: Dresser, row: Any) -> None:
    for name in _TIMES:
        if getattr(row, name, None) is not None:
            setattr(row, name, dresser.moment())
    if isinstance(row, ContributionRow):
        row.violations = dresser.rng.sample(list(Violation), dresser.rng.choice((1, 2, len(Violation))))
        row.version, row.severity = dresser.rng.choice((1, GREATEST)), dresser.rng.choice((0, 4))
        row.confidence = dresser.rng.choice((1, 99))
        strangers = [UUID(int=dresser.rng.getrandbits(128)) for _ in range(dresser.rng.choice((0, 1, 300)))]
        row.audience_groups = [*row.audience_groups, *strangers]
    if isinstance(row, FeedbackRow):
        row.version = dresser.rng.choice((1, GREATEST))


def _signal(dresser: Dresser, row: SignalRow) -> None:
    """Its value stays one of its type, as it could not be masked else: keywords alone are any text."""
    if not dresser.extreme:
        return
    row.qualifier = dresser.maybe(dresser.text) or ""
    if row.type == SignalType.KEYWORD:
        row.sealed_value = dresser.sealed(row.id)


def _link(dresser: Dresser, row: LinkRow) -> None:
    row.confidence = dresser.rng.choice((1, 50, 99))


def _contribution(dresser: Dresser, row: ContributionRow) -> None:
    row.annotations = dresser.several(list(Annotation))
    row.precision = dresser.rng.choice(list(Precision))
    row.review_status = dresser.rng.choice(list(ReviewStatus))
    row.content_grade = dresser.maybe(lambda: dresser.rng.choice(list(ContentGrade)))
    row.subject_role = dresser.rng.choice(list(SubjectRole))
    row.media_type = dresser.maybe(dresser.text)
    row.observed_at = dresser.maybe(dresser.moment)
    row.sealed_context = dresser.sealed_or_none(row.id)
    row.violations_version = dresser.rng.choice((1, 32_767))


def _finding(dresser: Dresser, row: Finding, owner: UUID) -> None:
    row.reason = dresser.maybe(lambda: dresser.rng.choice(list(VerdictReason)))
    row.review_status = dresser.rng.choice(list(ReviewStatus))
    row.reviewed_at = dresser.maybe(dresser.moment)
    row.sealed_reviewer_role = dresser.sealed_or_none(owner)
    row.sealed_policy_reference = dresser.sealed_or_none(owner)
    row.sealed_note = dresser.sealed_or_none(owner)
    row.actions = dresser.actions()


def _feedback(dresser: Dresser, row: FeedbackRow) -> None:
    _finding(dresser, row, row.id)


def _feedback_version(dresser: Dresser, row: FeedbackVersionRow) -> None:
    _finding(dresser, row, row.feedback_id)


def _case(dresser: Dresser, row: CaseRow) -> None:
    row.sealed_title = dresser.sealed(row.id)
    row.sealed_summary = dresser.sealed_or_none(row.id)


def _note(dresser: Dresser, row: CaseNoteRow) -> None:
    row.sealed_text = dresser.sealed(row.id)


def _record(dresser: Dresser, row: AccessRecordRow) -> None:
    row.sealed_purpose_text = dresser.sealed(row.id)


def _event(dresser: Dresser, row: CaseEventRow) -> None:
    row.status = dresser.maybe(lambda: dresser.rng.choice(list(CaseStatus)))
    row.disposition = dresser.maybe(lambda: dresser.rng.choice(list(CaseDisposition)))


def _left_alone(_: Dresser, __: Any) -> None:
    """Only its times are changed."""


def _named(dresser: Dresser, row: ParticipantRow | SharingGroupRow | ApiClientRow) -> None:
    row.name = dresser.text()


def _person(dresser: Dresser, row: PersonRow) -> None:
    """Its roles stay: they decide what it may ask."""
    row.sealed_email, row.sealed_name = dresser.sealed(row.id), dresser.sealed(row.id)
    row.link_expires_at = dresser.maybe(dresser.moment)


_CHANGES: dict[Any, Callable[[Dresser, Any], None]] = {
    ContributionRow: _contribution,
    FeedbackRow: _feedback,
    FeedbackVersionRow: _feedback_version,
    CaseRow: _case,
    CaseNoteRow: _note,
    AccessRecordRow: _record,
    LinkRow: _link,
    SignalRow: _signal,
    CaseMemberRow: _left_alone,
    CaseSignalRow: _left_alone,
    CaseEventRow: _event,
    VictimReportRow: _left_alone,
    ParticipantRow: _named,
    SharingGroupRow: _named,
    ApiClientRow: _named,
    TrustedDocumentRow: _left_alone,
    PersonRow: _person,
}
