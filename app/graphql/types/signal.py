"""Signals as one viewer sees them: masked, and derived from what is visible to it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry
from strawberry import federation

from app.graphql.context import Info
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.types import enums as _enums  # noqa: F401  # makes the words of the rules known to the schema
from app.graphql.types.base import Connection, Node
from app.graphql.types.participant import Participant
from app.rules import ids, masks
from app.rules.keyring import Keyring
from app.rules.labels import Annotation, Handling, Severity, Violation
from app.rules.links import MAX_LINKS_AT_ONCE, MAX_NETWORK_DEPTH, MAX_NETWORK_NODES, MAX_NETWORKS, Relation
from app.rules.normal_forms import Canonical
from app.rules.sealing import opened
from app.rules.signal_types import Level, SignalType, facts
from app.rules.summaries import Summary, summary
from app.services.match_keys import MatchTagger
from app.store.signals import SeenSignal

if TYPE_CHECKING:
    from app.graphql.types.case import Case
    from app.graphql.types.contribution import Contribution
    from app.graphql.types.feedback import Feedback, FeedbackSummary
    from app.graphql.types.link import SignalLink
    from app.graphql.types.network import Network

OneRelation = Annotated[Relation | None, strawberry.argument(description="Only links of this relation; null for all.")]
NetworkDepth = Annotated[
    int, strawberry.argument(description=f"How many links to go from the signal, 1 to {MAX_NETWORK_DEPTH}.")
]
NetworkLimit = Annotated[
    int, strawberry.argument(description=f"How many signals at most, this one included, 1 to {MAX_NETWORK_NODES}.")
]


MatchKeyEpoch = Annotated[
    int | None, strawberry.argument(description="Epoch of one of your two live match keys; the newest by default.")
]


@strawberry.type(
    description="A value under your match key: HMAC-SHA256 over `normaliserVersion` NUL type NUL identity, in"
    " UTF-8. The identity is the canonical value; before it come the qualifier and a NUL if the signal has one."
)
class MatchTag:
    tag: str = strawberry.field(description="64 lower-case hexadecimal digits.")
    epoch: int = strawberry.field(description="Number of the match key that it was computed with.")
    normaliser_version: int = strawberry.field(
        description="Version of the canonical form; with another one your own tags would silently miss."
    )

    @classmethod
    def of(cls, tagger: MatchTagger, form: Canonical, normaliser: int) -> Self | None:
        """`normaliser` is the version of the form: while signals come to a new one, some still have the one before."""
        tag = tagger.tag(form, normaliser)
        return None if tag is None else cls(tag=tag, epoch=tagger.epoch, normaliser_version=normaliser)


@federation.type(
    keys=["id"],
    requires_scopes=[["signals:read"]],
    description="A clue shared by one or more participants: a type and a value. Never proof.",
)
class Signal(Node):
    """All but the type and value is derived from the contributions in `seen`."""

    seen: strawberry.Private[SeenSignal]
    form: strawberry.Private[Canonical]
    told: strawberry.Private[Summary]

    id: strawberry.ID = strawberry.field(description="Id of the signal; random, and gone with its last contribution.")
    type: SignalType = strawberry.field(description="What kind of indicator the value is.")
    level: Level = strawberry.field(description="Whether the value points at a person.")
    qualifier: str | None = strawberry.field(
        description="What belongs to the identity beside the value: the platform of an account, the language of a"
        " keyword (BCP 47), the scheme of a payment handle."
    )
    masked_value: str = strawberry.field(description="The value with most of it struck out, for recognising it.")
    value: str | None = strawberry.field(
        description="The canonical value of content types; null for person-level types, which `revealValues` gives."
    )
    violations: list[Violation] = strawberry.field(description="All violations that visible contributions name.")
    annotations: list[Annotation] = strawberry.field(description="All circumstances that visible contributions name.")
    severity: Severity = strawberry.field(description="The gravest severity of the visible contributions.")
    confidence: int = strawberry.field(description="The highest confidence of the visible contributions, 1 to 99.")
    handling: Handling = strawberry.field(description="The strictest handling of the visible contributions.")
    created_at: datetime = strawberry.field(description="When the first visible contribution was made, UTC.")
    updated_at: datetime = strawberry.field(description="When a visible contribution last changed, UTC.")

    @strawberry.field(description="Who contributed it, as far as you see; the first contributor first.")
    async def contributors(self, info: Info) -> list[Participant]:
        found = await info.context.loaders.participant.load_many(self.told.contributor_ids)
        return [participant for participant in found if participant is not None]

    @strawberry.field(description="What each contributor says about it; at most one from each participant.")
    def contributions(self, info: Info) -> list[Annotated["Contribution", strawberry.lazy(".contribution")]]:
        return info.context.loaders.contributions_of(self.seen)

    @federation.field(
        description="What you can compute over your own users too, and join. Null without a live key of that epoch, and"
        " for telephone numbers and IP addresses unless you may reveal values.",
        requires_scopes=[["signals:match"]],
    )
    async def match_tag(self, info: Info, epoch: MatchKeyEpoch = None) -> MatchTag | None:
        tagger = await info.context.tagger(epoch)
        return None if tagger is None else MatchTag.of(tagger, self.form, self.seen.row.normaliser_version)

    @federation.field(
        description="Your cases that hold it, the last changed first, at most 100; `cases` pages through all.",
        requires_scopes=[["cases:read"]],
    )
    async def cases(self, info: Info) -> list[Annotated["Case", strawberry.lazy(".case")]]:
        return await info.context.loaders.cases_holding.load(self.seen.row.id) or []

    @federation.field(
        description="Feedback on it that you gave, or that refers to your contribution; the last given first.",
        requires_scopes=[["feedback:read"]],
    )
    async def feedback(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None
    ) -> Connection[Annotated["Feedback", strawberry.lazy(".feedback")]]:
        page = await info.context.loaders.feedback_on(self.seen.row.id, window(info, first, after))
        return Connection.of(page, lambda feedback: feedback, info.context.cursors, after=after)

    @federation.field(
        description="What all who gave feedback on it say together, whoever they are.",
        requires_scopes=[["feedback:read"]],
    )
    async def feedback_summary(self, info: Info) -> Annotated["FeedbackSummary", strawberry.lazy(".feedback")]:
        return await info.context.loaders.feedback_summary(self.seen.row.id)

    @strawberry.field(
        description="The links that you see at this signal, whichever end it is, the oldest first. `first` may add up"
        f" to {MAX_LINKS_AT_ONCE:,} over all signals that one operation asks it of."
    )
    async def links(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, relation: OneRelation = None
    ) -> Connection[Annotated["SignalLink", strawberry.lazy(".link")]]:
        asked = window(info, first, after)
        page = await info.context.loaders.links.page(self.seen.row.id, relation, asked)
        return Connection.of(page, lambda link: link, info.context.cursors, after=after)

    @strawberry.field(
        description=f"The signals and links that you see around this signal; at most {MAX_NETWORKS} networks in one"
        " operation."
    )
    async def network(
        self, info: Info, depth: NetworkDepth, limit: NetworkLimit
    ) -> Annotated["Network", strawberry.lazy(".network")]:
        return await info.context.loaders.links.network(self.seen.row.id, depth, limit)

    @classmethod
    def of(cls, seen: SeenSignal, keyring: Keyring) -> Self:
        row = seen.row
        type = SignalType(row.type)
        form = Canonical(type, opened(keyring, row.sealed_value, row.id), row.qualifier)
        told = summary(seen.contributions)
        level = facts(type).level
        return cls(
            seen=seen,
            form=form,
            told=told,
            id=strawberry.ID(ids.shown(ids.Prefix.SIGNAL, row.id)),
            type=type,
            level=level,
            qualifier=row.qualifier or None,
            masked_value=masks.mask(form),
            value=form.value if level is Level.CONTENT else None,
            violations=list(told.violations),
            annotations=list(told.annotations),
            severity=told.severity,
            confidence=told.confidence,
            handling=told.handling,
            created_at=told.created_at,
            updated_at=told.updated_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: UUID) -> "Signal | None":
        return await info.context.loaders.signal.load(id)
