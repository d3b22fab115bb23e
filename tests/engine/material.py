"""What the arguments of generated operations are drawn from: what there is in a world, and what there is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from app.rules.ids import Prefix, shown
from app.rules.signal_types import SignalType
from tests.oracle.facts import Facts, Value
from tests.oracle.values import strangers

PREFIXES = {
    "AccessRecord": Prefix.ACCESS_RECORD,
    "ApiClient": Prefix.CLIENT,
    "Case": Prefix.CASE,
    "CaseNote": Prefix.NOTE,
    "Contribution": Prefix.CONTRIBUTION,
    "Feedback": Prefix.FEEDBACK,
    "Participant": Prefix.PARTICIPANT,
    "Person": Prefix.PERSON,
    "SharingGroup": Prefix.GROUP,
    "Signal": Prefix.SIGNAL,
    "SignalLink": Prefix.LINK,
    "TrustedDocument": Prefix.DOCUMENT,
    "VictimReport": Prefix.VICTIM_REPORT,
}

Raw = dict[str, Any]
"""A value to match, as clients send it."""


@dataclass(frozen=True)
class Material:
    """`ids` by type are of every object, seen or hidden; in the same order whenever the world is played."""

    now: datetime
    ids: Mapping[str, list[str]]
    values: Sequence[Raw]
    moments: Sequence[datetime]
    slugs: Sequence[str]
    # Of one viewer: where its lists and its feed go on.
    cursors: Sequence[str] = ()
    places: Sequence[str] = ()
    # Of another viewer, and texts that are none.
    foreign: Sequence[str] = field(default=("", "x", "=", "A" * 70, "é" * 35))


def of_facts(facts: Facts, values: Sequence[Value], now: datetime) -> Material:
    everything = {
        "Participant": [p.id for p in facts.participants],
        "ApiClient": [p.client_id for p in facts.participants],
        "Person": [id for p in facts.participants for id in (p.signed_in.person_id, p.former_id)],
        "SharingGroup": facts.groups,
        "Signal": [s.id for s in facts.signals],
        "Contribution": [c.id for c in facts.contributions],
        "SignalLink": [k.id for k in (*facts.links, *facts.ended_links)],
        "Feedback": [f.id for f in facts.feedback],
        "VictimReport": [r.id for r in facts.reports],
        "Case": [c.id for c in facts.cases],
        "CaseNote": [note.id for case in facts.cases for note in case.notes],
        "AccessRecord": [r.id for r in facts.records],
        "TrustedDocument": [d.id for d in facts.documents],
    }
    moments = {c.updated_at for c in facts.contributions} | {f.updated_at for f in facts.feedback}
    return Material(
        now=now,
        ids={noun: [shown(PREFIXES[noun], id) for id in found] for noun, found in everything.items()},
        values=[*map(raw, (*values, *strangers(list(values)))), *spellings(values), *REFUSED],
        moments=sorted(moments),
        slugs=[p.slug for p in facts.participants],
    )


def raw(value: Value) -> Raw:
    stated = {"type": str(value.type), "value": value.text}
    return stated | ({"platform": value.platform} if value.platform else {})


def spellings(values: Sequence[Value]) -> list[Raw]:
    """The same values as people write them."""
    found = []
    for value in values:
        text = value.text.upper() if value.type is not SignalType.URL else value.text.replace("https", "hxxps")
        found.append(raw(value) | {"value": f" {text.replace('.example', '[.]example')} "})
    return found


# What no value of its type is.
REFUSED: tuple[Raw, ...] = (
    {"type": "EMAIL_ADDRESS", "value": "no address"},
    {"type": "USERNAME", "value": "no_platform"},
    {"type": "HASH_PDQ", "value": "0" * 64},
    {"type": "DOMAIN", "value": ""},
    {"type": "URL", "value": "https://user:word@files.example/"},
    {"type": "PHONE_NUMBER", "value": "020 7946 0000", "region": "GB"},
    {"type": "KEYWORD", "value": "\u2028quiet \U0001f33f words\u202e", "language": "en"},
)


def moment(rng: Random, material: Material) -> str:
    """A time as clients may write it: of something that happened, or near now."""
    chosen = rng.choice(material.moments) if material.moments and rng.random() < 0.6 else material.now
    if rng.random() < 0.6:
        chosen += timedelta(**{rng.choice(("days", "hours", "seconds", "microseconds")): rng.randint(-20, 2)})
    offset = rng.choice(("Z", "+00:00", "Z", "+02:00"))
    if offset == "+02:00":
        chosen += timedelta(hours=2)
    return chosen.replace(tzinfo=None).isoformat() + offset


# Times that are refused, by the scalar or by the rules.
NO_MOMENTS = (
    "2026-06-30T12:00:00",
    "1980-01-01T00:00:00Z",
    "2300-01-01T00:00:00Z",
    "yesterday",
    "2026-13-01T00:00:00Z",
)
