"""Whoever keeps the last `next` has in the end what it may see: through changes, removals and a fresh start."""

import random
from typing import Any
from uuid import UUID

import pytest

from app.rules.drafts import Audience
from app.rules.labels import RetractionReason, Severity
from app.rules.participants import ParticipantStatus
from app.rules.stix.names import id_of
from app.services import contributions, groups, links, participants
from app.services.contributions import Revision
from app.web.taxii.pages import Pages
from tests.feed.world import OPERATOR, Program, draft
from tests.live_exchange import LiveExchange
from tests.taxii.reading import Copy, expected, feed, get
from tests.taxii.world import fill, severe


async def visible(served: LiveExchange, slug: str) -> set[str]:
    return {id_of("indicator", item["signalId"]) for item in await feed(served, slug)}


class History:
    """Things that happen to what alder shares, in an order by chance."""

    def __init__(self, program: Program, chance: random.Random) -> None:
        self.program, self.chance = program, chance
        self.shared: list[UUID] = []
        self._named = 0
        # What cedar says of the same; it says more of each, so that there is less when it leaves.
        self._joined: list[UUID] = []

    async def step(self) -> None:
        happens = [self.share, self.join, self.leave, self.retract, self.change, self.narrow, self.widen]
        await self.chance.choice(happens)()
        await self.program.settle()

    async def share(self) -> None:
        self._named += 1
        audience = self.chance.choice([(), (self.program.payments,)])
        (row,) = await self.program.share("alder", draft(f"new-{self._named}", *audience))
        assert row.subject_id is not None
        self.shared.append(row.subject_id)

    async def join(self) -> None:
        (row,) = await self.program.share("cedar", severe(f"new-{self.chance.randint(1, self._named)}"))
        if row.subject_id is not None and row.subject_id not in self._joined:
            self._joined.append(row.subject_id)

    async def leave(self) -> None:
        if self._joined:
            await self.program.do("cedar", contributions.retract, [self._joined.pop()], RetractionReason.ERROR)

    async def retract(self) -> None:
        if self.shared:
            id = self.shared.pop(self.chance.randrange(len(self.shared)))
            await self.program.do("alder", contributions.retract, [id], RetractionReason.ERROR)

    async def change(self) -> None:
        await self._revise(labels={"severity": self.chance.choice(list(Severity)[:3])})

    async def narrow(self) -> None:
        await self._revise(audience=Audience((self.program.payments,)))

    async def widen(self) -> None:
        await self._revise(audience=Audience())

    async def _revise(self, **said: Any) -> None:
        if self.shared:
            revision = Revision(self.chance.choice(self.shared), **{"labels": {}, **said})
            await self.program.do("alder", contributions.update, self.program.exchange.keyring, revision)


@pytest.mark.parametrize(("slug", "limit"), [("birch", 1), ("birch", 40), ("elm", 5), ("elm", 2)])
async def test_a_poller_ends_with_what_it_sees_whatever_happens_between_its_pages(
    program: Program, served: LiveExchange, slug: str, limit: int, pytestconfig: pytest.Config
) -> None:
    history, copy = History(program, random.Random(f"{slug} {limit}")), Copy()
    for _ in range(5):
        await history.share()
    await program.settle()
    for _ in range(300 if pytestconfig.getoption("--full") else 15):
        await history.step()
        await copy.page(served, slug, limit)
    await copy.catch_up(served, slug, limit)
    now = expected(await feed(served, slug), program.clock())
    assert copy.signals() == {id for id, one in now.items() if one["type"] == "indicator"}
    # Each as it stands, but for the moment of its telling.
    for id in copy.signals():
        assert copy.held[id] | {"modified": ""} == now[id] | {"modified": ""}


async def test_what_a_page_could_not_hold_comes_with_the_next(
    program: Program, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mutant that goes on in the feed without them is noticed."""
    await fill(program)
    whole, without = Copy(), Copy()
    await whole.catch_up(served, "birch", 2)
    after = Pages._owed

    async def forgetful(self: Pages, place: object) -> object:
        owed = await after(self, place)  # type: ignore[arg-type]
        return owed if getattr(place, "amid", None) is None else type(owed)([], type(owed.place)(owed.place.after))

    monkeypatch.setattr(Pages, "_owed", forgetful)
    await without.catch_up(served, "birch", 2)
    assert without.held.keys() < whole.held.keys()


async def test_a_link_that_is_taken_back_between_two_pages_of_a_signal_hides_no_other(
    program: Program, served: LiveExchange
) -> None:
    ids = await fill(program)
    copy = Copy()
    while sum(one["type"] == "relationship" for one in copy.held.values()) < 2:
        await copy.page(served, "birch", 1)
    first = next(one for one in copy.held.values() if one["type"] == "relationship")
    taken = UUID(first["id"].partition("--")[2])
    await program.do("alder", links.unlink, [taken])
    await copy.catch_up(served, "birch", 1)
    kept = {id for id, one in copy.held.items() if one["type"] == "relationship"}
    assert len(kept) == 4
    assert len(ids) == 13


async def test_a_signal_that_comes_back_into_sight_is_a_later_version_than_its_tombstone(
    program: Program, served: LiveExchange
) -> None:
    (row,) = await program.share("alder", draft("one"))
    await program.settle()
    copy = Copy()
    await copy.catch_up(served, "elm", 10)
    assert len(copy.signals()) == 1
    assert row.subject_id is not None
    for audience, count in ((Audience((program.payments,)), 0), (Audience(), 1)):
        await program.do(
            "alder", contributions.update, program.exchange.keyring, Revision(row.subject_id, {}, audience=audience)
        )
        await program.settle()
        await copy.catch_up(served, "elm", 10)
        assert len(copy.signals()) == count
    assert copy.tombstones == 1


async def test_who_loses_sight_at_once_is_told_to_start_again(program: Program, served: LiveExchange) -> None:
    await program.share("alder", draft("all"), draft("night", program.payments))
    await program.settle()
    copy = Copy()
    await copy.catch_up(served, "birch", 10)
    assert len(copy.signals()) == 2
    await program.do(OPERATOR, groups.remove_members, program.payments, [program.exchange.id("birch")])
    await program.settle()
    answer = await get(served, "birch", next=copy.next)
    assert (answer.status_code, answer.json()["error_code"], answer.json()["http_status"]) == (
        410,
        "RESYNC_REQUIRED",
        "410",
    )
    assert "without `next`" in answer.json()["description"]
    await copy.catch_up(served, "birch", 10)
    assert copy.signals() == await visible(served, "birch")
    assert len(copy.signals()) == 1


async def test_a_suspended_reader_starts_again_and_sees_its_own_alone(program: Program, served: LiveExchange) -> None:
    await program.share("alder", draft("hers"))
    await program.share("elm", draft("its-own"))
    await program.settle()
    copy = Copy()
    await copy.catch_up(served, "elm", 10)
    assert len(copy.signals()) == 2
    await program.do(OPERATOR, participants.change_status, program.exchange.id("elm"), ParticipantStatus.SUSPENDED)
    await program.settle()
    await copy.catch_up(served, "elm", 10)
    assert len(copy.signals()) == 1
