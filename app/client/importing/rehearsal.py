"""What an import would do, row by row, without changing anything: by this side's own check, and by the exchange's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from .. import operations
from ..exchange import AsyncExchange
from ..reading.checks import check as broken_rule
from ..reading.formats import Source
from ..reading.rows import Item, RowProblem, SourceRow
from .batches import Batch, batches
from .journal import Phase
from .sending import in_parts


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """`place` is the line, or the item of a document. Nothing here holds a value."""

    place: int
    outcome: str
    code: str | None = None
    field: str | None = None
    message: str | None = None


Tell = Callable[[RowOutcome], None]


def check(source: Source, tell: Tell) -> None:
    """Without the exchange: ACCEPTABLE is what breaks no rule that can be known here.

    Raises: UnreadableFile, OSError.
    """
    for item in source.rows():
        if isinstance(item, SourceRow):
            problem = item.problem or (item.draft and broken_rule(item.draft)) or None
            tell(_rejected(item, problem) if problem else RowOutcome(item.place.number, "ACCEPTABLE"))


async def rehearse(source: Source, exchange: AsyncExchange, tell: Tell) -> None:
    """With the exchange, whose word is the last on what this side lets pass.

    Raises: UnreadableFile, OSError; as `AsyncExchange.ask`.
    """
    for batch in batches(source.rows(), Phase.ROWS):
        answers = await in_parts(_ask(exchange), [orjson.Fragment(body) for body in batch.bodies], "rehearsal")
        for outcome in _in_order(batch, answers):
            tell(outcome)


def _ask(exchange: AsyncExchange) -> Any:
    async def call(drafts: Any, key: str) -> Any:
        return await exchange.ask(operations.upload(drafts, validate_only=True))

    return call


def _in_order(batch: Batch, answers: list[dict[str, Any]]) -> Iterator[RowOutcome]:
    told = {item.place: _answered(item, answer) for item, answer in zip(batch.sent, answers, strict=True)}
    told |= {
        item.place: _rejected(item, item.problem)
        for item in batch.aside
        if isinstance(item, SourceRow) and item.problem is not None
    }
    return (told[place] for place in sorted(told))


def _answered(item: Item, answer: dict[str, Any]) -> RowOutcome:
    problem = answer["problem"] or {"reason": None, "field": None, "message": None}
    place = item.place.number
    return RowOutcome(place, answer["outcome"], problem["reason"], problem["field"], problem["message"])


def _rejected(item: Item, problem: RowProblem) -> RowOutcome:
    outcome = "SKIPPED" if problem.is_skip else "REJECTED"
    return RowOutcome(item.place.number, outcome, problem.code, problem.field, problem.message)
