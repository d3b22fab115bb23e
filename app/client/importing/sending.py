"""What is asked for a batch, and what the answers make of its rows."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias, cast

import orjson

from .. import operations
from ..answers import RowProblem
from ..errors import Refused
from ..exchange import AsyncExchange
from ..inputs import LinkDraftInput
from ..reading.rows import GuardEntry, Item, Place, SourceLink, SourceRow
from .batches import Batch
from .journal import Journal, Phase, RejectedRow, Result
from .link_ends import ends, pairs

# Answers of the exchange to a whole call that one row of it may be to blame for: it is looked for by halves.
_OF_A_ROW = frozenset({"BAD_USER_INPUT", "TOO_MANY"})

# A row of an answer, as far as all bulk calls have it in common: `outcome`, `problem` and ids.
Answered: TypeAlias = dict[str, Any]
Call: TypeAlias = Callable[[Sequence[Any], str], Awaitable[list[Answered]]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends the batches of one import. Equal batches have equal idempotency keys."""

    exchange: AsyncExchange
    journal: Journal
    key: bytes = field(repr=False)

    async def __call__(self, batch: Batch) -> Result:
        """Raises: as `AsyncExchange.ask`."""
        match batch.phase:
            case Phase.ROWS:
                return await self._rows(batch)
            case Phase.LINKS:
                return await self._links(batch)
            case Phase.GUARD:
                return await self._guard_entries(batch)

    async def _rows(self, batch: Batch) -> Result:
        result = Result()
        set_aside(batch, result)
        answers = await in_parts(self._upload, [orjson.Fragment(body) for body in batch.bodies], self._key_of(batch))
        for row, answer in zip(batch.sent, answers, strict=True):
            assert isinstance(row, SourceRow)  # noqa: S101 - what this phase sends
            if answer["problem"]:
                result.rejected.append(RejectedRow.of(row.place, answer["problem"], row.original))
            if row.ref is not None:
                result.refs.append((row.ref, row.place, answer["signalId"]))
            result.count(answer["outcome"].lower())
        return result

    async def _upload(self, drafts: Sequence[Any], key: str) -> list[Answered]:
        return cast(list[Answered], await self.exchange.ask(operations.upload(drafts, key=key)))

    async def _links(self, batch: Batch) -> Result:
        result = Result()
        links = [item for item in batch.sent if isinstance(item, SourceLink)]
        known = self.journal.signals([ref for link in links for ref in (link.from_ref, link.to_ref)])
        drafts: list[tuple[SourceLink, LinkDraftInput]] = []
        for link in links:
            found = ends(link, known)
            if isinstance(found, dict):
                _reject(link, found, result)
            else:
                drafts += [(link, draft) for draft in pairs(link, *found)]
        asked = [draft for _, draft in drafts]
        answers = await in_parts(self._link, asked, self._key_of(batch, orjson.dumps(asked)))
        rejected: set[Place] = set()
        for (link, _), answer in zip(drafts, answers, strict=True):
            if not answer["problem"]:
                result.count(f"links_{answer['outcome'].lower()}")
            elif link.place not in rejected:
                rejected.add(link.place)
                _reject(link, answer["problem"], result)
        return result

    async def _link(self, drafts: Sequence[Any], key: str) -> list[Answered]:
        return cast(list[Answered], await self.exchange.ask(operations.link(drafts, key=key)))

    async def _guard_entries(self, batch: Batch) -> Result:
        result = Result()
        entries = [item for item in batch.sent if isinstance(item, GuardEntry)]
        for guard_list, of_list in groupby(sorted(entries, key=_guard_list), key=_guard_list):
            left = list(of_list)
            while left:
                asked = operations.load_guard_entries(guard_list, [entry.entry for entry in left])
                try:
                    changed = await self.exchange.ask(asked)
                except Refused as refusal:
                    bad = _index(refusal.field)
                    if bad is None:
                        raise
                    entry = left.pop(bad)
                    original = {"guardList": guard_list, "entry": entry.entry}
                    result.rejected.append(RejectedRow.of(entry.place, _problem(refusal), original))
                    result.count("rejected")
                else:
                    result.count("created", changed)
                    result.count("unchanged", len(left) - changed)
                    break
        return result

    def _key_of(self, batch: Batch, said: bytes | None = None) -> str:
        """Of the run, the place of the batch in it, and what it says; keyed, as it may be a single value."""
        digest = hashlib.blake2b(f"{batch.phase} {batch.number}\n".encode(), key=self.key, digest_size=24)
        for body in batch.bodies if said is None else (said,):
            digest.update(body)
        return digest.hexdigest()


async def in_parts(call: Call, rows: Sequence[Any], key: str) -> list[Answered]:
    """The answers for all rows, asked in one call; if the exchange refuses the whole for a row, in halves of it."""
    if not rows:
        return []
    if len(rows) <= operations.MAX_ROWS:
        try:
            return await call(rows, key)
        except Refused as refusal:
            if refusal.code not in _OF_A_ROW or (len(rows) == 1 and refusal.code == "TOO_MANY"):
                raise
            if len(rows) == 1:
                return [{"outcome": "REJECTED", "signalId": None, "problem": _problem(refusal)}]
    half = len(rows) // 2
    return [*await in_parts(call, rows[:half], f"{key}0"), *await in_parts(call, rows[half:], f"{key}1")]


def set_aside(batch: Batch, result: Result) -> None:
    """Note what is not sent: rows with a problem, and how much there is for other phases."""
    for item in batch.aside:
        match item:
            case SourceLink():
                result.count("links")
            case GuardEntry():
                result.count("guard_entries")
            case SourceRow(problem=problem) if problem is not None and problem.is_skip:
                result.count(f"skipped {problem.code}")
            case SourceRow(problem=problem) if problem is not None:
                result.count("rejected")
                row = RejectedRow(item.place, problem.code, problem.field, problem.message, item.original)
                result.rejected.append(row)
        if isinstance(item, SourceRow) and item.ref is not None:
            result.refs.append((item.ref, item.place, None))


def _reject(link: SourceLink, problem: RowProblem, result: Result) -> None:
    said = {"from": link.from_ref, "to": link.to_ref, "relation": link.relation, "confidence": link.confidence}
    original = {"link": {name: one for name, one in said.items() if one is not None}}
    result.rejected.append(RejectedRow.of(link.place, problem, original))
    result.count("links_rejected")


def _problem(refusal: Refused) -> RowProblem:
    reason = refusal.reason or refusal.code
    return RowProblem(code=refusal.code, field=refusal.field, reason=reason, message=refusal.message)


def _guard_list(entry: Item) -> Any:
    return entry.guard_list if isinstance(entry, GuardEntry) else ""


def _index(field: str | None) -> int | None:
    """Of `entries[3]`, 3."""
    number = (field or "").partition("entries[")[2].rstrip("]")
    return int(number) if number.isdecimal() else None
