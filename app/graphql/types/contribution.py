"""Contributions as clients see them."""

from datetime import datetime

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.reads import Shown
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
from app.rules.sealing import opened
from app.rules.signal_types import SignalType
from app.store import contributions, participants, signals
from app.store.tables.contribution import ContributionRow


@federation.type(
    keys=["id"],
    requires_scopes=[["signals:read"]],
    description="One participant's statement about one signal.",
)
class Contribution(Shown, Node):
    kept = contributions.by_ids
    row: strawberry.Private[ContributionRow]

    id: strawberry.ID = reads.id(ids.Prefix.CONTRIBUTION, "Id of the contribution; a new one after each retraction.")
    version: int = reads.column(
        "Raised by one with each change of the contribution, except of its groups alone; starts at 1."
    )
    status: ContributionStatus = reads.column("Where it stands in its life.")
    signal_type: SignalType = reads.column("Type of the signal that it speaks of.")
    violations: list[Violation] = reads.column("Which policies were violated; at least one.")
    violations_version: int = reads.column(
        "Version of the meanings of the violations when its contributor last named them."
    )
    annotations: list[Annotation] = reads.column("Circumstances that reviewers should know of.")
    severity: Severity = reads.rank("How grave its contributor holds the activity to be.")
    confidence: int = reads.column("How sure its contributor is, 1 to 99; bands: 25, 50, 75.")
    precision: Precision = reads.column("How few false positives its contributor expects.")
    handling: Handling = reads.column("How far its contributor lets it be passed on.")
    review_status: ReviewStatus = reads.column("Whether its contributor had somebody look at it.")
    content_grade: ContentGrade | None = reads.column("Industry classification, for hashes only.")
    subject_role: SubjectRole = reads.column("What part the subject plays.")
    media_type: str | None = reads.column("Media type of the file behind a hash, such as image/jpeg.")
    observed_at: datetime | None = reads.column("When the activity was seen, UTC.")
    expires_at: datetime = reads.column("When it ends unless renewed, UTC; capped by the retention.")
    created_at: datetime = reads.column("When its contributor first uploaded it, UTC.")
    updated_at: datetime = reads.column("When it last changed, UTC; a change of its groups alone does not count.")
    program_wide: bool = reads.column("Whether every active participant may see it.")
    retraction_reason: RetractionReason | None = reads.column("Why it was withdrawn, if it was.")

    contributor: Participant | None = reads.one(participants.by_ids, "participant_id", "Who made this statement.")
    signal: Signal | None = reads.one(
        signals.by_ids, "signal_id", "The signal; null once it is out of your sight or erased."
    )
    audience_groups: list[strawberry.ID] | None = reads.id_list(
        ids.Prefix.GROUP,
        "Groups that may see it, for its contributor alone; null for everybody else.",
        "audience_groups",
        only_for="participant_id",
    )
    context: str | None = reads.sealed("What its contributor adds in words, up to 4,000 characters.", "sealed_context")

    @reads.way("own_value", description="The value in clear, for its contributor alone; null for everybody else.")
    async def value(self, info: Info) -> str | None:
        if self.row.participant_id != info.context.actor.participant_id:
            return None
        signal = await info.context.loaders.one(signals.by_ids).load(self.row.signal_id)
        return None if signal is None else opened(info.context.keyring, signal.row.sealed_value, signal.row.id)
