"""Signals as one viewer sees them: masked, and derived from what is visible to it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self

import strawberry
from strawberry import federation
from strawberry.federation.schema_directives import ListSize

from app.graphql import reads
from app.graphql.context import Info
from app.graphql.cost_words import PAGE, about, weighs
from app.graphql.paging import DEFAULT_FIRST, After, First, window
from app.graphql.readings import Sealed
from app.graphql.reads import Shown
from app.graphql.types import enums as _enums  # noqa: F401  # makes the words of the rules known to the schema
from app.graphql.types.base import Connection, Node
from app.graphql.types.participant import Participant
from app.rules import ids, masks
from app.rules.labels import Annotation, Handling, Severity, Violation
from app.rules.links import MAX_LINKS_AT_ONCE, MAX_NETWORK_DEPTH, MAX_NETWORK_NODES, MAX_NETWORKS, Relation
from app.rules.normal_forms import Canonical
from app.rules.sealing import opened
from app.rules.signal_types import FACTS, Level, SignalType
from app.services.match_keys import MatchTagger
from app.store import cases, contributions, feedback, participants, signals
from app.store.signals import SeenSignal

if TYPE_CHECKING:
    from app.graphql.types.case import Case
    from app.graphql.types.contribution import Contribution
    from app.graphql.types.feedback import Feedback, FeedbackSummary
    from app.graphql.types.link import SignalLink
    from app.graphql.types.network import Network

LEVELS: Final = {type.value: facts.level.value for type, facts in FACTS.items()}
# A walk of three links through a dense neighbourhood takes a third of a second; most take a few milliseconds.
NETWORK_WEIGHT: Final = 5_000
# A looser spelling and its tag take some 16 µs, of a long name in another script more.
NEAR_TAGS_WEIGHT: Final = 5
NETWORK_SIZE: Final = ListSize(
    assumed_size=MAX_NETWORK_NODES,
    slicing_arguments=["limit"],
    sized_fields=["nodes", "edges"],
    require_one_slicing_argument=False,
)

CONTENT_TYPES: Final = tuple(type for type, level in LEVELS.items() if level == Level.CONTENT)

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
NearTagsEpoch = Annotated[
    int | None, strawberry.argument(description="Under which live match key, by its epoch; null for the newest.")
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
    keys=["id", "matchTagKey", "type matchTagKey"],
    requires_scopes=[["signals:read"]],
    description="A clue shared by one or more participants: a type and a value. Never proof.",
)
class Signal(Shown, Node):
    kept = signals.by_ids
    row: strawberry.Private[SeenSignal]

    id: strawberry.ID = reads.id(ids.Prefix.SIGNAL, "Id of the signal; random, and gone with its last contribution.")
    type: SignalType = reads.column("What kind of indicator the value is.")
    level: Level = reads.word(LEVELS, "type", "Whether the value points at a person.")
    qualifier: str | None = reads.filled(
        "What belongs to the identity beside the value: the platform of an account, the language of a"
        " keyword (BCP 47), the scheme of a payment handle."
    )
    masked_value: str = reads.opened(
        Sealed("sealed_value", by=masks.mask_of, names=("type",)),
        "The value with most of it struck out, for recognising it.",
    )
    value: str | None = reads.opened(
        Sealed("sealed_value", when=("type", CONTENT_TYPES)),
        "The canonical value of content types; null for person-level types, which `revealValues` gives.",
    )
    violations: list[Violation] = reads.gathered("All violations that visible contributions name.")
    annotations: list[Annotation] = reads.gathered("All circumstances that visible contributions name.")
    severity: Severity = reads.gathered("The gravest severity of the visible contributions.")
    confidence: int = reads.gathered("The highest confidence of the visible contributions, 1 to 99.")
    handling: Handling = reads.gathered("The strictest handling of the visible contributions.")
    created_at: datetime = reads.gathered("When the first visible contribution was made, UTC.")
    updated_at: datetime = reads.gathered("When a visible contribution last changed, UTC.")

    @reads.way(
        "contributors",
        costs=(about(2),),
        description="Who contributed it, as far as you see; the first contributor first.",
    )
    async def contributors(self, info: Info) -> list[Participant]:
        found = await info.context.loaders.one(participants.by_ids).load_many(list(self.row.told.contributor_ids))
        return [participant for participant in found if participant is not None]

    contributions: list[Annotated["Contribution", strawberry.lazy(".contribution")]] = reads.many(
        contributions.on_signals, "What each contributor says about it; at most one from each participant.", size=2
    )

    @reads.way(
        "match_tag",
        description="What you can compute over your own users too, and join. Null without a live key of that epoch, and"
        " for telephone numbers and IP addresses unless you may reveal values.",
        requires_scopes=[["signals:match"]],
    )
    async def match_tag(self, info: Info, epoch: MatchKeyEpoch = None) -> MatchTag | None:
        tagger = await info.context.tagger(epoch)
        return None if tagger is None else MatchTag.of(tagger, self._form(info), self.row.normaliser_version)

    @reads.way(
        "near_match_tags",
        costs=(about(1), weighs(NEAR_TAGS_WEIGHT)),
        description="For matching near-equals as `matchSignals` does: for each looser spelling of the value,"
        " HMAC-SHA256 under your match key over `near` NUL `normaliserVersion` NUL type NUL kind NUL spelling, 64"
        " hexadecimal digits; versions as in `matchTag`. Null where that is null. Empty for content types, whose values"
        " you read in clear.",
        requires_scopes=[["signals:match"]],
    )
    async def near_match_tags(self, info: Info, epoch: NearTagsEpoch = None) -> list[str] | None:
        tagger = await info.context.tagger(epoch)
        return None if tagger is None else tagger.near_tags(self._form(info), self.row.normaliser_version)

    @reads.way(
        "match_tag_key",
        description="`matchTag` under your newest match key as one text, `epoch:normaliserVersion:tag`. Your own"
        " subgraph refers to signals by it, and by one under the key before while that is live; so it needs to know no"
        " id. Null where `matchTag` is.",
        requires_scopes=[["signals:match"]],
    )
    async def match_tag_key(self, info: Info) -> str | None:
        tagger = await info.context.tagger()
        return None if tagger is None else tagger.tag_key(self._form(info), self.row.normaliser_version)

    def _form(self, info: Info) -> Canonical:
        value = opened(info.context.keyring, self.row.sealed_value, self.row.id)
        return Canonical(SignalType(self.row.type), value, self.row.qualifier)

    cases: list[Annotated["Case", strawberry.lazy(".case")]] = reads.many(
        cases.holding,
        "Your cases that hold it, the last changed first, at most 100; `cases` pages through all.",
        size=2,
        requires_scopes=[["cases:read"]],
    )
    feedback: Connection[Annotated["Feedback", strawberry.lazy(".feedback")]] = reads.pages(
        feedback.on_signal,
        "Feedback on it that you gave, or that refers to your contribution; the last given first.",
        requires_scopes=[["feedback:read"]],
    )

    @reads.way(
        "feedback_summary",
        description="What all who gave feedback on it say together, whoever they are.",
        requires_scopes=[["feedback:read"]],
    )
    async def feedback_summary(self, info: Info) -> Annotated["FeedbackSummary", strawberry.lazy(".feedback")]:
        return await info.context.loaders.feedback_summary(self.row.id)

    @reads.way(
        "links",
        costs=(PAGE,),
        description="The links that you see at this signal, whichever end it is, the oldest first. `first` may add up"
        f" to {MAX_LINKS_AT_ONCE:,} over all signals that one operation asks it of.",
    )
    async def links(
        self, info: Info, first: First = DEFAULT_FIRST, after: After = None, relation: OneRelation = None
    ) -> Connection[Annotated["SignalLink", strawberry.lazy(".link")]]:
        asked = window(info, first, after)
        page = await info.context.loaders.links.page(self.row.id, relation, asked)
        return Connection.of(page, lambda link: link, info.context.cursors, after=after)

    @reads.way(
        "network",
        costs=(weighs(NETWORK_WEIGHT), NETWORK_SIZE),
        description=f"The signals and links that you see around this signal; at most {MAX_NETWORKS} networks in one"
        " operation.",
    )
    async def network(
        self, info: Info, depth: NetworkDepth, limit: NetworkLimit
    ) -> Annotated["Network", strawberry.lazy(".network")]:
        return await info.context.loaders.links.network(self.row.id, depth, limit)
