"""The examples that other tests vary: each is accepted as it stands, so what they refuse is refused for its change."""

from app.store.database_urls import DatabaseUrls
from tests.flows import examples
from tests.flows.full_world import full_world
from tests.flows.guarded import GRAPH
from tests.flows.positions import by_way, calls, positions
from tests.flows.test_hostile import told


async def test_the_examples_are_accepted(database_urls: DatabaseUrls) -> None:
    refused = []
    async with full_world(database_urls) as world:
        known = examples.everything(world)
        for way in by_way(positions(GRAPH, known)):
            document, variables = calls(GRAPH, way, [known])
            response = await world.post(world.token(), document.text, variables)
            refused += [(way, response.text)] if told(response.json()) else []
    assert refused == []
