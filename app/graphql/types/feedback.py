"""Feedback as clients see it: in full to its author, in part to those whom it is about, as a sum to all others (R8)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

import strawberry
from strawberry import federation

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.cost_words import PAGE, about
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.readings import One
from app.graphql.reads import Shown
from app.graphql.types.base import Connection, Node
from app.graphql.types.enums import tell
from app.graphql.types.participant import Participant
from app.graphql.types.signal import Signal
from app.rules import ids, verdict_descriptions
from app.rules.actor import Actor
from app.rules.feedback import MAX_ACTION_COUNT, told_moment
from app.rules.labels import ReviewStatus
from app.rules.verdicts import EnforcementAction, Opinion, Verdict, VerdictReason, opinion
from app.rules.victim_reports import VictimReportState
from app.store import feedback, participants, signals
from app.store.tables.feedback import FeedbackRow, FeedbackVersionRow

tell(Verdict, "What a participant found with a signal.", verdict_descriptions.VERDICTS)
tell(VerdictReason, "Why a participant disagrees, or could not tell.", verdict_descriptions.REASONS)
tell(EnforcementAction, "What a participant did after its own review.", verdict_descriptions.ACTIONS)
tell(Opinion, "What participants together think of a signal.", verdict_descriptions.OPINIONS)
tell(VictimReportState, "What became of a report that a signal points at a victim.", verdict_descriptions.REPORT_STATES)


@federation.type(shareable=True, description="How often one action was taken.")
class ActionCount:
    action: EnforcementAction = strawberry.field(description="The action that was taken.")
    count: int = strawberry.field(description=f"On how many accounts, items or payments, 1 to {MAX_ACTION_COUNT:,}.")

    @classmethod
    def all_of(cls, actions: Mapping[str, int]) -> list["ActionCount"]:
        return [cls(action=EnforcementAction(name), count=count) for name, count in sorted(actions.items())]


@strawberry.type(description="What its author said at one time, kept when it said something else.")
class FeedbackVersion(Shown):
    row: strawberry.Private[FeedbackVersionRow]

    version: int = reads.column("Counts what the author said about the signal, from 1.")
    recorded_at: datetime = reads.column("When the author said it, UTC.")
    verdict: Verdict = reads.column("The verdict at that time.")
    reason: VerdictReason | None = reads.column("The reason at that time, if there was one.")
    review_status: ReviewStatus = reads.column("How it had been reviewed at that time.")
    reviewed_at: datetime | None = reads.column("When that review took place, UTC.")
    reviewer_role: str | None = reads.sealed(
        "The role of whoever did that review.", "sealed_reviewer_role", owner="feedback_id"
    )
    policy_reference: str | None = reads.sealed(
        "The author's policy that was named at that time.", "sealed_policy_reference", owner="feedback_id"
    )
    note: str | None = reads.sealed("What the author added in words at that time.", "sealed_note", owner="feedback_id")
    actions: list[ActionCount] = reads.computed(
        ActionCount.all_of, "actions", description="What had been done at that time, with counts.", size=2
    )


def _told_at(actor: Actor, row: FeedbackRow) -> datetime:
    return row.updated_at if row.author_id == actor.participant_id else told_moment(row.updated_at)


@federation.type(
    keys=["id"],
    requires_scopes=[["feedback:read"]],
    description="What one participant found with a signal of others and did about it. Whoever contributed the signal"
    " reads the verdict, the reason and the actions, but not whose they are.",
)
class Feedback(Shown, Node):
    kept = feedback.by_ids
    row: strawberry.Private[FeedbackRow]

    id: strawberry.ID = reads.id(ids.Prefix.FEEDBACK, "Id of the feedback; stays when its author changes it.")
    verdict: Verdict = reads.column("What its author found.")
    reason: VerdictReason | None = reads.column("Why its author denies it or cannot tell.")
    actions: list[ActionCount] = reads.computed(
        ActionCount.all_of, "actions", description="What its author did, each action once with its count.", size=2
    )
    updated_at: datetime = reads.expressed(
        _told_at,
        feedback.told_at,
        "When its author last said something else, UTC; rounded down to the hour unless that is you.",
    )
    signal: Signal | None = reads.one(
        signals.by_ids, "signal_id", "The signal that it is about; null once that is erased or out of your sight."
    )
    author: Participant | None = reads.one_of(
        One(participants.by_ids, "author_id", "author_id"), "Who gave it; null unless that is you."
    )
    version: int | None = reads.column(
        "How often its author has said something new, from 1; null unless that is you.", only_for="author_id"
    )
    created_at: datetime | None = reads.column(
        "When it was first given, UTC; null unless you gave it.", only_for="author_id"
    )
    review_status: ReviewStatus | None = reads.column(
        "How its author reviewed what matched; null unless you are the author.", only_for="author_id"
    )
    reviewed_at: datetime | None = reads.column(
        "When its author reviewed what matched, UTC; null unless you are the author.", only_for="author_id"
    )
    reviewer_role: str | None = reads.sealed(
        "The role of whoever reviewed it; null unless it was one of yours.",
        "sealed_reviewer_role",
        only_for="author_id",
    )
    policy_reference: str | None = reads.sealed(
        "The policy that its author acted upon; null unless it is yours.",
        "sealed_policy_reference",
        only_for="author_id",
    )
    note: str | None = reads.sealed(
        "What its author added in words; null for everybody else.", "sealed_note", only_for="author_id"
    )

    @reads.way(
        "victim_report", description="What became of your report that the signal points at a victim, if this is one."
    )
    async def victim_report(self, info: Info) -> VictimReportState | None:
        if self.row.author_id != info.context.actor.participant_id:
            return None
        return await info.context.loaders.victim_report_of.load(self.row.id)

    @reads.way(
        "history",
        costs=(PAGE,),
        description="Everything you said about the signal, newest first; empty unless you are the author.",
    )
    async def history(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[FeedbackVersion]:
        context = info.context
        page = await context.loaders.feedback_history.load((self.row.id, window(info, first, after)))
        return Connection.of(page, FeedbackVersion.of, context.cursors, after=after)


@federation.type(shareable=True, description="How many participants gave a verdict.")
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
        description="How many gave each verdict; without those nobody gave.", directives=[about(3)]
    )

    @classmethod
    def of(cls, tally: Mapping[Verdict, int]) -> Self:
        return cls(
            opinion=opinion(tally),
            participants=sum(tally.values()),
            verdicts=[VerdictCount(verdict=v, participants=tally[v]) for v in Verdict if v in tally],
        )
