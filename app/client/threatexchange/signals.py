"""What the library keeps of the exchange: which one, how far it was read, and each signal with what is said of it."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from threatexchange.exchanges import fetch_state as state
from threatexchange.exchanges.collab_config import CollaborationConfigWithDefaults

from ..answers import ChangedSignal
from ..errors import Refused
from ..inputs import MatchValueInput

NAME = "lantern"
# What the signal types of the library are made of, by their names. Its types for MD5 and SHA-256 are those of videos;
# an exact hash of anything else matches no video. Values that point at persons are never in clear, so none is here.
TAKEN_BY = {
    "pdq": "HASH_PDQ",
    "video_md5": "HASH_MD5",
    "video_sha256": "HASH_SHA256",
    "url": "URL",
    "trend_query": "KEYWORD",
}
_TAKEN = frozenset(TAKEN_BY.values())
# Seconds. The exchange keeps removals for 90 days at least; who comes later starts afresh.
KEPT_SECONDS = 85 * 24 * 3600

SEED = state.SignalOpinionCategory.INVESTIGATION_SEED
POSITIVE = state.SignalOpinionCategory.POSITIVE_CLASS
NEGATIVE = state.SignalOpinionCategory.NEGATIVE_CLASS
# What those who reviewed it say, by the exchange's opinion; beside it stand the contributors, who share a clue.
_REVIEWERS = {
    "INVESTIGATION_SEED": (),
    "CONFIRMED": (POSITIVE,),
    "DISPUTED": (POSITIVE, NEGATIVE),
    "FALSE_POSITIVE": (NEGATIVE,),
}
_AGGREGATES = {
    "INVESTIGATION_SEED": state.AggregateSignalOpinionCategory.INVESTIGATION_SEED,
    "CONFIRMED": state.AggregateSignalOpinionCategory.POSITIVE_CLASS,
    "DISPUTED": state.AggregateSignalOpinionCategory.DISPUTED,
    "FALSE_POSITIVE": state.AggregateSignalOpinionCategory.NEGATIVE_CLASS,
}


@dataclass
class LanternCollabConfig(CollaborationConfigWithDefaults):
    """Which exchange, by its profile: address and credentials stay together there, and none stands in here."""

    api: str = field(init=False, default=NAME)
    profile: str = field(
        default="",
        metadata={"help": "profile of `lantern login`; without one, the default profile or the environment"},
    )
    reviewer_role: str = field(
        default="",
        metadata={
            "help": "attests that whoever labels has reviewed what matched, in this role (no name); "
            "without it labels say that something matched, and no more"
        },
    )


@dataclass
class LanternCheckpoint(state.FetchCheckpointBase):
    """How far the feed was read. `left_behind`: the cursor leads nowhere any more, what was fetched has to go."""

    cursor: str
    asked_at: int
    left_behind: bool = False

    def is_stale(self) -> bool:
        return self.left_behind or time.time() - self.asked_at > KEPT_SECONDS

    def get_progress_timestamp(self) -> int:
        return self.asked_at


@dataclass
class LanternSignal(state.FetchedSignalMetadata):
    """A signal as this participant sees it, and what is said of it."""

    signal_id: str
    type: str
    qualifier: str
    value: str
    tags: list[str]
    opinion: str = "INVESTIGATION_SEED"
    # Empty where the client may not see who contributed.
    contributors: list[str] = field(default_factory=list)
    is_mine: bool = False

    @classmethod
    def of(cls, id: str, signal: ChangedSignal, viewer: str | None) -> Self | None:
        """None for what the library has no type for, or what points at a person."""
        value = signal["value"]
        if signal["level"] != "CONTENT" or signal["type"] not in _TAKEN or value is None:
            return None
        summary = signal.get("feedbackSummary")
        contributors = [contributor["slug"] for contributor in signal.get("contributors", [])]
        return cls(
            signal_id=id,
            type=signal["type"],
            qualifier=signal["qualifier"] or "",
            value=value,
            tags=_tags(signal),
            opinion=summary["opinion"] if summary else "INVESTIGATION_SEED",
            contributors=contributors,
            is_mine=viewer in contributors,
        )

    def get_as_opinions(self) -> Sequence[state.SignalOpinion]:
        """A contribution is a seed, as a signal is a clue; only reviews make a class of it. The exchange does not tell
        whose these are, so none is said to be one's own."""
        others = len(self.contributors) - self.is_mine or (not self.is_mine)
        whose = [True] * self.is_mine + [False] * others
        seeds = [state.SignalOpinion(mine, SEED, set(self.tags)) for mine in whose]
        return seeds + [state.SignalOpinion(False, category, set()) for category in _REVIEWERS[self.opinion]]

    def get_as_aggregate_opinion(self) -> state.AggregateSignalOpinion:
        """The exchange's own: if all who reviewed it deny it, the contributors' seeds do not make that a dispute."""
        return state.AggregateSignalOpinion(_AGGREGATES[self.opinion], set(self.tags))

    @property
    def signal_str(self) -> str:
        return _query(self.value, self.qualifier) if self.type == "KEYWORD" else self.value


def _tags(signal: ChangedSignal) -> list[str]:
    """Without white space or commas, as `tx` writes tags between these."""
    words = [f"violation:{word}" for word in signal["violations"]]
    words += [f"annotation:{word}" for word in signal["annotations"]]
    return [*words, f"severity:{signal['severity']}", f"handling:{signal['handling']}"]


def _query(keyword: str, language: str) -> str:
    """A keyword as a trend query, which looks for it as a word of its own, in either case. What a query has beside its
    terms is passed over by the library; by that the keyword is known again."""
    words = r"\s+".join(map(re.escape, keyword.split()))
    pattern = rf"regex-/(?i)(?<!\w){words}(?!\w)/"
    return json.dumps({"and": [{"or": [pattern]}], "not": [], "keyword": keyword, "language": language})


def match_value(type_name: str, signal: str) -> MatchValueInput:
    """Raises: Refused for a query that is none of ours."""
    if type_name != "trend_query":
        return {"type": TAKEN_BY[type_name], "value": signal}  # type: ignore[typeddict-item]
    try:
        said = json.loads(signal)
        return {"type": "KEYWORD", "value": said["keyword"], "language": said["language"] or None}
    except (ValueError, KeyError, TypeError):
        raise Refused("NOT_FOUND", "That query was not made of a keyword of the exchange.") from None
