"""Signals by match tags: a participant names what it sees by tags of its own, and learns of nothing else (R14)."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.errors import Forbidden, InvalidInput
from app.rules.drafts import SignalDraft
from app.rules.key_use import KeyUse, TagVersion
from app.rules.normal_forms import Hints
from app.rules.signal_types import SignalType
from app.rules.tag_keys import TagKey
from app.services import groups, tag_lookup
from app.services.tag_lookup import Tagged
from app.store import key_use, match_tags
from app.store.database_urls import DatabaseUrls
from tests.feed.world import LABELS, program_at
from tests.services.tag_scene import Scene


@pytest.fixture
async def scene(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[Scene]:
    async with program_at(emptied) as program:
        made = Scene(program, owner_engine)
        for slug in ("alder", "birch", "cedar"):
            await made.issue(slug)
        yield made


async def test_a_participant_finds_by_its_own_tags_what_others_share(scene: Scene) -> None:
    one, other = await scene.share("alder", "a"), await scene.share("cedar", "b")
    assert await scene.find("birch", "b", "nobodys", "a") == [other, None, one]


async def test_a_wrong_tag_and_what_is_hidden_are_the_same_null(scene: Scene) -> None:
    await scene.share("alder", "hidden", scene.program.payments)
    await scene.share("alder", "open")
    assert await scene.find("cedar", "hidden", "absent") == [None, None]
    theirs, ours = scene.tag("birch", "open"), scene.tag("cedar", "open")
    flipped = replace(ours.key, tag=ours.key.tag[:-1] + ("0" if ours.key.tag[-1] != "0" else "1"))
    never = replace(ours.key, epoch=7)
    wrong = [
        theirs,
        replace(ours, type="URL"),
        replace(ours, type="\0"),
        Tagged(flipped),
        Tagged(never),
    ]
    assert await scene.ask("cedar", *wrong) == [None] * len(wrong)
    assert await scene.ask("cedar", ours) != [None]


async def test_what_comes_into_sight_is_found_from_then_on(scene: Scene) -> None:
    signal = await scene.share("dogwood", "a", scene.program.night)
    assert await scene.find("birch", "a") == [None]
    await scene.share("cedar", "a")
    assert await scene.find("birch", "a") == [signal]
    await scene.retract("cedar", signal)
    assert await scene.find("birch", "a") == [None]


async def test_who_joins_a_group_finds_what_is_shared_there(scene: Scene) -> None:
    signal = await scene.share("alder", "a", scene.program.payments)
    assert await scene.find("cedar", "a") == [None]
    cedar = await scene.program.actor("cedar")
    await scene.program.do("lantern-operator", groups.add_members, scene.program.payments, [cedar.participant_id])
    assert await scene.find("cedar", "a") == [signal]


async def test_what_can_be_enumerated_is_found_by_those_who_may_reveal(scene: Scene) -> None:
    given = SignalDraft(SignalType.PHONE_NUMBER, "+442079460100", LABELS, Hints(region="GB"))
    (result,) = await scene.program.share("alder", given)
    await scene.program.sequence()
    tag = hmac.new(scene.keys["birch", 1], b"1\0PHONE_NUMBER\x00+442079460100", hashlib.sha256).hexdigest()
    asked = Tagged(TagKey(1, 1, tag), "PHONE_NUMBER")
    assert await scene.ask("birch", asked) == [result.signal_id]
    assert await scene.ask("birch", asked, without=frozenset({"signals:reveal"})) == [None]


async def test_who_may_not_match_finds_nothing_by_tags(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        await scene.ask("birch", scene.tag("birch", "a"), without=frozenset({"signals:match"}))


async def test_two_tags_that_begin_alike_are_told_apart(scene: Scene) -> None:
    one, other = await scene.share("alder", "a"), await scene.share("alder", "b")
    assert await scene.find("birch", "a", "b") == [one, other]
    await scene.rows(
        "INSERT INTO match_tag SELECT a.participant_id, a.epoch, a.prefix, b.signal_id FROM match_tag a"
        " JOIN match_tag b ON a.signal_id <> b.signal_id"
    )
    assert await scene.find("birch", "a", "b") == [one, other]


async def test_a_comparison_of_beginnings_alone_would_show(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_lookup._Lookup, "_is_of", lambda *_: True)
    with pytest.raises(AssertionError):
        await test_two_tags_that_begin_alike_are_told_apart(scene)


async def test_keys_that_are_kept_for_ever_would_show(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def kept(*_: object) -> None:
        pass

    monkeypatch.setattr(match_tags, "forget", kept)
    with pytest.raises(AssertionError):
        await test_tags_go_with_a_retired_key(scene)


async def test_tags_are_prepared_in_bounded_steps(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_lookup, "WIDTH", 2)
    signals = [await scene.share("alder", host) for host in "abcdefghij"]
    asked = [await scene.find("birch", "a", "j") for _ in range(5)]
    assert asked == [*[None] * 4, [signals[0], signals[-1]]]
    assert await scene.kept() == len(signals)


async def test_nobody_keeps_tags_for_who_does_not_ask(scene: Scene) -> None:
    await scene.share("alder", "a")
    assert await scene.kept() == 0
    await scene.find("birch", "a")
    assert await scene.rows("SELECT DISTINCT slug FROM match_tag t JOIN participant p ON p.id = t.participant_id") == [
        ("birch",)
    ]


async def test_two_who_ask_at_once_are_both_told(scene: Scene) -> None:
    signals = [await scene.share("alder", host) for host in "abc"]
    answers = await asyncio.gather(*(scene.find("birch", *"abc") for _ in range(4)))
    assert answers == [signals] * 4


async def test_tags_go_with_the_signal(scene: Scene) -> None:
    signal = await scene.share("alder", "a")
    await scene.share("alder", "b")
    for slug in ("birch", "cedar"):
        await scene.find(slug, "a")
    assert await scene.kept() == 4
    await scene.retract("alder", signal)
    assert await scene.rows("SELECT * FROM match_tag WHERE signal_id = :id", {"id": signal}) == []
    assert await scene.kept() == 2
    assert await scene.find("birch", "a") == [None]


async def test_nothing_is_kept_of_what_is_being_erased(scene: Scene) -> None:
    """The one who prepares waits for the erasure, and then finds nothing to keep."""
    signal = await scene.share("alder", "a")
    database, birch = scene.program.exchange.database, await scene.program.actor("birch")
    async with database.write(birch) as session:
        assert await match_tags.identities(session, birch, [signal])
        async with scene.owner.begin() as erasing:
            await erasing.execute(text("DELETE FROM signal WHERE id = :id"), {"id": signal})
            keeping = asyncio.create_task(match_tags.keep(session, 1, {signal: 7}))
            await _waits(scene, keeping)
        await keeping
    assert await scene.kept() == 0


async def _waits(scene: Scene, task: "asyncio.Task[Any]") -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while not (await scene.rows(waiting))[0][0]:
        assert not task.done(), "it did not wait"
        await asyncio.sleep(0.01)


async def test_tags_go_with_a_retired_key(scene: Scene) -> None:
    signal = await scene.share("alder", "a")
    await scene.issue("birch")
    assert await scene.ask("birch", *(scene.tag("birch", "a", epoch=epoch) for epoch in (1, 2))) == [signal, signal]
    await scene.issue("birch")
    assert await scene.rows("SELECT DISTINCT epoch FROM match_tag") == [(2,)]
    assert await scene.ask("birch", *(scene.tag("birch", "a", epoch=epoch) for epoch in (1, 2, 3))) == [
        None,
        signal,
        signal,
    ]


async def test_tags_of_others_stay_when_a_key_is_retired(scene: Scene) -> None:
    """They have keys of the same epoch, and would miss signals for good, as theirs count as prepared."""
    signal = await scene.share("alder", "a")
    for slug in ("birch", "cedar"):
        assert await scene.find(slug, "a") == [signal]
    for _ in range(2):
        await scene.issue("birch")
    assert await scene.find("cedar", "a") == [signal]


async def test_a_key_that_is_retired_while_its_tags_are_prepared_leaves_none(scene: Scene) -> None:
    signal = await scene.share("alder", "a")
    await scene.issue("birch")
    birch = await scene.program.actor("birch")
    async with scene.program.exchange.database.write(birch) as session:
        await match_tags.live_keys(session, birch, [1])
        await match_tags.keep(session, 1, {signal: 7})
        issuing = asyncio.create_task(scene.issue("birch"))
        await _waits(scene, issuing)
    await issuing
    assert await scene.kept() == 0


async def test_tags_of_other_normal_forms_are_refused_and_not_missed(scene: Scene) -> None:
    signal = await scene.share("alder", "a")
    stale, good = await scene.ask("birch", scene.tag("birch", "a", normaliser=2), scene.tag("birch", "a")) or ()
    assert isinstance(stale, InvalidInput)
    assert good == signal


async def test_while_signals_come_to_new_normal_forms_nothing_is_missed(scene: Scene) -> None:
    """And once they have, every tag is another one."""
    signal = await scene.share("alder", "a")
    assert await scene.find("birch", "a") == [signal]
    actor, exchange = await scene.program.actor("birch"), scene.program.exchange
    asked = [scene.tag("birch", "a", normaliser=2)]

    async def ask(*normalisers: int) -> Any:
        async with exchange.database.write(actor) as session:
            session.info[key_use.IN_USE] = KeyUse(1, 1, tuple(TagVersion(1, version) for version in normalisers))
            return (await tag_lookup.find(session, actor, exchange.keyring, asked)).ids

    assert await ask(2, 1) is None
    await scene.rows("UPDATE signal SET normaliser_version = 2")
    assert await ask(2) == [signal]
    assert await scene.kept() == 1


async def test_what_is_kept_is_read_by_its_participant_alone(scene: Scene) -> None:
    """Row-level security by itself: also of what went out of its own sight since."""
    signal = await scene.share("alder", "a", scene.program.payments)
    await scene.share("alder", "b")
    await scene.find("birch", "a")
    for slug, seen in (("birch", 2), ("cedar", 0), ("lantern-operator", 0)):
        assert len(await _readable(scene, slug)) == seen
    await scene.retract("alder", signal)
    await scene.rows("INSERT INTO match_tag SELECT participant_id, 1, 7, :id FROM match_tag", {"id": signal})
    assert len(await _readable(scene, "birch")) == 1


async def test_the_policy_by_itself_hides_what_is_out_of_sight(scene: Scene) -> None:
    """With the owner's session, behind no wall: neither what was kept of it nor its value is read."""
    hidden = await scene.share("alder", "a", scene.program.payments)
    await scene.find("birch", "a")
    cedar = await scene.program.actor("cedar")
    async with AsyncSession(scene.owner) as session:
        assert await match_tags.identities(session, cedar, [hidden]) == []
        ((prefix,),) = await scene.rows("SELECT prefix FROM match_tag")
        assert await match_tags.candidates(session, cedar, 1, [prefix]) == []


async def _readable(scene: Scene, slug: str) -> list[Any]:
    async with scene.program.exchange.database.read(await scene.program.actor(slug)) as session:
        return list(await session.execute(text("SELECT * FROM match_tag")))
