"""Feedback as clients see it: in full to its author, in part to those whom it is about, as a sum to all others (R8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.types.base import Connection, Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids, verdict_descriptions
from app.rules.actor import Actor
from app.rules.feedback import MAX_ACTION_COUNT, told_moment
from app.rules.keyring import Keyring
from app.rules.labels import ReviewStatus
from app.rules.sealing import opened_optional
from app.rules.verdicts import EnforcementAction, Opinion, Verdict, VerdictReason, opinion
from app.rules.victim_reports import VictimReportState
from app.store.tables.feedback import FeedbackRow, FeedbackVersionRow

T = TypeVar("T")

tell(Verdict, "What a participant found with a signal.", verdict_descriptions.VERDICTS)
tell(VerdictReason, "Why a participant disagrees, or could not tell.", verdict_descriptions.REASONS)
tell(EnforcementAction, "What a participant did after its own review.", verdict_descriptions.ACTIONS)
tell(Opinion, "What participants together think of a signal.", verdict_descriptions.OPINIONS)
tell(VictimReportState, "What became of a report that a signal points at a victim.", verdict_descriptions.REPORT_STATES)


@strawberry.type(description="How often one action was taken.")
class ActionCount:
    action: EnforcementAction = strawberry.field(description="The action that was taken.")
    count: int = strawberry.field(description=f"On how many accounts, items or payments, 1 to {MAX_ACTION_COUNT:,}.")

    @classmethod
    def all_of(cls, actions: Mapping[str, int]) -> list["ActionCount"]:
        return [cls(action=EnforcementAction(name), count=count) for name, count in sorted(actions.items())]


@strawberry.type(description="What its author said at one time, kept when it said something else.")
class FeedbackVersion:
    version: int = strawberry.field(description="Counts what the author said about the signal, from 1.")
    recorded_at: datetime = strawberry.field(description="When the author said it, UTC.")
    verdict: Verdict = strawberry.field(description="The verdict at that time.")
    reason: VerdictReason | None = strawberry.field(description="The reason at that time, if there was one.")
    review_status: ReviewStatus = strawberry.field(description="How it had been reviewed at that time.")
    reviewed_at: datetime | None = strawberry.field(description="When that review took place, UTC.")
    reviewer_role: str | None = strawberry.field(description="The role of whoever did that review.")
    policy_reference: str | None = strawberry.field(description="The author's policy that was named at that time.")
    note: str | None = strawberry.field(description="What the author added in words at that time.")
    actions: list[ActionCount] = strawberry.field(description="What had been done at that time, with counts.")

    @classmethod
    def of(cls, row: FeedbackVersionRow, keyring: Keyring) -> Self:
        return cls(
            version=row.version,
            recorded_at=row.recorded_at,
            verdict=Verdict(row.verdict),
            reason=None if row.reason is None else VerdictReason(row.reason),
            review_status=ReviewStatus(row.review_status),
            reviewed_at=row.reviewed_at,
            reviewer_role=opened_optional(keyring, row.sealed_reviewer_role, row.feedback_id),
            policy_reference=opened_optional(keyring, row.sealed_policy_reference, row.feedback_id),
            note=opened_optional(keyring, row.sealed_note, row.feedback_id),
            actions=ActionCount.all_of(row.actions),
        )


@federation.type(
    keys=["id"],
    requires_scopes=[["feedback:read"]],
    description="What one participant found with a signal of others and did about it. Whoever contributed the signal"
    " reads the verdict, the reason and the actions, but not whose they are.",
)
class Feedback(Node):
    row: strawberry.Private[FeedbackRow]
    is_own: strawberry.Private[bool]

    id: strawberry.ID = strawberry.field(description="Id of the feedback; stays when its author changes it.")
    verdict: Verdict = strawberry.field(description="What its author found.")
    reason: VerdictReason | None = strawberry.field(description="Why its author denies it or cannot tell.")
    actions: list[ActionCount] = strawberry.field(description="What its author did, each action once with its count.")
    updated_at: datetime = strawberry.field(
        description="When its author last said something else, UTC; rounded down to the hour unless that is you."
    )

    @strawberry.field(description="The signal that it is about; null once that is erased or out of your sight.")
    async def signal(self, info: Info) -> Signal | None:
        return await info.context.loaders.signal.load(self.row.signal_id)

    @strawberry.field(description="Who gave it; null unless that is you.")
    async def author(self, info: Info) -> Participant | None:
        return await info.context.loaders.participant.load(self.row.author_id) if self.is_own else None

    @strawberry.field(description="How often its author has said something new, from 1; null unless that is you.")
    def version(self) -> int | None:
        return self._own(self.row.version)

    @strawberry.field(description="When it was first given, UTC; null unless you gave it.")
    def created_at(self) -> datetime | None:
        return self._own(self.row.created_at)

    @strawberry.field(description="How its author reviewed what matched; null unless you are the author.")
    def review_status(self) -> ReviewStatus | None:
        return self._own(ReviewStatus(self.row.review_status))

    @strawberry.field(description="When its author reviewed what matched, UTC; null unless you are the author.")
    def reviewed_at(self) -> datetime | None:
        return self._own(self.row.reviewed_at)

    @strawberry.field(description="The role of whoever reviewed it; null unless it was one of yours.")
    def reviewer_role(self, info: Info) -> str | None:
        return opened_optional(info.context.keyring, self._own(self.row.sealed_reviewer_role), self.row.id)

    @strawberry.field(description="The policy that its author acted upon; null unless it is yours.")
    def policy_reference(self, info: Info) -> str | None:
        return opened_optional(info.context.keyring, self._own(self.row.sealed_policy_reference), self.row.id)

    @strawberry.field(description="What its author added in words; null for everybody else.")
    def note(self, info: Info) -> str | None:
        return opened_optional(info.context.keyring, self._own(self.row.sealed_note), self.row.id)

    @strawberry.field(description="What became of your report that the signal points at a victim, if this is one.")
    async def victim_report(self, info: Info) -> VictimReportState | None:
        return await info.context.loaders.victim_report_of.load(self.row.id) if self.is_own else None

    @strawberry.field(
        description="Everything you said about the signal, newest first; empty unless you are the author."
    )
    async def history(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[FeedbackVersion]:
        context = info.context
        page = await context.loaders.feedback_history.load((self.row.id, window(info, first, after)))
        return Connection.of(page, lambda row: FeedbackVersion.of(row, context.keyring), context.cursors, after=after)

    def _own(self, value: T) -> T | None:
        return value if self.is_own else None

    @classmethod
    def of(cls, row: FeedbackRow, actor: Actor) -> Self:
        is_own = row.author_id == actor.participant_id
        return cls(
            row=row,
            is_own=is_own,
            id=strawberry.ID(ids.shown(ids.Prefix.FEEDBACK, row.id)),
            verdict=Verdict(row.verdict),
            reason=None if row.reason is None else VerdictReason(row.reason),
            actions=ActionCount.all_of(row.actions),
            updated_at=row.updated_at if is_own else told_moment(row.updated_at),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Feedback | None":
        return await info.context.loaders.feedback.load(id)


@strawberry.type(description="How many participants gave a verdict.")
class VerdictCount:
    verdict: Verdict = strawberry.field(description="The verdict that is counted.")
    participants: int = strawberry.field(description="How many gave it; each participant has one verdict at a time.")


@federation.type(
    requires_scopes=[["feedback:read"]],
    description="All feedback that refers to a contribution that you see, summed up; a disagreement about labels does"
    " not count once these changed.",
)
class FeedbackSummary:
    opinion: Opinion = strawberry.field(description="What those who gave feedback think of it together.")
    participants: int = strawberry.field(description="How many participants gave feedback.")
    verdicts: list[VerdictCount] = strawberry.field(
        description="How many gave each verdict; without those nobody gave."
    )

    @classmethod
    def of(cls, tally: Mapping[Verdict, int]) -> Self:
        return cls(
            opinion=opinion(tally),
            participants=sum(tally.values()),
            verdicts=[VerdictCount(verdict=v, participants=tally[v]) for v in Verdict if v in tally],
        )
