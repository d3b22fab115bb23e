"""Following the change feed as it goes on: what comes, to whom, and from where it is resumed."""

from tests.feed.world import Program, draft
from tests.live_exchange import LiveExchange

CHANGED = """subscription ($after: String, $filter: ChangeFilterInput) {
    signalChanged(after: $after, filter: $filter) {
        ... on ChangePage { items { signalId removed signal { id value } } startCursor endCursor caughtUp }
        ... on ResyncRequired { code startCursor } } }"""


async def test_what_is_shared_comes_as_it_happens(program: Program, served: LiveExchange) -> None:
    birch = await served.client("birch")
    await birch.subscribe(CHANGED)
    first = await birch.event()
    assert (first["items"], first["caughtUp"]) == ([], True)
    await program.share("alder", draft("live-one"))
    await program.sequence()
    page = await birch.event()
    assert [item["signal"]["value"] for item in page["items"]] == ["live-one.example"]
    assert await birch.silence()
