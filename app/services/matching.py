"""Matching: raw values of the asker against the signals that it sees. The values are neither stored nor logged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.rules import tags
from app.rules.actor import Actor
from app.rules.key_use import TagVersion, normalisers
from app.rules.keyring import Keyring
from app.rules.matches import Match, MatchKind, best
from app.rules.normal_forms import Canonical, Hints, spelt
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.store import signals
from app.store.key_use import probed
from app.store.pdq_index import PdqIndex


@dataclass(frozen=True, slots=True)
class RawValue:
    type: SignalType
    value: str
    hints: Hints


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The matches of one value, the best first; or why it is no value of its type."""

    matches: tuple[Match, ...] = ()
    refusal: InvalidInput | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a value is looked for by: its tags and those of its match keys, under all versions that may be kept."""

    form: Canonical
    tags: Sequence[bytes]
    loose: Sequence[bytes]


async def match(
    session: AsyncSession, actor: Actor, keyring: Keyring, pdq: PdqIndex, values: Sequence[RawValue]
) -> list[MatchResult]:
    """What the actor sees of these values, in their order.

    The statements depend on what was asked alone: a miss and a hidden signal cost the same and look the same (R3).
    Raises: Forbidden (scope).
    """
    actor.require(Scope.SIGNALS_MATCH)
    read = probes(keyring, probed(session, keyring), values)
    wanted = [probe for probe in read if isinstance(probe, Probe)]
    lookup = _Lookup(session, actor, keyring, pdq)
    exact, loose = await lookup.exact(wanted), await lookup.loose(wanted)
    near = await lookup.near([probe.form for probe in wanted])
    return [
        MatchResult(refusal=probe)
        if isinstance(probe, InvalidInput)
        else MatchResult(best([*_found(probe, exact, loose), *near[probe.form]]))
        for probe in read
    ]


def _found(probe: Probe, exact: Mapping[bytes, UUID], loose: Mapping[bytes, Sequence[UUID]]) -> Iterator[Match]:
    yield from (Match(exact[tag], MatchKind.EXACT) for tag in probe.tags if tag in exact)
    yield from (Match(id, MatchKind.MATCH_KEY) for tag in probe.loose for id in loose.get(tag, ()))


def probes(keyring: Keyring, versions: Sequence[TagVersion], values: Sequence[RawValue]) -> list[Probe | InvalidInput]:
    """What to look for with each value, or why it is none of its type."""
    spellings = normalisers(versions)
    return [_probe(keyring, versions, spellings, value) for value in values]


def _probe(
    keyring: Keyring, versions: Sequence[TagVersion], spellings: Sequence[int], value: RawValue
) -> Probe | InvalidInput:
    try:
        forms = spelt(value.type, value.value, value.hints, spellings)
    except InvalidInput as error:
        return error
    exact, loose = tags.signal_tags(keyring, versions, forms), tags.loose_tags(keyring, versions, forms)
    return Probe(forms[versions[0].normaliser], exact, loose)


@dataclass(frozen=True, slots=True)
class _Lookup:
    session: AsyncSession
    actor: Actor
    keyring: Keyring
    pdq: PdqIndex

    async def exact(self, wanted: Sequence[Probe]) -> Mapping[bytes, UUID]:
        return await signals.by_tags(self.session, self.actor, {tag for probe in wanted for tag in probe.tags})

    async def loose(self, wanted: Sequence[Probe]) -> Mapping[bytes, Sequence[UUID]]:
        return await signals.by_match_keys(self.session, self.actor, {tag for probe in wanted for tag in probe.loose})

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
