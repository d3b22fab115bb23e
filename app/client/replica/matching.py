"""Matching without asking: raw values against the replica, with what the exchange would answer."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from ...errors import InvalidInput
from ...rules.match_tags import match_tag
from ...rules.matches import Match, MatchKind, best
from ...rules.normal_forms import NORMALISER_VERSION, Canonical, Hints, is_known, spelt
from ...rules.signal_types import SignalType
from .. import private_files
from ..answers import MatchOutcome, RowProblem, SignalMatch
from ..errors import Misconfigured, NotReady
from ..inputs import MatchValueInput
from . import database, keys
from .pictures import Pictures, uuid_of
from .state import State
from .store import read_state

_EXACT = "SELECT id FROM signal WHERE exact = ?"
_NEAR = "SELECT id FROM near JOIN signal ON number = signal WHERE key = ?"
_SAMPLE = "SELECT told, tag, normaliser FROM sample JOIN signal ON number = signal LIMIT 1"
_TOLD = "SELECT told FROM signal WHERE id = ?"
# What a match shows of a signal beside its id.
_SHOWN = ("type", "qualifier", "maskedValue", "severity", "confidence", "violations", "annotations", "handling")
_TAGS_NEED_REVEAL: RowProblem = {
    "code": "FORBIDDEN",
    "field": "type",
    "reason": "TAGS_NEED_REVEAL",
    "message": "Tags of this type go only to clients that may reveal values: match it online.",
}


class Replica:
    """A replica's file for matching, while `sync` may be writing it. Safe to share between threads: one connection and
    one memory of pictures, behind a lock that is held for the microseconds of a look-up. One for each process."""

    def __init__(self, file: Path, match_keys: Callable[[int], str | None]) -> None:
        """Raises: NotReady."""
        self._file = file.absolute()
        self._match_keys = match_keys
        # Null while there is none.
        self._identity: tuple[int, int] | None = None
        self._open()
        self._match_key: tuple[int, bytes] | None = None
        self._turn = threading.Lock()

    @classmethod
    def open(cls, file: Path, match_keys: Callable[[int], str | None] = lambda _: None) -> Self:
        """`match_keys` gives the match key of an epoch, as it was issued, for person-level values.

        Raises: NotReady if there is no replica.
        """
        return cls(file, match_keys)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def state(self) -> State:
        """Raises: NotReady before the first sync."""
        with self._turn, database.usable():
            self._keep_to_file()
            return self._state()

    def match(self, values: Sequence[MatchValueInput]) -> list[MatchOutcome]:
        """As `operations.match`, from one state of the replica.

        Raises: NotReady if the replica is not complete, of other normal forms, or without the match key of its tags;
        Misconfigured for a type that does not exist.
        """
        with self._turn, database.usable(), self._one_moment():
            state = self._state()
            _check(state)
            own = [_read(index, value, state) for index, value in enumerate(values)]
            points_at_persons = any(form.type not in keys.CONTENT for one in own for form in one.forms.values())
            match_key = self._match_key_of(state) if points_at_persons else None
            near = self._near(own, state)
            return [self._outcome(one, [*self._found(one, match_key), *near.get(one.picture, ())]) for one in own]

    def _open(self) -> None:
        found = private_files.identity(self._file)
        self._database = database.read(self._file)
        self._identity, self._pictures = found, Pictures()

    def _keep_to_file(self) -> None:
        """Whoever deletes the file, to have it read anew, must not go on with what was in it."""
        if self._identity is None or private_files.identity(self._file) != self._identity:
            self._database.close()
            self._identity = None
            self._open()

    @contextmanager
    def _one_moment(self) -> Iterator[None]:
        self._keep_to_file()
        with database.transaction(self._database, "DEFERRED"):
            yield

    def _state(self) -> State:
        state = read_state(self._database)
        if state is None:
            raise NotReady("This replica was never synced: run `lantern sync`.")
        return state

    def _match_key_of(self, state: State) -> bytes:
        if state.epoch is None:
            raise NotReady(
                "This replica has no match tags, so values that point at persons cannot be matched: run"
                " `lantern keys issue`, then `lantern sync`, with a client that has signals:match."
            )
        if self._match_key is None or self._match_key[0] != state.epoch:
            key = self._match_keys(state.epoch)
            if key is None:
                raise NotReady(
                    f"The tags of this replica are of match key {state.epoch}, which is not on this machine: run"
                    f" `lantern keys add {state.epoch}`."
                )
            self._check_key(state.epoch, keys.key_bytes(key))
            self._match_key = (state.epoch, keys.key_bytes(key))
        return self._match_key[1]

    def _check_key(self, epoch: int, match_key: bytes) -> None:
        """With another key every person-level value would silently miss."""
        for text, tag, normaliser in self._database.execute(_SAMPLE):
            told = orjson.loads(text)
            form = Canonical(SignalType(told["type"]), told["value"], told["qualifier"] or "")
            if match_tag(match_key, normaliser, form) != tag.hex():
                raise NotReady(
                    f"What this machine keeps as match key {epoch} is another: run `lantern keys add {epoch}`."
                )

    def _found(self, own: "_Own", match_key: bytes | None) -> Iterator[Match]:
        exact, near = keys.of_own(own.forms, match_key)
        for kind, statement, looked_up in ((MatchKind.EXACT, _EXACT, exact), (MatchKind.MATCH_KEY, _NEAR, near)):
            for key in looked_up:
                for (id,) in self._database.execute(statement, (key,)):
                    yield Match(uuid_of(id), kind)

    def _near(self, own: "Sequence[_Own]", state: State) -> Mapping[str, list[Match]]:
        """What is near each picture among them."""
        hashes = list({one.picture for one in own if one.picture})
        if not hashes:
            return {}
        self._pictures.refresh(self._database, state.writes)
        found = zip(hashes, self._pictures.near(hashes), strict=True)
        return {hash: [Match(id, MatchKind.PDQ, distance) for id, distance in near] for hash, near in found}

    def _outcome(self, own: "_Own", found: Sequence[Match]) -> MatchOutcome:
        matches = [self._shown(match) for match in best(found)]
        return {
            "index": own.index,
            "problem": own.problem,
            "best": matches[0] if matches else None,
            "others": matches[1:],
        }

    def _shown(self, match: Match) -> SignalMatch:
        id = f"sig_{match.signal_id.hex}"
        (text,) = self._database.execute(_TOLD, (id,)).fetchone()
        told = orjson.loads(text)
        shown: Any = {"id": id} | {name: told[name] for name in _SHOWN}
        return {"kind": match.kind.value, "distance": match.distance, "signal": shown}


@dataclass(frozen=True, slots=True)
class _Own:
    """A value of the asker's, as each version spells it; or why it cannot be looked up."""

    index: int
    forms: Mapping[int, Canonical]
    problem: RowProblem | None = None

    @property
    def picture(self) -> str:
        """Its hash if it is one, else nothing."""
        form = self.forms.get(NORMALISER_VERSION)
        return form.value if form is not None and form.type is SignalType.HASH_PDQ else ""


def _check(state: State) -> None:
    if not state.complete:
        raise NotReady("This replica was never read to its end: run `lantern sync`.")
    if state.spelling != NORMALISER_VERSION or not all(map(is_known, state.normalisers)):
        raise NotReady(
            "This replica was made with other normal forms than this program has, and would miss what it holds: update"
            " this program, and run `lantern sync`."
        )


def _read(index: int, value: MatchValueInput, state: State) -> _Own:
    try:
        type = SignalType(value["type"])
    except ValueError:
        raise Misconfigured(f"Value {index} is of a type that does not exist.") from None
    hints = Hints(
        platform=value.get("platform"),
        language=value.get("language"),
        region=value.get("region"),
        scheme=value.get("scheme"),
    )
    versions = sorted({NORMALISER_VERSION, *state.normalisers}, reverse=True)
    try:
        forms = spelt(type, value["value"], hints, versions)
    except InvalidInput as error:
        problem: RowProblem = {
            "code": error.code,
            "field": error.field,
            "reason": error.reason.value,
            "message": error.message,
        }
        return _Own(index, {}, problem)
    if type in keys.ENUMERABLE and "signals:reveal" not in state.scopes:
        return _Own(index, {}, _TAGS_NEED_REVEAL)
    return _Own(index, forms)
