"""Keys change while two servers serve and the job is killed: nothing is lost, doubled, or missed for a moment."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from app.rules.drafts import ReadyDraft
from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.services import matching
from app.store import uploads
from app.store.key_use import probed
from tests.rotation.race import Size, race_at
from tests.rotation.world import Shared

SMALL = Size(kills=3, rotations=1)


async def test_nothing_is_lost_doubled_or_missed(
    shared: Shared, request: pytest.FixtureRequest, evidence: Callable[[str], None]
) -> None:
    size = Size(values=1_000, kills=60, rotations=5) if request.config.getoption("full") else Size()
    async with race_at(shared, size) as race:
        tally = await race.run()
    assert (tally.missed, tally.moved) == ([], [])
    assert tally.refused <= 2 * size.rotations * len(race.servers)
    assert race.kills == size.kills
    found = await shared.signals()
    assert found == {f"person.{number}@gmail.com": id for number, id in race.ids.items()}
    newest = 1 + size.rotations
    assert await shared.versions() == ({newest}, {newest})
    assert shared.keyring().tags.by_version.keys() == shared.keyring().encryption.by_version.keys() == {newest}
    evidence(
        f"{size.rotations} rotations of both keys, {race.kills} kills of the job, {race.looked} look-ups,"
        f" {race.shared_again} shared values, {tally.refused} uploads asked to try again"
    )


async def test_look_ups_that_try_the_new_key_alone_are_caught(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "probed", lambda session, keyring: probed(session, keyring)[:1])
    async with race_at(shared, SMALL) as race:
        tally = await race.run()
    assert tally.missed
    assert not tally.moved


async def test_uploads_that_look_for_the_new_tag_alone_are_caught(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def new_alone(
        session: Any, keyring: Keyring, by_tag: Mapping[bytes, ReadyDraft], version: TagVersion
    ) -> list[bytes]:
        return [uploads.tags.signal_tag(keyring, draft.form, version.key) for draft in by_tag.values()]

    monkeypatch.setattr(uploads, "_tags_held", new_alone)
    async with race_at(shared, SMALL) as race:
        # What the new keys make of such a pair is told at the end, too.
        with pytest.raises(ExceptionGroup):
            await race.run()
    assert race.tally.moved
