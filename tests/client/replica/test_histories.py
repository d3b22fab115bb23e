"""After any history, with syncs that stop or die in between, a replica is what its participant may see."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.client.answers import ChangePage
from app.client.replica import store
from app.client.replica.state import State
from app.rules.participants import ParticipantStatus
from app.rules.scopes import ALLOWED, Scope
from tests.client.replica.conftest import HISTORIES
from tests.client.replica.worlds import ACTS, Copy, world_of
from tests.oracle.stage import Stage

pytestmark = pytest.mark.usefixtures("silence")

Step = tuple[Any, ...]
READERS = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("act"), st.sampled_from(ACTS)),
    st.tuples(st.just("act"), st.sampled_from(ACTS)),
    st.tuples(st.just("sync"), READERS, st.none() | st.integers(1, 4), st.booleans()),
    st.tuples(st.just("settle")),
    st.tuples(st.just("key"), READERS, st.booleans()),
)
HISTORY = st.tuples(st.integers(0, 2**32), st.lists(STEPS, min_size=6, max_size=16))


async def play(stage: Stage, seed: int, steps: Sequence[Step], told: Counter[str]) -> list[Any]:
    """What is wrong with the replicas of two viewers in the end."""
    world = await world_of(stage, seed)
    able = [p for p in world.scene.facts.participants if {Scope.FEED_READ, Scope.SIGNALS_READ} <= ALLOWED[p.kind]]
    with TemporaryDirectory() as directory:
        copies = [Copy(world, stage.exchange, who, Path(directory) / f"{who.slug}.db") for who in world.some(able, 2)]
        await world.settle()
        await copies[0].sync()
        await copies[1].sync(pages=2)
        for step in steps:
            match step:
                case ("act", name):
                    await getattr(world, name)()
                case ("settle",):
                    await world.settle()
                case ("key", reader, keep):
                    if copies[reader].viewer.status is ParticipantStatus.ACTIVE:
                        await copies[reader].issue_key(keep)
                case ("sync", reader, pages, killed):
                    await copies[reader].sync(pages, killed)
        await world.settle()
        wrong = []
        for copy in copies:
            await copy.sync()
            told.update(copy.told)
            told["held"] += len(copy.held())
            if different := copy.difference():
                wrong.append((copy.viewer.slug, different))
    return wrong


@pytest.fixture(scope="module")
def told() -> Counter[str]:
    return Counter()


@given(history=HISTORY)
@settings.get_profile(HISTORIES)
async def test_a_replica_is_what_its_participant_may_see(
    stage: Stage, told: Counter[str], history: tuple[int, list[Step]]
) -> None:
    wrong = await play(stage, *history, told)
    told["histories"] += 1
    assert not wrong


def test_enough_happened(told: Counter[str], evidence: Callable[[str], None]) -> None:
    if not told:
        pytest.skip("speaks of the histories before")
    evidence(str(dict(told)))
    assert min(told[name] for name in ("signals", "removed", "restarts", "held")) >= 10


def ignore_removals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store, "_DROP", f"{store._DROP} AND FALSE")


def keep_rows_on_resync(patch: pytest.MonkeyPatch) -> None:
    def restart(self: store.Store, state: State) -> State:
        with store.transaction(self._database):
            return self._save(replace(state, complete=False, synced_at=None))

    patch.setattr(store.Store, "restart", restart)


def save_the_cursor_first(patch: pytest.MonkeyPatch) -> None:
    apply = store.Store.apply

    def early(self: store.Store, state: State, page: ChangePage, asked_at: float) -> State:
        if self._held:
            self._commit()
        with store.transaction(self._database):
            self._save(replace(state, cursor=page["endCursor"]))
        return apply(self, state, page, asked_at)

    patch.setattr(store.Store, "apply", early)


# Histories in which each fault shows at least once: what it takes is in each of them, by chance more or less of it.
HARD = [
    ("sync", 1, 1, True),
    ("act", "retract"),
    ("act", "hold_back"),
    ("settle",),
    ("sync", 0, None, False),
    ("sync", 1, None, False),
    ("act", "retract"),
    ("act", "change_group"),
    ("act", "change_group"),
    ("act", "change_status"),
]


@pytest.mark.parametrize("fault", [ignore_removals, keep_rows_on_resync, save_the_cursor_first])
async def test_a_replica_is_caught_that_would(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: Callable[[pytest.MonkeyPatch], None]
) -> None:
    fault(monkeypatch)
    for seed in range(12):
        if await play(stage, seed, HARD, Counter()):
            return
    raise AssertionError("it was not caught")


async def test_without_a_fault_the_same_histories_are_right(stage: Stage) -> None:
    assert not [wrong for seed in range(4) for wrong in await play(stage, seed, HARD, Counter())]
