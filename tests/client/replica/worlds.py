"""Worlds of the oracle in which some keep a replica: what each copy should hold, field by field, and what it holds."""

import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import orjson

from app.client.replica.following import Follower
from app.client.replica.keys import key_bytes
from app.client.replica.state import Owner
from app.client.replica.store import Store
from app.rules import masks
from app.rules.match_tags import match_tag, near_match_tags
from app.rules.normal_forms import NORMALISER_VERSION, Hints, canonical
from app.rules.scopes import ALLOWED
from app.rules.signal_types import FACTS, Level, SignalType
from app.services import match_keys
from app.services.match_keys import IssuedKey
from app.worker import sequencer
from tests.oracle import contributing, values
from tests.oracle.asking import Exchange
from tests.oracle.facts import Participant, Signal, Value
from tests.oracle.oracle import Oracle
from tests.oracle.readings import moment, sig
from tests.oracle.scene import Scene
from tests.oracle.stage import Stage
from tests.oracle.world import World

T = TypeVar("T")
PAGE = 3
# Acts of a world that change what somebody sees, or has to do with it.
ACTS = (
    "share_more",
    "change",
    "change_audience",
    "retract",
    "renew",
    "review_more",
    "report_victim",
    "decide",
    "hold_back",
    "hide_signal",
    "hide_participant",
    "quarantine",
    "release",
    "change_group",
    "change_status",
    "let_time_pass",
)


class Killed(Exception):
    """The process ends here."""


@dataclass
class WatchedScene(Scene):
    """Takes down the match keys that participants are issued."""

    issued: dict[UUID, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))

    async def do(self, service: Callable[..., Awaitable[T]], who: Participant, *given: Any, **named: Any) -> T:
        result = await super().do(service, who, *given, **named)
        if isinstance(result, IssuedKey):
            self.issued[who.id][result.epoch] = result.key
        return result


@dataclass
class CopiedWorld(World):
    """A world with values of more types."""

    scene: WatchedScene

    def __post_init__(self) -> None:
        rng = self.rng
        self.values = [
            *values.drawn(rng),
            Value(SignalType.PHONE_NUMBER, f"+1202555{rng.randrange(100, 200):04d}"),
            Value(SignalType.ACCOUNT_ID, f"{rng.randrange(10**9)}", platform="chirper"),
            Value(SignalType.HASH_MD5, f"{rng.getrandbits(128):032x}"),
            Value(SignalType.EMAIL_ADDRESS, f"someone+{rng.randrange(99)}@mail.example"),
        ]

    async def settle(self) -> None:
        """Let the worker do all that there is to do."""
        await contributing.sweep(self.scene)
        await sequencer.sequence_all(self.scene.worker)


async def world_of(stage: Stage, seed: int) -> CopiedWorld:
    rng = Random(seed)
    scene = await stage.scene(rng)
    parts = (scene.database, scene.worker, scene.keyring, scene.clock, scene.facts, scene.history, scene.quarantined)
    world = CopiedWorld(WatchedScene(*parts), rng)
    await world.open()
    return world


@dataclass
class Copy:
    """One participant's replica, kept through the application's own code."""

    world: CopiedWorld
    exchange: Exchange
    viewer: Participant
    file: Path
    # Epochs of the match keys that came to this machine.
    kept: set[int] = field(default_factory=set)
    told: dict[str, int] = field(default_factory=lambda: {"signals": 0, "removed": 0, "restarts": 0})

    async def issue_key(self, keep: bool) -> None:
        issued = await self.world.scene.do(match_keys.issue, self.viewer, self.world.scene.keyring)
        if keep:
            self.kept.add(issued.epoch)

    async def sync(self, pages: int | None = None, killed: bool = False) -> None:
        """Until there is no more, or for so many pages; then perhaps the process is killed within the next one."""
        store = Store.open(self.file)
        follower = Follower.begin(store, self._owner(), list(map(str, ALLOWED[self.viewer.kind])), self._match_key)
        while not follower.progress.caught_up and pages != 0:
            await self._step(follower)
            pages = None if pages is None else pages - 1
        if killed and not follower.progress.caught_up:
            await self._die(store, follower)
        for name in self.told:
            self.told[name] += getattr(follower.progress, name)
        store.close()

    async def _step(self, follower: Follower) -> None:
        operation: Any = follower.next_page(follower.state.cursor, PAGE)
        data = await self.exchange.ask(self.viewer, operation.document, dict(operation.variables))
        follower.take(data["changes"])

    async def _die(self, store: Store, follower: Follower) -> None:
        """What is not committed by then never was."""
        put = store._put

        def dying(*given: Any) -> None:
            put(*given)
            raise Killed

        store._put = dying  # type: ignore[method-assign]
        with suppress(Killed):
            await self._step(follower)

    def _owner(self) -> Owner:
        return Owner("http://exchange.example", str(self.viewer.client_id), None, str(self.viewer.id))

    def _match_key(self, epoch: int) -> str | None:
        return self.world.scene.issued[self.viewer.id][epoch] if epoch in self.kept else None

    # --- What should be there, and what is ------------------------------------------------------------------------

    def expected(self) -> dict[str, Any]:
        oracle, epoch = self.world.scene.oracle, self._epoch()
        seen = (s for s in self.world.scene.facts.signals if oracle.sees_signal(self.viewer, s))
        return {sig(signal): self._told(oracle, signal, epoch) for signal in seen}

    def held(self) -> dict[str, Any]:
        connection = sqlite3.connect(self.file)
        near = defaultdict(set)
        for id, key in connection.execute("SELECT id, key FROM near JOIN signal ON number = signal"):
            near[id].add(key.hex())
        found = {}
        for id, type, exact, told in connection.execute("SELECT id, type, exact, told FROM signal"):
            shown = orjson.loads(told)
            person = shown["level"] == "PERSON"
            tags = {"tag": exact and exact.hex(), "near": near[id]} if person else {}
            assert shown["type"] == type
            assert (exact is not None) or person
            found[id] = shown | tags
        connection.close()
        return found

    def difference(self) -> dict[str, Any]:
        expected, held = self.expected(), self.held()
        found = {}
        for id in expected.keys() | held.keys():
            should, does = expected.get(id, {}), held.get(id, {})
            if should != does:
                names = [name for name in should | does if should.get(name) != does.get(name)]
                found[id] = [(name, should.get(name), does.get(name)) for name in names]
        return found

    def _epoch(self) -> int | None:
        """Of the tags after a sync: the newest key that is here and lives; if there is none, any that lives."""
        issued = self.world.scene.issued[self.viewer.id]
        if not issued:
            return None
        state = Store.open(self.file).state
        assert state is not None
        live = sorted(issued)[-2:]
        assert state.epoch in live
        assert not (live[-1] in self.kept and state.epoch != live[-1])
        assert state.epoch in self.kept or not self.kept & set(live)
        return state.epoch

    def _told(self, oracle: Oracle, signal: Signal, epoch: int | None) -> dict[str, Any]:
        told, summed = oracle.told(self.viewer, signal), oracle.summed(self.viewer, signal)
        assert told is not None
        form = canonical(signal.value.type, signal.value.text, Hints(platform=signal.value.platform))
        level = FACTS[form.type].level
        shown: dict[str, Any] = {
            "type": form.type.value,
            "level": level.value,
            "qualifier": form.qualifier or None,
            "maskedValue": masks.mask_of(form.type)(form.value),
            "value": form.value if level is Level.CONTENT else None,
            "violations": list(map(str, told.violations)),
            "annotations": [],
            "severity": told.severity.value,
            "confidence": told.confidence,
            "handling": told.handling.value,
            "createdAt": moment(told.created_at),
            "updatedAt": moment(told.updated_at),
            "contributors": [{"slug": who.slug} for who in told.contributors],
            "feedbackSummary": {
                "opinion": summed.opinion.value,
                "participants": sum(count for _, count in summed.verdicts),
                "verdicts": [{"verdict": verdict.value, "participants": count} for verdict, count in summed.verdicts],
            },
        }
        if level is Level.PERSON:
            key = None if epoch is None else key_bytes(self.world.scene.issued[self.viewer.id][epoch])
            shown["tag"] = None if key is None else match_tag(key, NORMALISER_VERSION, form)
            shown["near"] = set() if key is None else set(near_match_tags(key, NORMALISER_VERSION, form))
        return shown
