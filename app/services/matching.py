"""Matching: raw values of the asker against the signals that it sees. The values are neither stored nor logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.rules import tags
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.normal_forms import Canonical, Hints, canonical, match_keys
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.store import signals
from app.store.pdq_index import PdqIndex

# Further signals told beside the best one, nearest first.
MAX_NEAR = 20


class MatchKind(StrEnum):
    EXACT = "EXACT"
    MATCH_KEY = "MATCH_KEY"
    PDQ = "PDQ"


@dataclass(frozen=True, slots=True)
class RawValue:
    type: SignalType
    value: str
    hints: Hints


@dataclass(frozen=True, slots=True)
class Match:
    signal_id: UUID
    kind: MatchKind
    distance: int | None = None


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The matches of one value, the best first; or why it is no value of its type."""

    matches: tuple[Match, ...] = ()
    refusal: InvalidInput | None = None


async def match(
    session: AsyncSession, actor: Actor, keyring: Keyring, pdq: PdqIndex, values: Sequence[RawValue]
) -> list[MatchResult]:
    """What the actor sees of these values, in their order.

    The statements depend on what was asked alone: a miss and a hidden signal cost the same and look the same (R3).
    Raises: Forbidden (scope).
    """
    actor.require(Scope.SIGNALS_MATCH)
    read = [_read(value) for value in values]
    forms = [form for form in read if isinstance(form, Canonical)]
    lookup = _Lookup(session, actor, keyring, pdq)
    exact, loose, near = await lookup.exact(forms), await lookup.loose(forms), await lookup.near(forms)
    return [
        MatchResult(refusal=form)
        if isinstance(form, InvalidInput)
        else MatchResult(_best(exact[form] + loose[form] + near[form]))
        for form in read
    ]


def _read(value: RawValue) -> Canonical | InvalidInput:
    try:
        return canonical(value.type, value.value, value.hints)
    except InvalidInput as error:
        return error


def _best(found: Sequence[Match]) -> tuple[Match, ...]:
    """Each signal once, by its best match; exact before near, near by distance, the rest in the order of ids."""
    order = {kind: place for place, kind in enumerate(MatchKind)}
    ranked = sorted(found, key=lambda m: (order[m.kind], m.distance or 0, m.signal_id))
    first = {match.signal_id: match for match in reversed(ranked)}
    return tuple(islice((match for match in ranked if first[match.signal_id] is match), 1 + MAX_NEAR))


@dataclass(frozen=True, slots=True)
class _Lookup:
    session: AsyncSession
    actor: Actor
    keyring: Keyring
    pdq: PdqIndex

    async def exact(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        by_form = {form: tags.signal_tag(self.keyring, form) for form in forms}
        found = await signals.by_tags(self.session, self.actor, by_form.values())
        return {form: [Match(found[tag], MatchKind.EXACT)] if tag in found else [] for form, tag in by_form.items()}

    async def loose(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        by_form = {form: [tags.loose_tag(self.keyring, form.type, key) for key in match_keys(form)] for form in forms}
        found = await signals.by_match_keys(self.session, self.actor, {t for found in by_form.values() for t in found})
        return {
            form: [Match(id, MatchKind.MATCH_KEY) for tag in loose_tags for id in found.get(tag, [])]
            for form, loose_tags in by_form.items()
        }

    async def near(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        """All PDQ hashes within the distance; of those found in memory, only what the actor sees."""
        hashes = [form for form in dict.fromkeys(forms) if form.type is SignalType.HASH_PDQ]
        found: dict[Canonical, list[Match]] = {form: [] for form in forms}
        if hashes:
            near = await self.pdq.near(self.session, self.keyring, [form.value for form in hashes])
            # Asked even for none, so that what is hidden takes the same statements.
            seen = await signals.ids_seen(self.session, self.actor, {id for all in near for id, _ in all})
            for form, all in zip(hashes, near, strict=True):
                found[form] = [Match(id, MatchKind.PDQ, distance) for id, distance in all if id in seen]
        return found
