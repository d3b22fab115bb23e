"""What happens out of sight shows in no event of those who follow: with and without it, they are the same (R18)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import tokens as rules_tokens
from app.rules.keyring import Keyring
from app.store import watch
from app.store.database_urls import DatabaseUrls
from app.store.watch import Watch
from app.web import asgi
from tests.feed.two_worlds import HISTORY, READER, Course, next_, without_ids
from tests.feed.world import empty, program_at
from tests.live_exchange import Client, live
from tests.waiting import PATIENCE

SIGNALS = """subscription ($after: String, $filter: ChangeFilterInput) { signalChanged(after: $after, filter: $filter) {
    __typename
    ... on ChangePage { items { signalId removed signal { id type value severity createdAt updatedAt
        contributors { slug } feedbackSummary { opinion participants } } } startCursor endCursor caughtUp }
    ... on ResyncRequired { code startCursor } } }"""
FEEDBACK = """subscription ($after: String) { feedbackOnMySignals(after: $after) {
    __typename
    ... on ReceivedFeedbackPage { items { id verdict note createdAt updatedAt signal { id } } endCursor caughtUp }
    ... on ResyncRequired { code startCursor } } }"""
FOLLOWED: dict[str, tuple[str, dict[str, Any]]] = {
    "all": (SIGNALS, {}),
    "grave": (SIGNALS, {"filter": {"severityAtLeast": "HIGH"}}),
    "others": (SIGNALS, {"filter": {"types": ["URL"]}}),
    "feedback": (FEEDBACK, {}),
}
WATCHES: list[Watch] = []
# Looks of the watch, its questions after tokens among them, after which there has been a whole one.
LOOKS = 4


def watched(*given: Any) -> Watch:
    """That of the server that begins."""
    WATCHES.append(Watch(*given))
    return WATCHES[-1]


@dataclass
class Follower:
    """Follows all of it on one socket."""

    client: Client
    watch: Watch
    told: list[dict[str, list[Any]]] = field(default_factory=list)

    async def follow(self, id: str, after: str | None = None) -> None:
        query, variables = FOLLOWED[id]
        await self.client.subscribe(query, id, **variables, after=after)

    async def listen(self) -> dict[str, list[Any]]:
        """All that comes until everything is read; what has to start afresh does. Streams have no order among them."""
        heard: dict[str, list[Any]] = {id: [] for id in FOLLOWED}
        async with asyncio.timeout(PATIENCE):
            while await self._drained(heard) or self.watch.waiting < len(FOLLOWED):
                pass
        return heard

    async def _drained(self, heard: dict[str, list[Any]]) -> bool:
        """Whether anything came, after a whole look."""
        asked, came = self.watch.asked, False
        while self.watch.waiting and self.watch.asked < asked + LOOKS:  # noqa: ASYNC110  # it signals nothing
            await asyncio.sleep(0.01)
        await self.client.say(type="ping")
        while (message := await self.client.hear())["type"] != "pong":
            came = True
            if message["type"] == "next":
                (event,) = message["payload"]["data"].values()
                heard[message["id"]].append(event)
            else:
                assert message["type"] == "complete", message
                assert heard[message["id"]][-1]["__typename"] == "ResyncRequired"
                await self.follow(message["id"], heard[message["id"]][-1]["startCursor"])
        return came


async def told(urls: DatabaseUrls, owner: AsyncEngine, keyring: Keyring, *, with_hidden: bool) -> Sequence[Any]:
    """What is told after each visible step, and that nothing is after the hidden ones."""
    await empty(owner)
    async with program_at(urls, keyring) as program, live(program.exchange) as served:
        course, follower = Course(program), Follower(await served.client(READER), WATCHES[-1])
        for id in FOLLOWED:
            await follower.follow(id)
        answers = [await follower.listen()]
        for visible, hidden in HISTORY:
            for step in hidden if with_hidden else ():
                await step(course)
                await program.settle()
                assert not any((await follower.listen()).values())
            program.clock.now = next_(program.clock.now)
            await visible(course)
            await program.settle()
            answers.append(await follower.listen())
    told: Sequence[Any] = without_ids(answers, {})
    return told


async def test_what_is_hidden_shows_in_no_event(
    emptied: DatabaseUrls, owner_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(asgi, "Watch", watched)
    # The history takes hours.
    monkeypatch.setattr(rules_tokens, "LIFETIME_SECONDS", 10**6)
    keyring = Keyring.generate()
    without = await told(emptied, owner_engine, keyring, with_hidden=False)
    assert await told(emptied, owner_engine, keyring, with_hidden=True) == without
    of_each = {id: sum(len(heard[id]) for heard in without) for id in FOLLOWED}
    assert all(of_each.values()), of_each
    assert of_each["others"] < of_each["grave"] <= of_each["all"]
