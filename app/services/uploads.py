"""Uploads: many drafts at once, each with its own result, one transaction for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ExchangeError, InvalidInput, Refusal
from app.rules import guards, tags
from app.rules.actor import Actor
from app.rules.changes import ChangeKind
from app.rules.drafts import ReadyDraft, SignalDraft, ready, standing
from app.rules.key_use import TagVersion, normalisers
from app.rules.keyring import Keyring
from app.rules.labels import ContributionStatus, ReviewStatus
from app.rules.row_results import DistinctRows, Outcome, Rejection, RowResult
from app.rules.scopes import Scope
from app.services.contribution_rows import audience_of, changed, started
from app.services.idempotency import Call, rows_once
from app.store import guard_lists, inbox, participants, uploads
from app.store.inbox import Watchers, watchers
from app.store.key_use import probed
from app.store.tables.contribution import ContributionRow
from app.store.uploads import Claimed

_TWICE = InvalidInput(
    "An earlier row of this upload says something else about the same value: send one of them.",
    field="value",
    reason=Refusal.DUPLICATE_IN_BATCH,
)

Change = tuple[ContributionRow, ChangeKind, Watchers]


@dataclass(slots=True)
class _Batch:
    """An upload on its way: what is still to be written, and what became of each value so far."""

    created: list[dict[str, Any]]
    updated: list[ContributionRow]
    changes: list[Change]
    results: dict[bytes, RowResult]


async def upload(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[SignalDraft], key: str | None = None
) -> list[RowResult]:
    """Contribute to the signals of these values, in the order of `drafts`; a bad one is a result, not an error.

    Raises: Forbidden by scope, status or class; Conflict if the idempotency key was used for other drafts.
    """
    actor.to_write(Scope.SIGNALS_WRITE)

    async def work() -> list[RowResult]:
        rows = _distinct(actor, keyring, drafts, probed(session, keyring))
        return rows.results(await _written(session, actor, keyring, rows.first))

    return await rows_once(session, actor, keyring, Call("uploadSignals", key, drafts), work)


async def rehearse(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Sequence[SignalDraft]
) -> list[RowResult]:
    """What `upload` would make of the drafts. It writes nothing and looks at the uploader's own contributions alone, so
    neither an id nor the time that it takes tells whether others hold a value (R3).

    Raises: Forbidden by scope, status or class.
    """
    actor.to_write(Scope.SIGNALS_WRITE)
    rows = _distinct(actor, keyring, drafts, probed(session, keyring))
    became, accepted = await _guarded(session, keyring, rows.first)
    own = await uploads.own_live_by_key(session, actor, keyring, accepted)
    for tag, draft in accepted.items():
        became[tag] = _again(actor, keyring, own[tag], draft)[0] if tag in own else RowResult(Outcome.CREATED)
    return rows.results(became)


def _distinct(
    actor: Actor, keyring: Keyring, drafts: Sequence[SignalDraft], versions: Sequence[TagVersion]
) -> DistinctRows[bytes, ReadyDraft]:
    """The drafts by the tags of their values in the newest version."""
    rows = DistinctRows[bytes, ReadyDraft](_TWICE)
    for draft in drafts:
        try:
            made = ready(draft, actor.groups, actor.as_of, normalisers(versions))
        except ExchangeError as error:
            rows.reject(Rejection.of(error))
        else:
            rows.take(tags.signal_tag(keyring, made.form, versions[0].key), made)
    return rows


async def _guarded(
    session: AsyncSession, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft]
) -> tuple[dict[bytes, RowResult], dict[bytes, ReadyDraft]]:
    """The results of those that a guard list refuses, and the others."""
    guarded = await guard_lists.matching(session, keyring, (key for d in drafts.values() for key in d.guarded_by))
    refused = {
        tag: RowResult.rejected(guards.refusal(key[0]))
        for tag, draft in drafts.items()
        for key in [key for key in draft.guarded_by if key in guarded][:1]
    }
    return refused, {tag: draft for tag, draft in drafts.items() if tag not in refused}


async def _written(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft]
) -> dict[bytes, RowResult]:
    """Put distinct drafts into the store, and say what became of each."""
    refused, accepted = await _guarded(session, keyring, drafts)
    if not accepted:
        return refused
    version = await uploads.expire_lapsed(session, keyring, accepted)
    claimed = await uploads.claim(session, actor, keyring, accepted, version)
    own = await uploads.own_live(session, actor, [claim.id for claim in claimed.values()])
    status = await _status_of_new(session, actor)
    batch = _Batch([], [], [], refused)
    for tag, draft in accepted.items():
        _decide(batch, tag, draft, _Place(actor, keyring, claimed[tag], own.get(claimed[tag].id), status))
    await uploads.add(session, batch.created)
    await uploads.put(session, batch.updated)
    new = [(claimed[tag].id, draft) for tag, draft in accepted.items() if claimed[tag].id not in own]
    await uploads.add_match_keys(session, keyring, new, version)
    await inbox.append_new(session, actor, batch.created)
    await inbox.append(session, actor, batch.changes)
    return batch.results


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a draft goes: its signal, and the actor's own contribution to it, if there is one."""

    actor: Actor
    keyring: Keyring
    claim: Claimed
    own: ContributionRow | None
    status_if_new: ContributionStatus


def _decide(batch: _Batch, tag: bytes, draft: ReadyDraft, place: _Place) -> None:
    if place.own is None:
        new = started(place.actor, place.keyring, draft, place.claim.id)
        new |= {"status": place.status_if_new, "signal_hidden": place.claim.is_hidden}
        batch.created.append(new)
        batch.results[tag] = RowResult(Outcome.CREATED, new["id"], place.claim.id)
        return
    before = watchers(place.own)
    batch.results[tag], kind = _again(place.actor, place.keyring, place.own, draft)
    if kind:
        batch.updated.append(place.own)
        batch.changes.append((place.own, kind, before))


def _again(
    actor: Actor, keyring: Keyring, row: ContributionRow, draft: ReadyDraft
) -> tuple[RowResult, ChangeKind | None]:
    """What becomes of a draft where the actor said something before; the row then says what the draft does."""
    try:
        stands = standing(draft, ReviewStatus(row.review_status), audience_of(row))
    except InvalidInput as error:
        return RowResult.rejected(error), None
    kind = changed(row, actor, keyring, stands)
    return RowResult(Outcome.UPDATED if kind else Outcome.UNCHANGED, row.id, row.signal_id), kind


async def _status_of_new(session: AsyncSession, actor: Actor) -> ContributionStatus:
    own = (await participants.by_ids(session, actor, [actor.participant_id]))[actor.participant_id]
    return ContributionStatus.QUARANTINED if own.quarantines else ContributionStatus.ACTIVE
