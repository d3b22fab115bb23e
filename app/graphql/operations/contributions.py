"""The life of one's own contributions."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import EACH, OF_ROWS, rows_of
from app.graphql.operations.fields import bounded, listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.base import Connection
from app.graphql.types.contribution import Contribution
from app.graphql.types.problem import Conflict, Forbidden, InvalidInput, NotFound
from app.graphql.types.upload import audience_of
from app.rules import ids
from app.rules.drafts import MAX_AUDIENCE_GROUPS, MAX_CONTEXT_LENGTH
from app.rules.ids import Prefix
from app.rules.labels import (
    CONFIDENCE_MAX,
    CONFIDENCE_MIN,
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
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.scopes import Scope
from app.services import contributions
from app.services.contributions import Revision
from app.store.contributions import OwnFilter

_TUPLES = ("violations", "annotations")


@strawberry.input(description="What to change of a contribution of yours; what is left off stays as it is.")
class UpdateContributionInput:
    contribution_id: strawberry.ID = strawberry.field(description="Which of your contributions to change.")
    violations: list[Violation] | None = strawberry.field(
        default=strawberry.UNSET, description="The violations that it names from now on; at least one."
    )
    annotations: list[Annotation] | None = strawberry.field(
        default=strawberry.UNSET, description="The circumstances that it names from now on; may be empty."
    )
    severity: Severity | None = strawberry.field(default=strawberry.UNSET, description="How grave you hold it now.")
    confidence: int | None = strawberry.field(
        default=strawberry.UNSET, description=f"How sure you are now, {CONFIDENCE_MIN} to {CONFIDENCE_MAX}."
    )
    precision: Precision | None = strawberry.field(
        default=strawberry.UNSET, description="How few false positives you expect by now."
    )
    handling: Handling | None = strawberry.field(
        default=strawberry.UNSET, description="How far it may be passed on from now on."
    )
    review_status: ReviewStatus | None = strawberry.field(
        default=strawberry.UNSET, description="Who looked at it by now; nothing replaces a manual review but another."
    )
    subject_role: SubjectRole | None = strawberry.field(
        default=strawberry.UNSET, description="What part the subject plays, as you know by now."
    )
    content_grade: ContentGrade | None = strawberry.field(
        default=strawberry.UNSET, description="The industry classification by now; null takes it away."
    )
    context: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"Your words for reviewers, up to {MAX_CONTEXT_LENGTH:,} characters; null takes them away.",
    )
    audience_groups: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The groups that may see it from now on, up to {MAX_AUDIENCE_GROUPS}; null is the whole program.",
    )

    def revision(self) -> Revision:
        given = {name: value for name in _LABELS if (value := getattr(self, name)) is not strawberry.UNSET}
        stated = {name: value for name, value in given.items() if value is not None or name == "content_grade"}
        labels: dict[str, Any] = {n: tuple(v) if n in _TUPLES else v for n, v in stated.items()}
        return Revision(
            id=ids.read_or_nothing(Prefix.CONTRIBUTION, self.contribution_id),
            labels=labels,
            audience=None if self.audience_groups is strawberry.UNSET else audience_of(self.audience_groups),
            context=None if self.context is strawberry.UNSET else self.context or "",
        )


_LABELS = (
    *_TUPLES,
    "severity",
    "confidence",
    "precision",
    "handling",
    "review_status",
    "subject_role",
    "content_grade",
)


@strawberry.input(description="A contribution of yours to withdraw.")
class RetractContributionInput:
    contribution_id: strawberry.ID = strawberry.field(description="Which contribution to withdraw.")
    reason: RetractionReason = strawberry.field(description="Why you withdraw it; kept with the record.")


@strawberry.input(description="Several contributions of yours to withdraw for one reason.")
class RetractContributionsInput:
    contribution_ids: list[strawberry.ID] = strawberry.field(
        description=f"Which contributions to withdraw, 1 to {MAX_LIST_ITEMS:,}.", directives=[EACH]
    )
    reason: RetractionReason = strawberry.field(description="Why you withdraw them; kept with each record.")


@strawberry.input(description="Contributions of yours that shall last longer.")
class RenewContributionsInput:
    contribution_ids: list[strawberry.ID] = strawberry.field(
        description=f"Which contributions to renew, 1 to {MAX_LIST_ITEMS:,}.", directives=[EACH]
    )
    expires_at: datetime | None = strawberry.field(
        default=None,
        description="When they shall end, with an offset, not in the past; by default and at most the type's"
        " retention from now.",
    )


@strawberry.type(description="The contributions that were changed, in the order of the ids.")
class ContributionsPayload:
    contributions: list[Contribution | None] = strawberry.field(
        description="Each as it stands now; null for an id that is no live contribution of yours.", directives=[OF_ROWS]
    )


UpdateContributionResult = Annotated[
    Contribution | InvalidInput | NotFound | Conflict | Forbidden,
    strawberry.union("UpdateContributionResult", description="The contribution as changed, or why it was not."),
]
RetractContributionResult = Annotated[
    Contribution | InvalidInput | NotFound | Forbidden,
    strawberry.union("RetractContributionResult", description="The record of the withdrawn contribution, or why not."),
]
RetractContributionsResult = Annotated[
    ContributionsPayload | InvalidInput | Forbidden,
    strawberry.union("RetractContributionsResult", description="The records of what was withdrawn, or why nothing."),
]
RenewContributionsResult = Annotated[
    ContributionsPayload | InvalidInput | Forbidden,
    strawberry.union("RenewContributionsResult", description="The renewed contributions, or why none was."),
]


def _read(given: list[strawberry.ID]) -> list[Any]:
    return [ids.read_or_nothing(Prefix.CONTRIBUTION, id) for id in bounded(given, "contributionIds")]


@strawberry.type
class ContributionMutation:
    @mutation(Scope.SIGNALS_WRITE, description="Change what you say about a signal, or who may see it.")
    async def update_contribution(self, info: Info, input: UpdateContributionInput) -> UpdateContributionResult:
        revision = input.revision()
        async with info.context.write() as session:
            row = await contributions.update(session, info.context.actor, info.context.keyring, revision)
        return Contribution.of(row)

    @mutation(
        Scope.SIGNALS_RETRACT,
        description="Withdraw a contribution. With the last one to a signal, its value is erased for good.",
    )
    async def retract_contribution(self, info: Info, input: RetractContributionInput) -> RetractContributionResult:
        id = ids.read_or_nothing(Prefix.CONTRIBUTION, input.contribution_id)
        async with info.context.write() as session:
            row = await contributions.retract_one(session, info.context.actor, id, input.reason)
        return Contribution.of(row)

    @mutation(
        Scope.SIGNALS_RETRACT,
        costs=(rows_of("contributionIds", "contributions"),),
        description=f"Withdraw up to {MAX_LIST_ITEMS:,} contributions in one transaction.",
    )
    async def retract_contributions(self, info: Info, input: RetractContributionsInput) -> RetractContributionsResult:
        wanted = _read(input.contribution_ids)
        async with info.context.write() as session:
            rows = await contributions.retract(session, info.context.actor, wanted, input.reason)
        return ContributionsPayload(contributions=[None if row is None else Contribution.of(row) for row in rows])

    @mutation(
        Scope.SIGNALS_WRITE,
        costs=(rows_of("contributionIds", "contributions"),),
        description="Let contributions last longer; nothing else does, uploading again included.",
    )
    async def renew_contributions(self, info: Info, input: RenewContributionsInput) -> RenewContributionsResult:
        wanted = _read(input.contribution_ids)
        async with info.context.write() as session:
            rows = await contributions.renew(session, info.context.actor, wanted, input.expires_at)
        return ContributionsPayload(contributions=[None if row is None else Contribution.of(row) for row in rows])


StatusArgument = Annotated[
    ContributionStatus, strawberry.argument(description="Where they stand in their life; ACTIVE ones by default.")
]


@strawberry.type
class ContributionQuery:
    @listed(
        contributions.own,
        description="Your own contributions with one status, the last changed first; here you read your own values.",
    )
    def my_contributions(
        self, status: StatusArgument = ContributionStatus.ACTIVE, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Contribution]:
        return wants(OwnFilter(status))
