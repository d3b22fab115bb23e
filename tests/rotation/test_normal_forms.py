"""Other normal forms: signals come to them by the same job, and two that would become one are never lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from app import key_rotation
from app.errors import InvalidInput, Refusal, TooMany
from app.rules import normal_forms
from app.rules.drafts import SignalDraft
from app.rules.ids import Prefix, shown
from app.rules.key_use import TagVersion
from app.rules.normal_forms import Canonical, Hints
from app.rules.sealing import opened
from app.rules.signal_types import SignalType
from app.services import contributions
from app.store import live_keys
from app.store.setup_error import SetupError
from app.worker import batches
from tests.feedback_world import LABELS
from tests.rotation.world import EMAIL, Server, Shared

BEFORE, NOW = TagVersion(1, 0), TagVersion(1, 1)
JANE, JOHN, JILL = "Jane.Doe@gmail.com", "John@mail.example", "jill@mail.example"
ALL = (JANE, JOHN, JILL)


def _case_kept(type: SignalType, raw: str, hints: Hints) -> Canonical:
    """As a version before the first might have been: it took the case of the local part for a difference."""
    local, _, domain = raw.strip().rpartition("@")
    if not local:
        raise InvalidInput("no address", reason=Refusal.NOT_AN_EMAIL_ADDRESS)
    return Canonical(type, f"{local}@{domain.lower()}")


@pytest.fixture
async def one(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A server of the program of now, in an exchange that still has the forms of before."""
    earlier = replace(normal_forms._NORMALISERS[EMAIL], canonical=_case_kept)
    monkeypatch.setitem(normal_forms._EARLIER, 0, {EMAIL: earlier})
    monkeypatch.setattr(batches, "WIDTH", 2)
    await shared.write(f"UPDATE key_use SET tag_versions = ARRAY[{BEFORE.code}]")
    async with shared.server() as server:
        yield server


async def share(shared: Shared, server: Server, *values: str) -> list[UUID]:
    results = await server.upload(shared.alder, [SignalDraft(EMAIL, value, LABELS) for value in values])
    assert all(result.signal_id for result in results), results
    return [result.signal_id for result in results if result.signal_id]


async def found(shared: Shared, server: Server, *values: str) -> list[set[UUID]]:
    return [{match.signal_id for match in matches} for matches in await server.match(shared.birch, values)]


async def values(shared: Shared) -> set[str]:
    rows = await shared.rows("SELECT id, sealed_value FROM signal")
    return {opened(shared.keyring(), sealed, id) for id, sealed in rows}  # type: ignore[arg-type]


async def test_a_newer_program_goes_on_with_the_forms_in_use(shared: Shared, one: Server) -> None:
    jane, *_ = await share(shared, one, *ALL)
    assert await values(shared) == set(ALL)
    assert await found(shared, one, JANE, JANE.lower()) == [{jane}, set()]
    assert (await shared.in_use()).tags == (BEFORE,)


async def test_signals_come_to_the_new_forms_and_are_found_all_the_while(shared: Shared, one: Server) -> None:
    ids = await share(shared, one, *ALL)
    each = [{id} for id in ids]
    assert await key_rotation.rotate_normaliser(shared.files) == 1
    assert await found(shared, one, *ALL) == each
    assert await share(shared, one, *ALL) == ids
    await shared.steps(1)
    assert await found(shared, one, *ALL) == each
    assert await share(shared, one, *ALL) == ids
    await shared.rekey()
    assert (await shared.in_use()).tags == (NOW,)
    assert await values(shared) == {value.lower() for value in ALL}
    assert await found(shared, one, *ALL) == await found(shared, one, *map(str.upper, ALL)) == each
    assert len(await shared.signals()) == 3
    with pytest.raises(SetupError, match="no newer ones"):
        await key_rotation.rotate_normaliser(shared.files)


async def test_forms_that_make_two_signals_equal_are_refused_and_the_signals_named(shared: Shared, one: Server) -> None:
    ids = await share(shared, one, JANE, JANE.lower(), JANE.upper(), JOHN)
    with pytest.raises(SetupError, match=r"refuse 0 signals and take 2 for others.*Nothing was changed") as refusal:
        await key_rotation.rotate_normaliser(shared.files)
    assert all(shown(Prefix.SIGNAL, id) in str(refusal.value) for id in ids[:3])
    assert "doe" not in str(refusal.value).lower()
    assert (await shared.in_use()).probed == (BEFORE,)


async def test_forms_that_refuse_a_signal_are_refused(shared: Shared, one: Server) -> None:
    (id, _) = await share(shared, one, "not valid @mail.example", JOHN)
    with pytest.raises(SetupError, match=r"refuse 1 signals and take 0") as refusal:
        await key_rotation.rotate_normaliser(shared.files)
    assert shown(Prefix.SIGNAL, id) in str(refusal.value)
    assert "valid" not in str(refusal.value)


async def test_an_equal_that_is_shared_during_the_job_is_kept_apart_and_told(shared: Shared, one: Server) -> None:
    jane, john = await share(shared, one, JANE, JOHN)
    await key_rotation.rotate_normaliser(shared.files)
    (again,) = await one.upload(shared.birch, [SignalDraft(EMAIL, JANE.lower(), LABELS)])
    assert again.signal_id not in (None, jane), "nothing that can be computed from it leads to the older one"
    with capture_logs() as logs, pytest.raises(SetupError, match=r"1 of signal\.tag.*still find them"):
        await shared.rekey()
    assert {"signal": str(jane), "other": str(again.signal_id)}.items() <= logs[0].items()
    assert (await shared.in_use()).tags == (NOW, BEFORE)
    assert await found(shared, one, JANE, JOHN) == [{jane, again.signal_id}, {john}]
    async with one.database.write(shared.birch) as session:
        await contributions.retract(session, shared.birch, [again.subject_id], "DUPLICATE")  # type: ignore[list-item]
    await shared.rekey()
    assert (await shared.in_use()).tags == (NOW,)
    assert await found(shared, one, JANE, JOHN) == [{jane}, {john}]


async def test_a_server_of_an_older_program_looks_nothing_up_by_forms_that_it_lacks(
    shared: Shared, one: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    await share(shared, one, *ALL)
    await key_rotation.rotate_normaliser(shared.files)
    monkeypatch.setattr(live_keys, "is_known", lambda version: version == 0)
    async with shared.server() as older:
        for look in (found(shared, older, JANE), share(shared, older, JANE.lower())):
            with pytest.raises(TooMany):
                await look
