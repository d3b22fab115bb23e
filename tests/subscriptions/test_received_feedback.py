"""Following what others find with one's signals: exactly what can be read of it, and nothing of others'."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.rules.feedback import FeedbackDraft
from app.rules.labels import ReviewStatus
from app.rules.verdicts import Verdict, VerdictReason
from app.services import feedback, groups
from app.store import watch
from tests.feed.world import OPERATOR, Program, draft
from tests.live_exchange import Client, LiveExchange

RECEIVED = """subscription ($after: String) { feedbackOnMySignals(after: $after) {
    __typename
    ... on ReceivedFeedbackPage { items { id verdict note author { slug } createdAt updatedAt signal { value } }
        endCursor caughtUp }
    ... on ResyncRequired { startCursor } } }"""
LIST = """{ feedbackReceived { edges { node {
    id verdict note author { slug } createdAt updatedAt signal { value } } } } }"""


async def shared(program: Program, *hosts: str, slug: str = "alder") -> list[UUID]:
    rows = await program.share(slug, *map(draft, hosts))
    await program.sequence()
    return [row.signal_id for row in rows if row.signal_id]


async def say(program: Program, slug: str, *signals: UUID, verdict: Verdict = Verdict.MATCHED, **said: Any) -> None:
    drafts = [FeedbackDraft(signal, verdict, **said) for signal in signals]
    await program.do(slug, feedback.record, program.exchange.keyring, drafts)
    await program.sequence()


async def following(served: LiveExchange, slug: str, after: str | None = None) -> Client:
    client = await served.client(slug)
    await client.subscribe(RECEIVED, after=after)
    return client


async def test_what_others_say_comes_as_they_say_it_and_as_it_can_be_read(
    program: Program, served: LiveExchange
) -> None:
    one, two = await shared(program, "one", "two")
    alder = await following(served, "alder")
    first = await alder.event()
    assert (first["items"], first["caughtUp"]) == ([], True)
    await say(program, "birch", one, note="For us alone")
    (item,) = (await alder.event())["items"]
    assert (item["verdict"], item["signal"]["value"]) == ("MATCHED", "one.example")
    assert (item["note"], item["author"], item["createdAt"]) == (None, None, None)
    assert item["updatedAt"] == program.clock().replace(minute=0, second=0).isoformat()
    await say(
        program,
        "birch",
        one,
        verdict=Verdict.FALSE_POSITIVE,
        reason=VerdictReason.OTHER,
        review_status=ReviewStatus.REVIEWED_MANUALLY,
    )
    (changed,) = (await alder.event())["items"]
    assert (changed["id"], changed["verdict"]) == (item["id"], "FALSE_POSITIVE")
    await say(program, "cedar", one, two)
    both = (await alder.event())["items"]
    assert [item["id"] for item in both] == sorted(item["id"] for item in both)
    await alder.subscribe(LIST, "list")
    listed = {edge["node"]["id"]: edge["node"] for edge in (await alder.event("list"))["edges"]}
    assert {item["id"]: item for item in (changed, *both)} == listed


async def test_feedback_to_others_and_ones_own_is_not_heard_of(program: Program, served: LiveExchange) -> None:
    (mine,), (theirs,) = await shared(program, "mine"), await shared(program, "theirs", slug="cedar")
    alder, cedar, birch = [await following(served, slug) for slug in ("alder", "cedar", "birch")]
    for client in (alder, cedar, birch):
        await client.event()
    await say(program, "birch", mine, theirs)
    assert [item["signal"]["value"] for item in (await alder.event())["items"]] == ["mine.example"]
    assert [item["signal"]["value"] for item in (await cedar.event())["items"]] == ["theirs.example"]
    assert await birch.silence()
    await shared(program, "of-elm", slug="elm")
    assert await alder.silence()


async def test_what_was_missed_comes_once_each_as_it_is_now(program: Program, served: LiveExchange) -> None:
    signals = await shared(program, *(f"host-{number}" for number in range(150)))
    alder = await following(served, "alder")
    cursor = (await alder.event())["endCursor"]
    await alder.socket.close()
    await say(program, "birch", *signals, verdict=Verdict.MATCHED)
    await say(program, "birch", *signals[:20], verdict=Verdict.INGESTED)
    await say(program, "cedar", signals[0])
    again = await following(served, "alder", cursor)
    items, page = [], {"caughtUp": False}
    while not page["caughtUp"]:
        page = await again.event()
        items += page["items"]
        assert len(page["endCursor"]) == len(cursor)
    assert len(items) == len({item["id"] for item in items}) == 151
    assert sum(item["verdict"] == "INGESTED" for item in items) == 20
    await say(program, "cedar", signals[1])
    assert len((await again.event())["items"]) == 1


async def test_other_groups_start_it_afresh_with_all_that_there_is(
    program: Program, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.2)
    (mine,) = await shared(program, "mine")
    await say(program, "birch", mine)
    alder = await following(served, "alder")
    await alder.event()
    program.clock.now += timedelta(seconds=1)
    await program.do(OPERATOR, groups.remove_members, program.payments, [program.exchange.id("alder")])
    event = await alder.event()
    assert event["__typename"] == "ResyncRequired"
    await alder.hear()
    await alder.subscribe(RECEIVED, "2", after=event["startCursor"])
    assert [item["verdict"] for item in (await alder.event("2"))["items"]] == ["MATCHED"]
