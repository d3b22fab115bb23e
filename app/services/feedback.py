"""Feedback: what participants found with others' signals, and did about it (R7-R11)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.rules import feedback as rules
from app.rules import limits
from app.rules.actor import Actor
from app.rules.feedback import FeedbackDraft
from app.rules.keyring import Keyring
from app.rules.row_results import DistinctRows, Outcome, Rejection, RowResult
from app.rules.scopes import Scope
from app.rules.verdicts import VerdictReason
from app.services import victim_reports
from app.services.feedback_rows import Place, first_finding, recorded, result_of_first
from app.services.idempotency import Call, rows_once
from app.services.lists import Finder
from app.store import feedback, feedback_lists, feedback_records, first_feedback, statements
from app.store.feedback_records import Record, Recorded, Upon
from app.store.templates import Act

_TWICE = InvalidInput(
    "An earlier row of this call says something else about the same signal: send one of them.",
    field="signalId",
    reason=Refusal.DUPLICATE_IN_BATCH,
)

# How often a call decides anew before the whole of it is started again; it needs another one each time to lose to.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class First:
    """What became of a first try: its results, or null where the general way has to decide; then the ids of what was
    tried, as nobody knows what is kept when a connection is lost."""

    results: list[RowResult] | None = None
    ids: frozenset[UUID] = frozenset()


async def record(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[FeedbackDraft], key: str | None = None
) -> list[RowResult]:
    """Record what the actor found and did, a result for each draft in its order; a bad one is a result, not an error.

    A later record replaces an earlier one on the same signal; the history stays. The number of statements does not
    grow with the drafts.
    Raises: Forbidden by scope or status; InvalidInput, TooMany unless there are 1 to 1,000; Conflict if the key was
    used for other drafts.
    """
    _check(actor, drafts)

    async def work() -> list[RowResult]:
        return await record_after(session, actor, keyring, drafts, First())

    call = Call("recordFeedback", key, None if key is None else [_plain(draft) for draft in drafts])
    return await rows_once(session, actor, keyring, call, work)


async def record_after(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[FeedbackDraft], first: First
) -> list[RowResult]:
    """As `record` without a key, after such a first try; what that kept is not said again."""
    _check(actor, drafts)
    rows = _distinct(actor, drafts)
    return rows.results(await _written(session, actor, keyring, rows.first, first.ids))


async def record_first(
    act: Act, actor: Actor, keyring: Keyring, drafts: Sequence[FeedbackDraft], key: str | None = None
) -> First:
    """As `record`, by one statement that is a transaction of its own, for drafts that are all its first on a signal."""
    _check(actor, drafts)
    rows = _distinct(actor, drafts)
    if key is not None or not rows.first or _of_victims(rows.first):
        return First()
    # In one order, so that two calls never wait for each other in a circle.
    ordered = sorted(rows.first.values(), key=lambda draft: draft.signal_id.int)
    findings = [first_finding(keyring, draft, uuid4()) for draft in ordered]
    told = await first_feedback.keep(act, actor, findings)
    if told is None:
        return First(ids=frozenset(one.id for one in findings))
    results = {one.signal: result_of_first(one, letter) for one, letter in zip(findings, told, strict=True)}
    return First(rows.results(results))


# What the actor's participant recorded, newest change first.
given = Finder(Scope.FEEDBACK_READ, feedback_lists.given)
# What others recorded about signals that the actor's participant contributed, of the newest hour first (R8).
received = Finder(Scope.FEEDBACK_READ, feedback_lists.received)


def _plain(draft: FeedbackDraft) -> dict[str, object]:
    """The draft for its fingerprint; texts are escaped, as half a character cannot be written as JSON."""
    return {name: ascii(value) if isinstance(value, str) else value for name, value in asdict(draft).items()}


def _check(actor: Actor, drafts: Sequence[FeedbackDraft]) -> None:
    actor.to_write(Scope.FEEDBACK_WRITE)
    if not drafts:
        raise InvalidInput("Give at least one row.", field="feedback", reason=Refusal.EMPTY)
    if len(drafts) > limits.MAX_LIST_ITEMS:
        raise TooMany(f"At most {limits.MAX_LIST_ITEMS:,} rows of feedback in one call.")


def _distinct(actor: Actor, drafts: Sequence[FeedbackDraft]) -> DistinctRows[UUID, FeedbackDraft]:
    rows = DistinctRows[UUID, FeedbackDraft](_TWICE)
    for draft in drafts:
        try:
            made = rules.ready(draft, actor.as_of)
        except ExchangeError as error:
            rows.reject(Rejection.of(error))
        else:
            rows.take(made.signal_id, made)
    return rows


def _of_victims(drafts: Mapping[UUID, FeedbackDraft]) -> bool:
    return any(draft.reason is VerdictReason.VICTIM_NOT_OFFENDER for draft in drafts.values())


async def _written(
    session: AsyncSession,
    actor: Actor,
    keyring: Keyring,
    drafts: Mapping[UUID, FeedbackDraft],
    tried: frozenset[UUID],
) -> dict[UUID, RowResult]:
    """Put one draft for each signal into the store, and say what became of it.

    Calls of one participant side by side do not wait for each other: one that comes second upon a signal finds that
    its own is not kept, and decides anew by what is there then.
    """
    if not drafts:
        return {}
    if _of_victims(drafts):
        await feedback.hold_own(session, actor)
    for _ in range(_TRIES):
        upon = await feedback_records.upon(session, actor, list(drafts))
        done = _done(upon, tried)
        left = {signal_id: draft for signal_id, draft in drafts.items() if signal_id not in done}
        results, recorded = _decided(actor, keyring, left, upon)
        if not recorded or await feedback_records.keep(session, actor, recorded):
            await victim_reports.report(session, actor, [one.record for one in recorded])
            return done | results
    raise statements.disturbed()


def _done(upon: Mapping[UUID, Upon], tried: frozenset[UUID]) -> dict[UUID, RowResult]:
    """What the first try kept after all. Whatever was said since stands: it came later."""
    before = {signal_id: found.before for signal_id, found in upon.items()}
    return {
        signal_id: RowResult(Outcome.CREATED, record.id, signal_id)
        for signal_id, record in before.items()
        if record is not None and record.id in tried
    }


def _decided(
    actor: Actor, keyring: Keyring, drafts: Mapping[UUID, FeedbackDraft], upon: Mapping[UUID, Upon]
) -> tuple[dict[UUID, RowResult], list[Recorded]]:
    results: dict[UUID, RowResult] = {}
    changes: list[Recorded] = []
    for signal_id, draft in drafts.items():
        try:
            place = Place.of(actor, upon.get(signal_id))
            change = recorded(actor, keyring, draft, place)
        except ExchangeError as error:
            results[signal_id] = RowResult.rejected(error)
            continue
        if isinstance(change, Record):
            results[signal_id] = RowResult(Outcome.UNCHANGED, change.id, signal_id)
            continue
        outcome = Outcome.CREATED if place.before is None else Outcome.UPDATED
        results[signal_id] = RowResult(outcome, change.record.id, signal_id)
        changes.append(change)
    return results, changes
