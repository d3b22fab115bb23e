"""Networks: the visible neighbourhood, the same as a search over the visible links in plain Python (R1, R5)."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import InvalidInput
from app.rules.actor import Actor
from app.rules.labels import ContributionStatus, Handling, Precision, ReviewStatus, SubjectRole, Violation
from app.rules.links import MAX_NETWORK_EDGES, Relation
from app.rules.signal_types import SignalType
from app.services import network
from app.services.network import Network
from app.store import links
from app.store.database_urls import DatabaseUrls
from app.store.tables.contribution import ContributionRow
from app.store.tables.link import LinkRow
from tests.feedback_world import World, world_at
from tests.link_world import ALL, alter, link, linked_pair


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as world:
        yield world


@dataclass
class Graph:
    """Contributions and links put straight into the store."""

    world: World
    contributions: list[ContributionRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)

    def contribute(self, actor: Actor, signal: UUID, **said: Any) -> None:
        now = self.world.exchange.clock()
        usual: dict[str, Any] = {
            "status": ContributionStatus.ACTIVE,
            "program_wide": True,
            "audience_groups": [],
            "expires_at": now.replace(year=now.year + 1),
        }
        row = ContributionRow(
            created_at=now,
            updated_at=now,
            signal_id=signal,
            signal_type=SignalType.DOMAIN,
            participant_id=actor.participant_id,
            violations=[Violation.SEXTORTION_FINANCIAL],
            annotations=[],
            severity=1,
            confidence=50,
            precision=Precision.MEDIUM,
            handling=Handling.AMBER,
            review_status=ReviewStatus.UNREVIEWED,
            subject_role=SubjectRole.UNKNOWN,
            **(usual | said),
        )
        self.contributions.append(row)

    def link(self, actor: Actor, a: UUID, b: UUID, relation: Relation = Relation.SAME_ACTOR) -> None:
        a, b = sorted((a, b))
        now = self.world.exchange.clock()
        row = LinkRow(
            created_at=now, a_id=a, b_id=b, relation=relation, participant_id=actor.participant_id, confidence=50
        )
        self.links.append(row)

    async def store(self) -> None:
        async with AsyncSession(self.world.owner) as session, session.begin():
            for table, rows in ((ContributionRow, self.contributions), (LinkRow, self.links)):
                await session.execute(insert(table), [row.model_dump(exclude={"shared"}) for row in rows])

    # --- The oracle: what the rules say, written once more -------------------------------------------------------

    def _sees(self, viewer: Actor, row: ContributionRow) -> bool:
        if row.expires_at <= self.world.exchange.clock() or row.status == ContributionStatus.RETRACTED:
            return False
        if row.participant_id == viewer.participant_id:
            return True
        open_to = row.program_wide or bool(set(row.audience_groups) & set(viewer.groups))
        return row.status == ContributionStatus.ACTIVE and not row.hidden and not row.signal_hidden and open_to

    def links_seen_by(self, viewer: Actor) -> list[LinkRow]:
        seen = {(row.participant_id, row.signal_id) for row in self.contributions if self._sees(viewer, row)}
        return [row for row in self.links if {(row.participant_id, row.a_id), (row.participant_id, row.b_id)} <= seen]


def searched(visible: Sequence[LinkRow], start: UUID, depth: int, limit: int) -> tuple[list[UUID], set[UUID], bool]:
    """Breadth first: the signals in order, the links among them, and whether there was no room for a signal."""
    reached, depths, truncated = [start], {start: 0}, False
    for here in reached:
        if depths[here] == depth or truncated:
            break
        near = {b if a == here else a for a, b in ((row.a_id, row.b_id) for row in visible) if here in (a, b)}
        for id in sorted(near - set(reached)):
            if len(reached) == limit:
                truncated = True
                break
            reached.append(id)
            depths[id] = depths[here] + 1
    return reached, {row.id for row in visible if {row.a_id, row.b_id} <= set(reached)}, truncated


def _random_graph(world: World, random: Random) -> tuple[Graph, list[UUID]]:
    """Three participants, a dozen signals, contributions in every state, and links with and without them."""
    graph, signals = Graph(world), [uuid4() for _ in range(random.randint(4, 14))]
    now = world.exchange.clock()
    group = {"program_wide": False, "audience_groups": [world.exchange.group_id]}
    states: list[dict[str, Any]] = [
        *[{}] * 8,
        *[group] * 4,
        {"program_wide": False, "audience_groups": [uuid4()]},
        {"status": ContributionStatus.QUARANTINED},
        {"status": ContributionStatus.RETRACTED},
        {"hidden": True},
        {"signal_hidden": True},
        {"expires_at": now},
    ]
    for actor in (world.alder, world.birch, world.cedar):
        for signal in signals:
            if random.random() < 0.8:
                graph.contribute(actor, signal, **random.choice(states))
        pairs = [(a, b) for a in signals for b in signals if a < b]
        for a, b in random.sample(pairs, min(len(pairs), random.randint(3, 18))):
            for relation in random.sample([*Relation], random.choice([1, 1, 2])):
                graph.link(actor, a, b, relation)
    return graph, signals


@pytest.mark.parametrize("seed", range(8))
async def test_a_network_is_what_a_search_over_the_visible_links_finds(world: World, seed: int) -> None:
    random = Random(seed)
    graph, signals = _random_graph(world, random)
    await graph.store()
    for viewer in (world.alder, world.birch, world.cedar):
        visible = graph.links_seen_by(viewer)
        for start in signals:
            depth, limit = random.randint(1, 3), random.choice([1, 2, 3, 5, 500])
            for ask in (world.ask, world.ask_unwalled):
                found = await ask(network.neighbourhood, viewer, start, depth, limit)
                told = (list(found.signal_ids), {row.id for row in found.links}, found.truncated)
                assert told == searched(visible, start, depth, limit)


@pytest.mark.parametrize("seed", range(2))
async def test_links_at_signals_are_the_visible_ones_at_either_end(world: World, seed: int) -> None:
    graph, signals = _random_graph(world, Random(100 + seed))
    await graph.store()
    for viewer in (world.alder, world.birch, world.cedar):
        visible = graph.links_seen_by(viewer)
        pages = await world.ask(links.at_signals, viewer, signals, None, ALL)
        for signal in signals:
            here = sorted(row.id for row in visible if signal in (row.a_id, row.b_id))
            assert [row.id for _, row in pages[signal].items] == here


async def test_edges_come_in_the_order_of_the_signals(world: World) -> None:
    _, a, b = await linked_pair(world, world.alder)
    c = await world.share(world.alder)
    await link(world, world.alder, b, c)
    await link(world, world.alder, a, c)
    found = await world.ask(network.neighbourhood, world.birch, a, 2, 10)
    place = {id: number for number, id in enumerate(found.signal_ids)}
    ends = [tuple(sorted((place[row.a_id], place[row.b_id]))) for row in found.links]
    assert ends == [(0, 1), (0, 2), (1, 2)]


async def test_a_hidden_signal_neither_shows_nor_leads_on(world: World) -> None:
    _, a, b = await linked_pair(world, world.alder, world.birch)
    c = await world.share(world.alder, world.birch)
    await link(world, world.alder, b, c)
    await alter(world, world.alder, b, "hidden = true")
    found = await world.ask(network.neighbourhood, world.cedar, a, 3, 500)
    assert (list(found.signal_ids), list(found.links), found.truncated) == ([a], [], False)


async def test_hidden_neighbours_do_not_make_a_network_truncated(world: World) -> None:
    _, a, _ = await linked_pair(world, world.alder)
    hidden = await world.share(world.alder, group=world.exchange.group_id)
    await link(world, world.alder, a, hidden)
    told = [await world.ask(network.neighbourhood, viewer, a, 1, 2) for viewer in (world.birch, world.cedar)]
    assert [found.truncated for found in told] == [True, False]


@pytest.mark.parametrize(("depth", "limit"), [(0, 1), (4, 1), (1, 0), (1, 501), (-1, -1)])
async def test_a_network_beyond_its_limits_is_refused(world: World, depth: int, limit: int) -> None:
    with pytest.raises(InvalidInput):
        await world.ask(network.neighbourhood, world.alder, uuid4(), depth, limit)


# --- Large ones ------------------------------------------------------------------------------------------------------


async def _stored(world: World, signals: Iterable[UUID], ends: Iterable[tuple[UUID, UUID]]) -> None:
    graph = Graph(world)
    for signal in signals:
        graph.contribute(world.alder, signal)
    for a, b in ends:
        graph.link(world.alder, a, b)
    await graph.store()
    async with world.owner.begin() as connection:
        for table in ("contribution", "signal_link"):
            await connection.exec_driver_sql(f"ANALYZE {table}")


async def _around(world: World, start: UUID) -> Network:
    return await world.ask(network.neighbourhood, world.birch, start, 3, 500)


async def test_a_star_with_ten_thousand_leaves_is_cut(world: World) -> None:
    centre, *leaves = [uuid4() for _ in range(10_001)]
    await _stored(world, [centre, *leaves], [(centre, leaf) for leaf in leaves])
    found = await _around(world, centre)
    assert list(found.signal_ids) == [centre, *sorted(leaves)[:499]]
    assert (len(found.links), found.truncated) == (499, True)
    outermost = max(leaves)
    found = await _around(world, outermost)
    assert list(found.signal_ids) == [outermost, centre, *sorted(leaves)[:498]]


async def test_a_clique_of_two_hundred_shows_all_signals_and_as_many_links_as_it_may(world: World) -> None:
    clique = sorted(uuid4() for _ in range(200))
    await _stored(world, clique, [(a, b) for a in clique for b in clique if a < b])
    found = await _around(world, clique[0])
    assert list(found.signal_ids) == clique
    assert (len(found.links), found.truncated) == (MAX_NETWORK_EDGES, True)
    assert [row.b_id for row in found.links[:199]] == clique[1:]


async def test_a_grid_is_walked_as_far_as_its_depth(world: World) -> None:
    side = 40
    grid = {(x, y): uuid4() for x in range(side) for y in range(side)}
    steps = [(grid[x, y], grid[to]) for x, y in grid for to in ((x + 1, y), (x, y + 1)) if to in grid]
    await _stored(world, grid.values(), steps)
    found = await _around(world, grid[20, 20])
    diamond = {grid[x, y] for x, y in grid if abs(x - 20) + abs(y - 20) <= 3}
    assert (set(found.signal_ids), len(found.links), found.truncated) == (diamond, 36, False)
