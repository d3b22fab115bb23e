"""What became of each row of a bulk call, in a form that can be stored with an idempotency key (R19)."""

from base64 import b64decode, b64encode
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

from app.errors import ExchangeError, InvalidInput, NotFound, Refusal

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")


class Outcome(StrEnum):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was not accepted; names fields and rules, and holds no value."""

    code: str
    field: str | None
    reason: Refusal
    message: str

    @classmethod
    def of(cls, error: ExchangeError) -> Self:
        """Raises: TypeError for a refusal that is no row's: what is forbidden or too much ends the whole call."""
        match error:
            case InvalidInput():
                return cls(error.code, error.field, error.reason, error.message)
            case NotFound():
                return cls(error.code, error.field, Refusal.NOT_FOUND, error.message)
        raise TypeError(f"{error.code} is not of a row")


@dataclass(frozen=True, slots=True)
class RowResult:
    """`subject_id` is what the row made or changed: a contribution, a feedback, a link."""

    outcome: Outcome
    subject_id: UUID | None = None
    signal_id: UUID | None = None
    rejection: Rejection | None = None

    @classmethod
    def rejected(cls, error: ExchangeError) -> Self:
        return cls(Outcome.REJECTED, rejection=Rejection.of(error))

    def repeated(self) -> "RowResult":
        """The result of a row that says the same as an earlier one of its call (R19)."""
        if self.outcome is Outcome.REJECTED:
            return self
        return RowResult(Outcome.UNCHANGED, self.subject_id, self.signal_id)


@dataclass(frozen=True, slots=True)
class _Repeated(Generic[K]):
    """A row that says what the first of its key says."""

    key: K


class DistinctRows(Generic[K, C]):
    """The rows of one call by what each is about, its key: the first of a key decides (R19).

    A later one that says the same changes nothing more; one that says something else is rejected with `twice`.
    """

    def __init__(self, twice: ExchangeError) -> None:
        self._twice = Rejection.of(twice)
        self._rows: list[K | _Repeated[K] | Rejection] = []
        self.first: dict[K, C] = {}

    def take(self, key: K, content: C) -> None:
        known = len(self.first)
        first = self.first.setdefault(key, content)
        if len(self.first) > known:
            self._rows.append(key)
        else:
            self._rows.append(_Repeated(key) if first == content else self._twice)

    def reject(self, rejection: Rejection) -> None:
        self._rows.append(rejection)

    def results(self, became: Mapping[K, RowResult]) -> list[RowResult]:
        """One for each row, in their order; `became` tells what was made of the first of each key."""
        return [self._result(row, became) for row in self._rows]

    @staticmethod
    def _result(row: K | _Repeated[K] | Rejection, became: Mapping[K, RowResult]) -> RowResult:
        if isinstance(row, Rejection):
            return RowResult(Outcome.REJECTED, rejection=row)
        return became[row.key].repeated() if isinstance(row, _Repeated) else became[row]


def tally(results: Sequence[RowResult]) -> dict[str, int]:
    """How many rows had each outcome, by its name in lower case."""
    outcomes = [result.outcome for result in results]
    return {outcome.lower(): outcomes.count(outcome) for outcome in Outcome}


def plain(results: Iterable[RowResult]) -> list[RowResult]:
    """The results with ids of Python's own class; those of the database's driver are of another, which JSON refuses."""
    return [
        result
        if type(result.subject_id) in _PLAIN and type(result.signal_id) in _PLAIN
        else replace(result, subject_id=_plain(result.subject_id), signal_id=_plain(result.signal_id))
        for result in results
    ]


_PLAIN = frozenset({UUID, type(None)})


def _plain(id: UUID | None) -> UUID | None:
    return None if id is None else UUID(int=id.int)


_LETTERS = {Outcome.CREATED: "C", Outcome.UPDATED: "U", Outcome.UNCHANGED: "N", Outcome.REJECTED: "R"}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
# Stands for no id; random ids are never this.
_NO_ID = bytes(16)


def kept(results: Sequence[RowResult]) -> dict[str, Any]:
    """The results as plain JSON, by what they have in common: a row for each takes the database long to write."""
    return {
        "outcomes": "".join(_LETTERS[result.outcome] for result in results),
        "subjects": _packed(result.subject_id for result in results),
        "signals": _packed(result.signal_id for result in results),
        "rejections": {
            str(place): [r.code, r.field, r.reason.value, r.message]
            for place, result in enumerate(results)
            if (r := result.rejection) is not None
        },
    }


def of_kept(stored: Any) -> list[RowResult]:
    """The results that `kept` wrote, in the form of today or in that of rows which the last release wrote."""
    if isinstance(stored, list):
        return _of_rows(stored)
    rejections = {int(place): _rejection(*said) for place, said in stored["rejections"].items()}
    ids = zip(stored["outcomes"], _unpacked(stored["subjects"]), _unpacked(stored["signals"]), strict=True)
    return [
        RowResult(_OUTCOMES[letter], subject, signal, rejections.get(place))
        for place, (letter, subject, signal) in enumerate(ids)
    ]


def _packed(ids: Iterable[UUID | None]) -> str:
    return b64encode(b"".join(_NO_ID if id is None else id.bytes for id in ids)).decode()


def _unpacked(text: str) -> list[UUID | None]:
    raw = b64decode(text)
    return [
        None if part == _NO_ID else UUID(bytes=part)
        for part in (raw[start : start + len(_NO_ID)] for start in range(0, len(raw), len(_NO_ID)))
    ]


def _rejection(code: str, field: str | None, reason: str, message: str) -> Rejection:
    return Rejection(code, field, Refusal(reason), message)


def _of_rows(rows: Sequence[Any]) -> list[RowResult]:
    return [
        RowResult(
            Outcome(outcome),
            None if subject is None else UUID(subject),
            None if signal is None else UUID(signal),
            None if rejection is None else _rejection(*rejection),
        )
        for outcome, subject, signal, rejection in rows
    ]
