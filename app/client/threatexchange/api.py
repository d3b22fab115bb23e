"""The exchange as the library asks it: what changed, what its signal types make of it, what is held of it here."""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self, cast, get_args

from threatexchange.exchanges import fetch_state as state
from threatexchange.exchanges.auth import SignalExchangeAPIInvalidAuthException
from threatexchange.exchanges.signal_exchange_api import SignalExchangeAPI

from .. import operations, settings, viewer
from ..answers import ChangePage, must_resync
from ..errors import Misconfigured, NotSignedIn, Refused
from ..exchange import Exchange
from ..inputs import FeedbackInput, MatchValueInput
from ..vocabulary import VerdictReason
from .signals import NAME, POSITIVE, SEED, TAKEN_BY, LanternCheckpoint, LanternCollabConfig, LanternSignal, match_value

# What a fetch asks for if the client may see it. It takes no match tags, which the library could not use.
_ASKED = frozenset({"feedback:read", "participants:read"})


class LanternSignalExchangeAPI(
    SignalExchangeAPI[LanternCollabConfig, LanternCheckpoint, LanternSignal, str, LanternSignal]
):
    """Follows the change feed: what is fetched is keyed by the id of the signal, and goes when that is removed."""

    def __init__(
        self, exchange: Exchange, collab: LanternCollabConfig, scopes: frozenset[str], participant: str | None
    ) -> None:
        self._exchange = exchange
        self._collab = collab
        self._scopes = scopes
        self._participant = participant

    @classmethod
    def for_collab(cls, collab: LanternCollabConfig) -> Self:
        """With the credentials of the profile, from the vault, a file or the environment."""
        try:
            exchange = settings.connect(settings.profile(collab.profile or None))
            found = viewer.of(exchange)
        except (Misconfigured, NotSignedIn) as error:
            raise SignalExchangeAPIInvalidAuthException(cls, str(error)) from None
        participant = found.get("participant")
        return cls(exchange, collab, frozenset(found["scopes"]), participant["slug"] if participant else None)

    @classmethod
    def get_name(cls) -> str:
        return NAME

    @staticmethod
    def get_checkpoint_cls() -> type[LanternCheckpoint]:
        return LanternCheckpoint

    @staticmethod
    def get_record_cls() -> type[LanternSignal]:
        return LanternSignal

    @staticmethod
    def get_config_cls() -> type[LanternCollabConfig]:
        return LanternCollabConfig

    def fetch_iter(
        self, supported_signal_types: Sequence[Any], checkpoint: LanternCheckpoint | None
    ) -> Iterator[state.FetchDelta[str, LanternSignal, LanternCheckpoint]]:
        """The pages after the checkpoint. Where the exchange asks to read anew there is none, but a stale checkpoint:
        whoever keeps what was fetched deletes it then, and asks again."""
        cursor, asked_at = (checkpoint.cursor, checkpoint.asked_at) if checkpoint else (None, 0)
        caught_up = False
        while not caught_up:
            # The library takes a time before that of the checkpoint for a fault, even if it is the clock's.
            asked_at = max(asked_at, int(time.time()))
            found = self._exchange.ask(operations.changes(cursor, scopes=self._scopes & _ASKED))
            if must_resync(found):
                yield state.FetchDelta({}, LanternCheckpoint(found["startCursor"], asked_at, left_behind=True))
                return
            page = cast(ChangePage, found)
            updates = {
                item["signalId"]: LanternSignal.of(item["signalId"], item["signal"], self._participant)
                if item["signal"]
                else None
                for item in page["items"]
            }
            cursor, caught_up = page["endCursor"], page["caughtUp"]
            yield state.FetchDelta(updates, LanternCheckpoint(cursor, asked_at))

    @classmethod
    def naive_convert_to_signal_type(
        cls, signal_types: Sequence[Any], collab: LanternCollabConfig, fetched: Mapping[str, LanternSignal | None]
    ) -> dict[Any, dict[str, LanternSignal]]:
        converted: dict[Any, dict[str, LanternSignal]] = {}
        takers = [(taker, TAKEN_BY.get(taker.get_name())) for taker in signal_types]
        for signal in filter(None, fetched.values()):
            for taker in (taker for taker, taken in takers if taken == signal.type):
                try:
                    text = taker.validate_signal_str(signal.signal_str)
                except ValueError:
                    logging.warning("The signal type %s does not take %s.", taker.get_name(), signal.signal_id)
                    continue
                converted.setdefault(taker, {})[text] = signal
        return converted

    def report_opinion(self, s_type: Any, signal: str, opinion: state.SignalOpinion) -> None:
        """Record what somebody here holds of a signal of others, as feedback.

        Raises: NotImplementedError for other types; Misconfigured if it claims a review that nobody attests; Refused.
        """
        if s_type.get_name() not in TAKEN_BY:
            raise NotImplementedError(f"The exchange has no signals of the type {s_type.get_name()}.")
        finding = _finding(opinion, self._collab.reviewer_role)
        finding["signalId"] = self._find(match_value(s_type.get_name(), signal))
        (row,) = self._exchange.ask(operations.record([finding]))
        if problem := row["problem"]:
            raise Refused(problem["code"], problem["message"], problem["field"], problem["reason"])

    def _find(self, value: MatchValueInput) -> str:
        (outcome,) = self._exchange.ask(operations.match([value]))
        best = outcome["best"]
        # What is only near is another signal: nobody said anything of it.
        if best is None or best["kind"] != "EXACT" or best["signal"] is None:
            raise Refused("NOT_FOUND", "The exchange shows no such signal, or no longer: fetch again.")
        return best["signal"]["id"]


def _finding(opinion: state.SignalOpinion, reviewer_role: str) -> FeedbackInput:
    """All but the signal. Neither `tx` nor the library knows whether a person looked, so a review is claimed only where
    the collaboration attests it. Labels become the note, or the reason if one is a word for it."""
    finding: FeedbackInput = {"signalId": "", "verdict": "MATCHED"}
    if opinion.tags:
        finding["note"] = "Labels: " + ", ".join(sorted(opinion.tags))
    if opinion.category == SEED or (opinion.category == POSITIVE and not reviewer_role):
        return finding
    if not reviewer_role:
        raise Misconfigured("Only a review can deny a signal: say --reviewer-role if there was one.")
    finding["reviewStatus"] = "REVIEWED_MANUALLY"
    finding["reviewedAt"] = datetime.now(UTC).isoformat(timespec="seconds")
    finding["reviewerRole"] = reviewer_role
    if opinion.category == POSITIVE:
        finding["verdict"] = "CONFIRMED_VIOLATION"
    else:
        reasons = [reason for reason in get_args(VerdictReason) if reason in opinion.tags]
        finding["verdict"] = "FALSE_POSITIVE"
        finding["reason"] = reasons[0] if reasons else "OTHER"
    return finding
