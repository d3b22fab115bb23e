"""Links between signals: asserted and taken back by those who contribute both ends, and walked along (R5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, NotFound, Refusal
from app.rules import links as rules
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.links import MAX_NETWORK_EDGES, Assertion, LinkDraft, Relation, UnlinkOutcome
from app.rules.row_results import Outcome, Rejection, RowResult, kept, of_kept
from app.rules.scopes import Scope
from app.services.idempotency import Call, once
from app.store import links, network, signals
from app.store.pages import Page, Window
from app.store.tables.link import LinkRow

_TWICE = InvalidInput(
    "An earlier row of this call asserts the same link with another confidence: send one of them.",
    field="confidence",
    reason=Refusal.DUPLICATE_IN_BATCH,
)


@dataclass(frozen=True, slots=True)
class Network:
    """Signals, the nearest first, and links among them; `truncated` if there are more of either within its depth."""

    signal_ids: Sequence[UUID]
    links: Sequence[LinkRow]
    truncated: bool


async def link(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[LinkDraft], key: str | None = None
) -> list[RowResult]:
    """Assert links between signals that the actor contributes, a result for each draft in its order.

    A bad draft is a result, not an error. The number of statements does not grow with the drafts.
    Raises: Forbidden by scope, status or class; Conflict if the idempotency key was used for other drafts.
    """
    actor.to_write(Scope.SIGNALS_WRITE)

    async def work() -> object:
        return kept(await _linked(session, actor, drafts))

    return of_kept(await once(session, actor, keyring, Call("linkSignals", key, drafts), work))


async def unlink(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> list[UnlinkOutcome]:
    """Take back links that the actor asserts, in the order of `ids`; another's link is not found like an absent one.

    Raises: Forbidden by scope, status or class.
    """
    actor.to_write(Scope.SIGNALS_WRITE)
    removed = await links.remove(session, actor, ids)
    return [UnlinkOutcome.REMOVED if id in removed else UnlinkOutcome.NOT_FOUND for id in ids]


async def at_signals(
    session: AsyncSession, actor: Actor, signal_ids: Sequence[UUID], relation: Relation | None, window: Window
) -> dict[UUID, Page[LinkRow]]:
    """For each signal a page of the links that the actor sees at it, whichever end it is; the oldest first.

    Raises: Forbidden (scope).
    """
    actor.require(Scope.SIGNALS_READ)
    return await links.at_signals(session, actor, signal_ids, relation, window)


async def neighbourhood(session: AsyncSession, actor: Actor, signal_id: UUID, depth: int, limit: int) -> Network:
    """What the actor sees at most `depth` links away from a signal, in all at most `limit` signals.

    Raises: Forbidden (scope), InvalidInput (depth, limit).
    """
    actor.require(Scope.SIGNALS_READ)
    rules.check_network(depth, limit)
    reached = await network.reach(session, actor, signal_id, depth, limit)
    found = await network.links_among(session, actor, reached.signal_ids, MAX_NETWORK_EDGES + 1)
    shown = found[:MAX_NETWORK_EDGES]
    return Network(reached.signal_ids, shown, reached.truncated or len(shown) < len(found))


async def _linked(session: AsyncSession, actor: Actor, drafts: Sequence[LinkDraft]) -> list[RowResult]:
    ends = {id for draft in drafts for id in (draft.from_id, draft.to_id)}
    held = await links.hold_ends(session, actor, ends)
    seen = await signals.ids_seen(session, actor, ends - held) if ends - held else set()
    told: list[Assertion | Rejection] = []
    first: dict[Assertion, int] = {}
    for draft in drafts:
        refusal = _refusal(draft, held, seen)
        if refusal is None and first.setdefault(draft.assertion, draft.confidence) != draft.confidence:
            refusal = Rejection.of(_TWICE)
        told.append(refusal or draft.assertion)
    return _results(told, await links.put(session, actor, first) if first else {})


def _refusal(draft: LinkDraft, held: Collection[UUID], seen: Collection[UUID]) -> Rejection | None:
    for field, id in (("from", draft.from_id), ("to", draft.to_id)):
        if id not in held:
            return Rejection.of(_not_yours(field) if id in seen else NotFound("signal", field=field))
    try:
        rules.check(draft)
    except InvalidInput as error:
        return Rejection.of(error)
    return None


def _not_yours(field: str) -> InvalidInput:
    return InvalidInput(
        "You see this signal but do not contribute it: a link is between two signals of yours. Contribute it first.",
        field=field,
        reason=Refusal.NOT_YOUR_SIGNAL,
    )


def _results(told: Sequence[Assertion | Rejection], written: dict[Assertion, tuple[Outcome, UUID]]) -> list[RowResult]:
    results, done = [], set()
    for row in told:
        if isinstance(row, Rejection):
            results.append(RowResult(Outcome.REJECTED, rejection=row))
            continue
        result = RowResult(*written[row])
        results.append(result.repeated() if row in done else result)
        done.add(row)
    return results
