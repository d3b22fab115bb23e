"""What clients send is told to those whom it concerns and to nobody else: no answer, log or file holds more of it.

A canary is planted in every place that takes a text, once shaped as the place asks and once not, and in everything
else that a request consists of. Then all answers, all logs and every file of the database are searched.
"""

import io
import json
from collections.abc import AsyncIterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import migrations
from app.services import cases, uploads
from app.store.provision import provided_database
from app.web import log_format
from tests.flows import examples, planting
from tests.flows.canaries import PREFIX, Canaries, sightings, spellings
from tests.flows.canary_run import READERS, Answer, Run, compress_nothing, found_in_files, plant, strays, told
from tests.flows.full_world import full_world
from tests.flows.guarded import GRAPH
from tests.flows.planting import BELONGS, KEPT_IN_CLEAR, PERSON
from tests.flows.positions import positions


@pytest.fixture(scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    directory = tmp_path_factory.mktemp("canary")
    output = io.StringIO()
    async with provided_database(directory, durable=False) as urls:
        await migrations.upgrade(urls.owner)
        await compress_nothing(urls)
        async with full_world(urls) as world:
            run = Run(world, urls, directory, output=output)
            log_format.configure("debug", run.log)
            with redirect_stdout(output), redirect_stderr(output):
                await plant(run)
            yield run
    structlog.reset_defaults()


async def test_no_answer_tells_what_does_not_belong_into_it(run: Run) -> None:
    assert [stray for answer in run.answers for stray in strays(run, answer)] == []
    assert len(run.answers) > 800


async def test_what_was_planted_is_told_where_it_belongs(run: Run) -> None:
    """Otherwise nothing would be found for the reason that nothing got there."""
    seen = {
        (coordinate, answer.reader)
        for answer in run.answers
        if answer.reader
        for coordinate, value in told(answer.response.json())
        if coordinate in BELONGS and run.canaries.places(value)
    }
    assert {at for at, _ in seen} == set(BELONGS)
    assert {reader for _, reader in seen} == set(READERS.values())


async def test_no_error_was_ours(run: Run) -> None:
    assert [answer.label for answer in run.answers if answer.response.status_code >= 500] == []
    assert [answer.label for answer in run.answers if "INTERNAL_SERVER_ERROR" in answer.response.text] == []


async def test_every_place_that_takes_a_text_was_planted(run: Run) -> None:
    places = {place.coordinate for place in positions(GRAPH, examples.everything(run.world))}
    assert places <= set(run.canaries.planted.values())


async def test_no_log_holds_anything_that_was_planted(run: Run) -> None:
    lines = run.log.getvalue()
    assert [str(seen) for seen in sightings(lines.encode())] == []
    assert len([line for line in lines.splitlines() if json.loads(line)["event"] == "request"]) >= len(run.answers)
    assert sightings(run.output.getvalue().encode()) == set()


async def test_the_log_of_the_database_holds_nothing_that_was_planted(run: Run) -> None:
    log = (run.directory / "postgres" / "server.log").read_bytes()
    assert sightings(log) == set()
    assert b"ready to accept connections" in log


async def test_no_file_of_the_database_holds_a_person_level_value(run: Run) -> None:
    """Nor any other value, nor any text: only what names organisations, and short labels."""
    found = await found_in_files(run)
    assert set(found) == KEPT_IN_CLEAR
    assert PERSON not in KEPT_IN_CLEAR


UPLOAD = "mutation ($input: UploadSignalsInput!) { uploadSignals(input: $input) { __typename } }"
OPEN = "mutation ($input: OpenCaseInput!) { openCase(input: $input) { __typename } }"


async def test_a_value_that_is_logged_is_noticed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (draft,) = (draft for draft in planting.drafts(run.canaries) if draft["type"] == "EMAIL_ADDRESS")
    upload = uploads.upload

    async def chatty(session: Any, actor: Any, keyring: Any, drafts: Any, key: Any = None) -> Any:
        structlog.get_logger("lantern.uploads").debug("uploading", drafts=[draft.value for draft in drafts])
        return await upload(session, actor, keyring, drafts, key)

    monkeypatch.setattr(uploads, "upload", chatty)
    begin = len(run.log.getvalue())
    await run.world.post(run.world.token(), UPLOAD, {"input": {"signals": [draft]}})
    (seen,) = sightings(run.log.getvalue()[begin:].encode())
    assert (seen.spelling, run.canaries.planted[seen.canary]) == ("text raw", PERSON)


async def test_a_text_that_is_stored_in_clear_is_noticed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "seal", lambda _keyring, text, _id: text.encode())
    title = run.canaries.address("a title in clear")
    await run.world.post(run.world.token(), OPEN, {"input": {"title": title}})
    found = await found_in_files(run)
    assert any(name.startswith("postgres/base/") for name in found["a title in clear"])
    assert any(name.startswith("postgres/pg_wal/") for name in found["a title in clear"])


async def test_a_statement_in_the_log_of_the_database_is_noticed(run: Run) -> None:
    engine, log = run.superuser(), run.directory / "postgres" / "server.log"
    begin, canary = log.stat().st_size, run.canaries.text("a statement")
    async with engine.connect() as connection:
        await connection.execute(text("SET log_min_messages = error"))
        await connection.execute(text("SET log_min_error_statement = error"))
        with pytest.raises(DBAPIError):
            await connection.execute(text(f"SELECT '{canary}'::text::integer"))  # it is to fail
    assert {seen.canary for seen in sightings(log.read_bytes()[begin:])} == {canary}


async def test_an_answer_that_tells_too_much_is_noticed(run: Run) -> None:
    canary = next(canary for canary, where in run.canaries.planted.items() if where == "OpenCaseInput.title")
    told = {"data": {"node": {"__typename": "Case", "title": canary}}}
    for reader, count in (("member", 0), ("other", 1), ("", 1)):
        assert len(strays(run, Answer("", httpx.Response(200, json=told), reader))) == count
    echoed = {"errors": [{"message": f"{canary} is no title", "path": ["a"]}]}
    assert strays(run, Answer("", httpx.Response(200, json=echoed), "author"))
    assert strays(run, Answer("", httpx.Response(200, json={}, headers={"X-Request-Id": canary})))


@pytest.mark.parametrize("spelling", spellings(PREFIX))
def test_a_canary_is_found_in_every_spelling(spelling: str) -> None:
    canaries = Canaries()
    for canary in (canaries.text("a"), canaries.digits("b"), canaries.ip("c"), canaries.phone("d")):
        for text_around in ("", "a", "ab", "abc"):
            written = spellings(f"{text_around}{canary}")
            assert sightings(b"\0" + written[spelling] + b"\xff"), (canary, spelling)
