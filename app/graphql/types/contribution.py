"""Contributions as clients see them."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.types.base import Node
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids
from app.rules.labels import (
    Annotation,
    ContentGrade,
    ContributionStatus,
    Handling,
    Precision,
    RetractionReason,
    ReviewStatus,
    Severity,
    SubjectRole,
    Violation,
)
from app.rules.sealing import opened_optional
from app.rules.signal_types import SignalType
from app.store.tables.contribution import ContributionRow


@federation.type(
    keys=["id"],
    requires_scopes=[["signals:read"]],
    description="One participant's statement about one signal.",
)
class Contribution(Node):
    row: strawberry.Private[ContributionRow]

    id: strawberry.ID = strawberry.field(description="Id of the contribution; a new one after each retraction.")
    version: int = strawberry.field(
        description="Raised by one with each change of the contribution, except of its groups alone; starts at 1."
    )
    status: ContributionStatus = strawberry.field(description="Where it stands in its life.")
    signal_type: SignalType = strawberry.field(description="Type of the signal that it speaks of.")
    violations: list[Violation] = strawberry.field(description="Which policies were violated; at least one.")
    violations_version: int = strawberry.field(
        description="Version of the meanings of the violations when its contributor last named them."
    )
    annotations: list[Annotation] = strawberry.field(description="Circumstances that reviewers should know of.")
    severity: Severity = strawberry.field(description="How grave its contributor holds the activity to be.")
    confidence: int = strawberry.field(description="How sure its contributor is, 1 to 99; bands: 25, 50, 75.")
    precision: Precision = strawberry.field(description="How few false positives its contributor expects.")
    handling: Handling = strawberry.field(description="How far its contributor lets it be passed on.")
    review_status: ReviewStatus = strawberry.field(description="Whether its contributor had somebody look at it.")
    content_grade: ContentGrade | None = strawberry.field(description="Industry classification, for hashes only.")
    subject_role: SubjectRole = strawberry.field(description="What part the subject plays.")
    media_type: str | None = strawberry.field(description="Media type of the file behind a hash, such as image/jpeg.")
    observed_at: datetime | None = strawberry.field(description="When the activity was seen, UTC.")
    expires_at: datetime = strawberry.field(description="When it ends unless renewed, UTC; capped by the retention.")
    created_at: datetime = strawberry.field(description="When its contributor first uploaded it, UTC.")
    updated_at: datetime = strawberry.field(
        description="When it last changed, UTC; a change of its groups alone does not count."
    )
    program_wide: bool = strawberry.field(description="Whether every active participant may see it.")
    retraction_reason: RetractionReason | None = strawberry.field(description="Why it was withdrawn, if it was.")

    @strawberry.field(description="Who made this statement.")
    async def contributor(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.participant_id)

    @strawberry.field(description="The signal; null once it is out of your sight or erased.")
    async def signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.signal_id)

    @strawberry.field(description="The value in clear, for its contributor alone; null for everybody else.")
    async def value(self, info: Info) -> str | None:
        if self.row.participant_id != info.context.actor.participant_id:
            return None
        signal = await info.context.loaders.signal.load(self.row.signal_id)
        return None if signal is None else signal.form.value

    @strawberry.field(description="Groups that may see it, for its contributor alone; null for everybody else.")
    def audience_groups(self, info: Info) -> list[strawberry.ID] | None:
        if self.row.participant_id != info.context.actor.participant_id:
            return None
        return [strawberry.ID(ids.shown(ids.Prefix.GROUP, group)) for group in self.row.audience_groups]

    @strawberry.field(description="What its contributor adds in words, up to 4,000 characters.")
    def context(self, info: Info) -> str | None:
        return opened_optional(info.context.keyring, self.row.sealed_context, self.row.id)

    @classmethod
    def of(cls, row: ContributionRow) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(ids.shown(ids.Prefix.CONTRIBUTION, row.id)),
            version=row.version,
            status=ContributionStatus(row.status),
            signal_type=SignalType(row.signal_type),
            violations=[Violation(v) for v in row.violations],
            violations_version=row.violations_version,
            annotations=[Annotation(a) for a in row.annotations],
            severity=Severity.of_rank(row.severity),
            confidence=row.confidence,
            precision=Precision(row.precision),
            handling=Handling(row.handling),
            review_status=ReviewStatus(row.review_status),
            content_grade=None if row.content_grade is None else ContentGrade(row.content_grade),
            subject_role=SubjectRole(row.subject_role),
            media_type=row.media_type,
            observed_at=row.observed_at,
            expires_at=row.expires_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
            program_wide=row.program_wide,
            retraction_reason=None if row.retraction_reason is None else RetractionReason(row.retraction_reason),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Contribution | None":
        return await info.context.loaders.contribution.load(id)
