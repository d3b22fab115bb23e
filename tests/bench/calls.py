"""The requests: parameters drawn from the data set by a seed, as variables of the document and as finished arguments.

Reads are the same for every contender, in the same order. A write can be made once, so each contender gets its own,
drawn alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from app.rules import tags
from app.rules.cursors import Cursors, Place
from app.rules.ids import Prefix, shown
from app.rules.normal_forms import Canonical, match_keys
from app.rules.sealing import opened
from app.rules.signal_types import SignalType
from tests.bench.kept import DataSet
from tests.bench.shape import SEED
from tests.bench.values import Values
from tests.bench.workloads import FEED_PAGE, MATCHED_VALUES

# Different requests of each workload; a longer run goes through them again.
_COUNTS = {"match": 200, "feed": 300, "graph": 1_000, "signal": 4_000, "case": 1_000}
_HITS = 0.7
_FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who asks, the variables of the document, and what the limit gets in their place."""

    viewer: int
    variables: dict[str, Any]
    finished: dict[str, Any]


@dataclass(slots=True)
class Known:
    """Parts of the data set that requests name."""

    data: DataSet
    # Signals that the whole program sees, with their values in clear.
    forms: list[tuple[UUID, Canonical]] = field(default_factory=list)
    linked: list[UUID] = field(default_factory=list)
    # Cases and their signals, each with a viewer that is a member.
    cases: list[tuple[UUID, int]] = field(default_factory=list)
    in_cases: list[tuple[UUID, int]] = field(default_factory=list)
    # Signals that no viewer contributed or gave feedback on, for what is written.
    untouched: list[UUID] = field(default_factory=list)


async def known(owner: asyncpg.Connection, data: DataSet) -> Known:
    found = Known(data)
    viewers = [viewer.id for viewer in data.viewers]
    percent = min(100.0, 100 * 20_000 / data.signals)
    rows = await owner.fetch(
        f"SELECT s.id, s.type, s.qualifier, s.sealed_value FROM signal s TABLESAMPLE BERNOULLI ({percent})"
        f" REPEATABLE ({SEED}) WHERE EXISTS (SELECT FROM contribution c WHERE c.signal_id = s.id"
        " AND c.status = 'ACTIVE' AND c.program_wide AND c.expires_at > now() + interval '1 day')"
    )
    found.forms = [
        (row["id"], Canonical(SignalType(row["type"]), opened(data.keyring, row["sealed_value"], row["id"]), row[2]))
        for row in rows
    ]
    links = f"SELECT a_id FROM signal_link TABLESAMPLE BERNOULLI ({percent}) REPEATABLE ({SEED}) LIMIT 5000"
    found.linked = [row[0] for row in await owner.fetch(links)]
    members = "SELECT case_id, participant_id FROM case_member WHERE participant_id = ANY ($1) ORDER BY 1, 2"
    found.cases = [(case, viewers.index(member)) for case, member in await owner.fetch(members, viewers)]
    signals = (
        f"SELECT cs.signal_id, m.participant_id FROM ({members}) m JOIN case_signal cs USING (case_id) ORDER BY 1, 2"
    )
    found.in_cases = [(signal, viewers.index(member)) for signal, member in await owner.fetch(signals, viewers)]
    percent = min(100.0, 100 * 400_000 / data.signals)
    untouched = (
        f"SELECT signal_id FROM contribution c TABLESAMPLE BERNOULLI ({percent}) REPEATABLE ({SEED})"
        " WHERE c.status = 'ACTIVE' AND c.program_wide AND c.expires_at > now() + interval '1 day'"
        " AND NOT EXISTS (SELECT FROM contribution o WHERE o.signal_id = c.signal_id AND o.participant_id = ANY ($1))"
        " AND NOT EXISTS (SELECT FROM feedback f WHERE f.signal_id = c.signal_id AND f.author_id = ANY ($1))"
    )
    found.untouched = list(dict.fromkeys(row[0] for row in await owner.fetch(untouched, viewers)))
    return found


def reads(known: Known, workload: str) -> list[Call]:
    """The requests of a workload that reads, always the same ones."""
    rng = Random(f"{SEED} {workload}")
    return list(islice(_DRAWN[workload](known, rng), _COUNTS[workload]))


def _call(known: Known, viewer: int, variables: dict[str, Any], finished: dict[str, Any]) -> Call:
    who = known.data.viewers[viewer]
    return Call(viewer, variables, {"viewer": who.id.hex, "groups": [group.hex for group in who.groups], **finished})


def _viewer(known: Known, rng: Random) -> int:
    return rng.randrange(len(known.data.viewers))


def _signals(known: Known, rng: Random) -> Iterator[Call]:
    while True:
        id, _ = rng.choice(known.forms)
        yield _call(known, _viewer(known, rng), {"id": shown(Prefix.SIGNAL, id)}, {"id": id.hex})


def _graphs(known: Known, rng: Random) -> Iterator[Call]:
    """Half of them about signals that a case of the viewer holds."""
    while True:
        id, viewer = rng.choice(known.in_cases) if rng.random() < 0.5 else (rng.choice(known.linked), None)
        viewer = _viewer(known, rng) if viewer is None else viewer
        yield _call(known, viewer, {"id": shown(Prefix.SIGNAL, id)}, {"id": id.hex})


def _cases(known: Known, rng: Random) -> Iterator[Call]:
    while True:
        id, viewer = rng.choice(known.cases)
        yield _call(known, viewer, {"id": shown(Prefix.CASE, id)}, {"id": id.hex})


def _feeds(known: Known, rng: Random) -> Iterator[Call]:
    """Readers that began when all was there, and are somewhere on their way through it."""
    head = known.data.head
    while True:
        viewer, position = _viewer(known, rng), rng.randint(1, head * 3 // 4)
        place = Place(_FIRST_EPOCH, position, head)
        after = Cursors(known.data.keyring, known.data.viewers[viewer].id).of_place(place)
        first = min(FEED_PAGE, head // 10)
        finished = {"after": position, "began": head, "first": first}
        yield _call(known, viewer, {"after": after, "first": first}, finished)


def _matches(known: Known, rng: Random) -> Iterator[Call]:
    """Pictures are left out: they are looked up in another way, which is measured apart."""
    misses = Values(Random(f"{SEED} misses"))
    hits = [form for _, form in known.forms if form.type is not SignalType.HASH_PDQ]
    while True:
        unknown = [form for form in misses.forms(2 * MATCHED_VALUES) if form.type is not SignalType.HASH_PDQ]
        forms = [
            rng.choice(hits) if rng.random() < _HITS else _far(unknown[number]) for number in range(MATCHED_VALUES)
        ]
        yield _call(known, _viewer(known, rng), {"values": [given(form) for form in forms]}, _looked_up(known, forms))


def _far(form: Canonical) -> Canonical:
    """A value that nobody shares, though it may be drawn from the same small supply of documentation numbers."""
    if form.type is SignalType.PHONE_NUMBER:
        return Canonical(SignalType.ACCOUNT_ID, form.value, "chat")
    return form


def given(form: Canonical) -> dict[str, Any]:
    """A value as a client gives it."""
    said: dict[str, Any] = {"type": form.type, "value": form.value}
    if form.qualifier:
        names = {SignalType.KEYWORD: "language", SignalType.PAYMENT_HANDLE: "scheme"}
        said[names.get(form.type, "platform")] = form.qualifier
    return said


def _looked_up(known: Known, forms: Sequence[Canonical]) -> dict[str, Any]:
    ring = known.data.keyring
    loose = [[tags.loose_tag(ring, form.type, key).hex() for key in match_keys(form)] for form in forms]
    return {
        "types": [form.type for form in forms],
        "tags": [tags.signal_tag(ring, form).hex() for form in forms],
        "loose": [keys[0] if keys else None for keys in loose],
    }


_DRAWN = {"signal": _signals, "graph": _graphs, "case": _cases, "feed": _feeds, "match": _matches}


def now() -> datetime:
    return datetime.now(UTC)
