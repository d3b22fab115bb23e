"""Matching: raw values of the asker against the signals that it sees. The values are neither stored nor logged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.rules import tags
from app.rules.actor import Actor
from app.rules.key_use import TagVersion, normalisers
from app.rules.keyring import Keyring
from app.rules.normal_forms import (
    PDQ_MATCH_DISTANCE,
    Canonical,
    Forms,
    Hints,
    pdq_distance,
    pdq_probes,
    spelt,
)
from app.rules.scopes import Scope
from app.rules.sealing import opened
from app.rules.signal_types import SignalType
from app.store import signals
from app.store.key_use import probed

# Further signals told beside the best one, nearest first.
MAX_NEAR = 20
# PDQ hashes looked up by one statement; each takes 272 probes.
_PDQ_BATCH = 100


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


async def match(session: AsyncSession, actor: Actor, keyring: Keyring, values: Sequence[RawValue]) -> list[MatchResult]:
    """What the actor sees of these values, in their order.

    The statements depend on what was asked alone: a miss and a hidden signal cost the same and look the same (R3).
    Raises: Forbidden (scope).
    """
    actor.require(Scope.SIGNALS_MATCH)
    lookup = _Lookup(session, actor, keyring, probed(session, keyring))
    read = [lookup.read(value) for value in values]
    forms = [form for form in read if isinstance(form, Canonical)]
    exact, loose, near = await lookup.exact(forms), await lookup.loose(forms), await lookup.near(forms)
    return [
        MatchResult(refusal=form)
        if isinstance(form, InvalidInput)
        else MatchResult(_best(exact[form] + loose[form] + near[form]))
        for form in read
    ]


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
    versions: Sequence[TagVersion]
    # Each form that was read, as all versions spell it.
    spelt: dict[Canonical, Forms] = field(default_factory=dict)

    def read(self, value: RawValue) -> Canonical | InvalidInput:
        try:
            forms = spelt(value.type, value.value, value.hints, normalisers(self.versions))
        except InvalidInput as error:
            return error
        form = forms[self.versions[0].normaliser]
        self.spelt[form] = forms
        return form

    async def exact(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        by_form = {form: tags.signal_tags(self.keyring, self.versions, self.spelt[form]) for form in forms}
        found = await signals.by_tags(self.session, self.actor, {t for found in by_form.values() for t in found})
        return {
            form: [Match(found[tag], MatchKind.EXACT) for tag in signal_tags if tag in found]
            for form, signal_tags in by_form.items()
        }

    async def loose(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        by_form = {form: tags.loose_tags(self.keyring, self.versions, self.spelt[form]) for form in forms}
        found = await signals.by_match_keys(self.session, self.actor, {t for found in by_form.values() for t in found})
        return {
            form: [Match(id, MatchKind.MATCH_KEY) for tag in loose_tags for id in found.get(tag, [])]
            for form, loose_tags in by_form.items()
        }

    async def near(self, forms: Sequence[Canonical]) -> dict[Canonical, list[Match]]:
        """All PDQ hashes within the distance: two such share a band with at most one differing bit (architecture 7)."""
        found: dict[Canonical, list[Match]] = {form: [] for form in forms}
        hashes = [form for form in found if form.type is SignalType.HASH_PDQ]
        for batch in _batches(hashes, _PDQ_BATCH):
            probes = {form: set(tags.band_tags(self.keyring, tuple(pdq_probes(form.value)))) for form in batch}
            rows = await signals.by_bands(
                self.session, self.actor, {tag for wanted in probes.values() for tag in wanted}
            )
            for row, row_tags in rows:
                value = opened(self.keyring, row.sealed_value, row.id)
                for form, wanted in probes.items():
                    if not wanted.isdisjoint(row_tags) and (d := pdq_distance(form.value, value)) <= PDQ_MATCH_DISTANCE:
                        found[form].append(Match(row.id, MatchKind.PDQ, d))
        return found


def _batches(forms: Sequence[Canonical], size: int) -> Iterator[Sequence[Canonical]]:
    return (forms[start : start + size] for start in range(0, len(forms), size))
