"""Links between signals: asserted and taken back by those who contribute both ends (R5)."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, NotFound, Refusal
from app.rules import links as rules
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.links import Assertion, LinkDraft, UnlinkOutcome
from app.rules.row_results import DistinctRows, Rejection, RowResult
from app.rules.scopes import Scope
from app.services.idempotency import Call, rows_once
from app.store import links, signals

_TWICE = InvalidInput(
    "An earlier row of this call asserts the same link with another confidence: send one of them.",
    field="confidence",
    reason=Refusal.DUPLICATE_IN_BATCH,
)


async def link(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[LinkDraft], key: str | None = None
) -> list[RowResult]:
    """Assert links between signals that the actor contributes, a result for each draft in its order.

    A bad draft is a result, not an error. The number of statements does not grow with the drafts.
    Raises: Forbidden by scope, status or class; Conflict if the idempotency key was used for other drafts.
    """
    actor.to_write(Scope.SIGNALS_WRITE)

    async def work() -> list[RowResult]:
        return await _linked(session, actor, drafts)

    return await rows_once(session, actor, keyring, Call("linkSignals", key, drafts), work)


async def unlink(session: AsyncSession, actor: Actor, ids: Sequence[UUID]) -> list[UnlinkOutcome]:
    """Take back links that the actor asserts, in the order of `ids`; another's link is not found like an absent one.

    Raises: Forbidden by scope, status or class.
    """
    actor.to_write(Scope.SIGNALS_WRITE)
    removed = await links.remove(session, actor, ids)
    return [UnlinkOutcome.REMOVED if id in removed else UnlinkOutcome.NOT_FOUND for id in ids]


async def _linked(session: AsyncSession, actor: Actor, drafts: Sequence[LinkDraft]) -> list[RowResult]:
    ends = {id for draft in drafts for id in (draft.from_id, draft.to_id)}
    held = await links.hold_ends(session, actor, ends)
    seen = await signals.ids_seen(session, actor, ends - held) if ends - held else set()
    rows = DistinctRows[Assertion, int](_TWICE)
    for draft in drafts:
        if refusal := _refusal(draft, held, seen):
            rows.reject(refusal)
        else:
            rows.take(draft.assertion, draft.confidence)
    written = await links.put(session, actor, rows.first) if rows.first else {}
    return rows.results({assertion: RowResult(*became) for assertion, became in written.items()})


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
