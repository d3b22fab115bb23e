"""Several servers on one database: who follows at one hears of what is written at the others."""

from collections.abc import AsyncIterator

import pytest

from app.services import cases
from app.services.cases import NoteDraft
from app.store.database import Database
from app.worker import jobs
from tests.demo_exchange import DemoExchange
from tests.feed.world import Program, draft
from tests.live_exchange import LiveExchange, live
from tests.subscriptions.test_case_activity import following as following_case
from tests.subscriptions.test_case_activity import opened
from tests.subscriptions.test_signal_changed import following, told


@pytest.fixture
async def other(program: Program) -> AsyncIterator[LiveExchange]:
    """A second server, with connections and a watch of its own."""
    first = program.exchange
    database = Database.at(first.urls.serving)
    async with live(DemoExchange(first.urls, database, first.keyring, first.credentials, first.clock)) as other:
        yield other
    await database.close()


async def test_what_is_written_at_one_server_is_heard_of_at_the_others(
    program: Program, served: LiveExchange, other: LiveExchange
) -> None:
    """The worker is a third party, as a process of its own is."""
    async with jobs.running(program.exchange.urls.worker, program.clock):
        case = await opened(program, "birch")
        here, there = await following(served, "birch"), await following(other, "birch")
        member = await following_case(other, "birch", case)
        await member.event()
        alder = await served.client("alder")
        upload = """mutation ($i: UploadSignalsInput!) { uploadSignals(input: $i) {
            ... on UploadSignalsPayload { created } } }"""
        row = {"type": "DOMAIN", "value": "across.example", "violations": ["SEXTORTION_FINANCIAL"]}
        await alder.subscribe(upload, "u", i={"signals": [row | {"severity": "LOW", "confidence": 50}]})
        assert await alder.event("u") == {"created": 1}
        for client in (here, there):
            assert await told(client) == ["across.example"]
        await program.do("alder", cases.add_note, program.exchange.keyring, NoteDraft(case, "Across"))
        assert [item["note"]["text"] for item in (await member.event())["items"]] == ["Across"]


async def test_a_cursor_of_one_server_is_good_at_another(
    program: Program, served: LiveExchange, other: LiveExchange
) -> None:
    here = await following(served, "birch")
    await program.share("alder", draft("one"))
    await program.sequence()
    cursor = (await here.event())["endCursor"]
    await program.share("alder", draft("two"))
    await program.sequence()
    there = await other.client("birch")
    await there.subscribe(
        """subscription ($after: String) { signalChanged(after: $after) {
        ... on ChangePage { items { removed signal { value } } } } }""",
        after=cursor,
    )
    assert await told(there) == ["two.example"]
