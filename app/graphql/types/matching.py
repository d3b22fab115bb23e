"""Raw values to look up, and what matched."""

from typing import Final, Self

import strawberry

from app.graphql import reads
from app.graphql.cost_words import about, when
from app.graphql.types.enums import tell
from app.graphql.types.plain_input import plain
from app.graphql.types.row_problem import RowProblem
from app.graphql.types.signal import Signal
from app.rules.matches import Match, MatchKind
from app.rules.normal_forms import NO_HINTS, Hints
from app.rules.normal_forms.keywords import LANGUAGE_LIMIT
from app.rules.normal_forms.payments import SCHEMES
from app.rules.normal_forms.text import QUALIFIER_LIMIT, RAW_LIMIT
from app.rules.row_results import Rejection
from app.rules.signal_types import SignalType
from app.services.matching import MatchResult, RawValue
from app.store import signals

# Looking a picture up among a million takes 0.4 ms; another value, 15 µs.
PICTURE_WEIGHT: Final = 60

tell(
    MatchKind,
    "How a value matched a signal.",
    {
        MatchKind.EXACT: "The canonical forms are equal.",
        MatchKind.MATCH_KEY: "A looser form is equal, such as an address without its tag: look closely.",
        MatchKind.PDQ: "The pictures' hashes differ in at most 31 of 256 bits.",
    },
)


@plain
@strawberry.input(description="A raw value of yours with its type; it is neither stored nor logged.")
class MatchValueInput:
    type: SignalType = strawberry.field(
        description="What kind of indicator to read it as.", metadata=when(SignalType.HASH_PDQ, PICTURE_WEIGHT)
    )
    value: str = strawberry.field(
        description=f"The raw value, up to {RAW_LIMIT:,} characters; normalised in the same way as in an upload."
    )
    platform: str | None = strawberry.field(
        default=None, description=f"Platform, which a USERNAME or ACCOUNT_ID needs, up to {QUALIFIER_LIMIT} characters."
    )
    language: str | None = strawberry.field(
        default=None, description=f"BCP 47 tag of a KEYWORD's language, up to {LANGUAGE_LIMIT} characters; or `und`."
    )
    region: str | None = strawberry.field(
        default=None, description="Two-letter region of a PHONE_NUMBER written as in its country."
    )
    scheme: str | None = strawberry.field(
        default=None, description=f"Payment scheme, which a PAYMENT_HANDLE needs: {', '.join(SCHEMES)}."
    )

    def raw(self) -> RawValue:
        return RawValue(self.type, self.value, self._hints())

    def _hints(self) -> Hints:
        if self.platform is self.language is self.region is self.scheme is None:
            return NO_HINTS
        return Hints(platform=self.platform, language=self.language, region=self.region, scheme=self.scheme)


@strawberry.type(description="A signal that matched, and in which way.")
class SignalMatch:
    kind: MatchKind = strawberry.field(description="In which way the value matched this signal.")
    distance: int | None = strawberry.field(description="Differing bits, 0 to 31, where the kind is PDQ; else null.")
    match: strawberry.Private[Match]

    signal: Signal | None = reads.named(
        signals.by_ids, "match.signal_id", "The signal that matched; a clue to review, never proof."
    )

    @classmethod
    def of(cls, match: Match) -> Self:
        return cls(kind=match.kind, distance=match.distance, match=match)


@strawberry.type(description="What matched one value.")
class MatchOutcome:
    index: int = strawberry.field(description="Place of the value in the list that was sent, from 0.")
    best: SignalMatch | None = strawberry.field(
        description="The best match: exact before a match key before the nearest picture; null if nothing matched."
    )
    others: list[SignalMatch] = strawberry.field(
        description="Further matches, the better first, at most 20.", directives=[about(2)]
    )
    problem: RowProblem | None = strawberry.field(description="Why the value is none of its type, if it is none.")

    @classmethod
    def of(cls, index: int, result: MatchResult) -> Self:
        matches = [SignalMatch.of(match) for match in result.matches]
        return cls(
            index=index,
            best=matches[0] if matches else None,
            others=matches[1:],
            problem=None if result.refusal is None else RowProblem.of(Rejection.of(result.refusal)),
        )
