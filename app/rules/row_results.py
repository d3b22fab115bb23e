"""What became of each row of a bulk call, in a form that can be stored with an idempotency key (R19)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
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


class DistinctRows(Generic[K, C]):
    """The rows of one call by what each is about, its key: the first of a key decides (R19).

    A later one that says the same changes nothing more; one that says something else is rejected with `twice`.
    """

    def __init__(self, twice: ExchangeError) -> None:
        self._twice = Rejection.of(twice)
        self._rows: list[K | Rejection] = []
        self.first: dict[K, C] = {}

    def take(self, key: K, content: C) -> None:
        agrees = self.first.setdefault(key, content) == content
        self._rows.append(key if agrees else self._twice)

    def reject(self, rejection: Rejection) -> None:
        self._rows.append(rejection)

    def results(self, became: Mapping[K, RowResult]) -> list[RowResult]:
        """One for each row, in their order; `became` tells what was made of the first of each key."""
        results: list[RowResult] = []
        decided: set[K] = set()
        for row in self._rows:
            if isinstance(row, Rejection):
                results.append(RowResult(Outcome.REJECTED, rejection=row))
                continue
            results.append(became[row].repeated() if row in decided else became[row])
            decided.add(row)
        return results


def tally(results: Sequence[RowResult]) -> dict[str, int]:
    """How many rows had each outcome, by its name in lower case."""
    outcomes = [result.outcome for result in results]
    return {outcome.lower(): outcomes.count(outcome) for outcome in Outcome}


def kept(results: Sequence[RowResult]) -> list[Any]:
    """The results as plain JSON."""
    return [
        [
            result.outcome.value,
            None if result.subject_id is None else result.subject_id.hex,
            None if result.signal_id is None else result.signal_id.hex,
            None if (r := result.rejection) is None else [r.code, r.field, r.reason.value, r.message],
        ]
        for result in results
    ]


def _rejection(code: str, field: str | None, reason: str, message: str) -> Rejection:
    return Rejection(code, field, Refusal(reason), message)


def of_kept(rows: Sequence[Any]) -> list[RowResult]:
    """The results that `kept` wrote."""
    return [
        RowResult(
            Outcome(outcome),
            None if subject is None else UUID(subject),
            None if signal is None else UUID(signal),
            None if rejection is None else _rejection(*rejection),
        )
        for outcome, subject, signal, rejection in rows
    ]
