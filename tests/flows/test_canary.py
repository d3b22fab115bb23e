"""What clients send is told to those whom it concerns and to nobody else: no answer, log or file holds more of it.

A canary is planted in every place that takes a text, once shaped as the place asks and once not, and in everything
else that a request consists of. Then all answers, all logs and every file of the database are searched.
"""

import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app import migrations
from app.store.database import connect
from app.store.database_urls import DatabaseUrls
from app.store.provision import provided_database
from app.web import log_format
from app.worker import expiry, sequencer
from tests.flows import documents, examples, planting
from tests.flows.canaries import Canaries, sightings
from tests.flows.full_world import ALDER, CEDAR, OPERATOR, FullWorld, full_world
from tests.flows.guarded import GRAPH
from tests.flows.planting import BELONGS, KEPT_IN_CLEAR, PERSON
from tests.flows.positions import Position, calls, positions

# Whose eyes read the answers, by what they are to what was planted.
READERS = {OPERATOR: "author", ALDER: "member", CEDAR: "other"}


@dataclass
class Answer:
    """One response: to whom it was, and which name in it is of the client's own choice."""

    label: str
    response: httpx.Response
    reader: str = ""
    own_name: str = ""


@dataclass
class Run:
    """An exchange on a server of its own, so that its files hold nothing else."""

    world: FullWorld
    urls: DatabaseUrls
    directory: Path
    canaries: Canaries = field(default_factory=Canaries)
    log: io.StringIO = field(default_factory=io.StringIO)
    output: io.StringIO = field(default_factory=io.StringIO)
    answers: list[Answer] = field(default_factory=list)

    async def ask(
        self, slug: str, document: str, variables: Mapping[str, Any], *, label: str = "", reader: str = ""
    ) -> Any:
        response = await self.world.post(self.world.token(slug), document, dict(variables))
        self.answers.append(Answer(label or document[:80], response, reader))
        return response.json()

    def superuser(self) -> Any:
        password = json.loads((self.directory / "credentials.json").read_text())["superuser"]
        url = self.urls.owner.set(username="postgres", password=password)
        return create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    async def files(self) -> Iterator[Path]:
        """Every file of the data directory, with all that was committed in it."""
        engine = self.superuser()
        async with engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
        return (path for path in sorted(self.directory.rglob("*")) if path.is_file())


@pytest.fixture(scope="module")
async def run(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    directory = tmp_path_factory.mktemp("canary")
    output = io.StringIO()
    async with provided_database(directory, durable=False) as urls:
        await migrations.upgrade(urls.owner)
        await _compress_nothing(urls)
        async with full_world(urls) as world:
            run = Run(world, urls, directory, output=output)
            log_format.configure("debug", run.log)
            with redirect_stdout(output), redirect_stderr(output):
                await _plant(run)
            yield run
    structlog.reset_defaults()


async def _compress_nothing(urls: DatabaseUrls) -> None:
    """A compressed value could hide what the search looks for."""
    engine = create_async_engine(urls.owner, poolclass=NullPool)
    columns = text(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attstorage = 'x' AND attnum > 0"
    )
    async with engine.begin() as connection:
        for table, column in (await connection.execute(columns)).all():
            await connection.execute(text(f'ALTER TABLE {table} ALTER COLUMN "{column}" SET STORAGE EXTERNAL'))


async def _plant(run: Run) -> None:
    known = examples.everything(run.world)
    places = positions(GRAPH, known)
    planted = planting.shaped(known, places, run.canaries)
    await _plant_what_is_accepted(run, planted, places)
    await _read_everything(run)
    await _plant_what_is_not(run, known, places)
    await _plant_around(run)
    await _work(run)


async def _plant_what_is_accepted(run: Run, planted: dict[str, Any], places: list[Position]) -> None:
    assert GRAPH.mutation_type is not None
    for name in GRAPH.mutation_type.fields:
        input = planted[f"Mutation.{name}(input:)"]
        answer = await run.ask(
            OPERATOR, documents.mutation(GRAPH, name), {"input": input} if input else {}, reader="author"
        )
        assert "errors" not in answer, answer
        assert "code" not in answer["data"][name], (name, answer)
        rows = answer["data"][name].get("rows", [])
        assert not any(row.get("problem") for row in rows), (name, rows)
    for guard_list, entries in planting.guard_entries(run.canaries).items():
        input = {"guardList": guard_list, "entries": entries}
        await run.ask(OPERATOR, documents.mutation(GRAPH, "loadGuardEntries"), {"input": input})
    values = {"Query.matchSignals(values:)": planting.values_to_match(run.canaries)}
    uploaded = planted["Mutation.uploadSignals(input:)"]["signals"][1:]
    found = {"Query.matchSignals(values:)": [{key: row[key] for key in _MATCHED} for row in uploaded]}
    for given in (values, found):
        document = documents.query(GRAPH, "matchSignals", given, 3)
        await run.ask(CEDAR, document.text, document.variables(given), reader="other")


_MATCHED = ("type", "value", "platform", "scheme")


async def _read_everything(run: Run) -> None:
    await _work(run)
    everything = examples.pages() | examples.arguments(run.world)
    everything |= {at: None for at in everything if at.endswith("(filter:)")}
    assert GRAPH.query_type is not None
    names = set(GRAPH.query_type.fields) - {"_service", *documents.BY_ID, "matchSignals"}
    for slug, reader in READERS.items():
        for name in sorted(names):
            document = documents.query(GRAPH, name, everything, 2)
            await run.ask(slug, document.text, document.variables(everything), label=f"{slug}: {name}", reader=reader)
        await _read_by_id(run, slug, reader)
    answer = await run.ask(CEDAR, "{ signals(first: 100) { edges { node { id } } } }", {})
    ids = [edge["node"]["id"] for edge in answer["data"]["signals"]["edges"]]
    input = {"signalIds": ids, "purpose": "MATCH_REVIEW", "purposeText": "A sign-up matched it"}
    await run.ask(CEDAR, documents.mutation(GRAPH, "revealValues"), {"input": input}, reader="other")


async def _read_by_id(run: Run, slug: str, reader: str) -> None:
    for type_name, id in run.world.ids.items():
        if type_name in GRAPH.type_map:
            known = examples.pages() | examples.arguments(run.world, type_name)
            writer = documents.Writer(GRAPH, known)
            way = (documents.Step("Query", "node"), documents.Step(type_name))
            whole = writer.along(way, writer.all_of(GRAPH.type_map[type_name], 2))
            document = writer.document("query", whole)
            label = f"{slug}: node {type_name} {id}"
            await run.ask(slug, document.text, document.variables(known), label=label, reader=reader)


async def _plant_what_is_not(run: Run, known: dict[str, Any], places: list[Position]) -> None:
    """In every place, in the wrong shape or none: nothing of it belongs anywhere."""
    for place in places:
        new = run.canaries.text
        id = run.world.ids["Signal"][:4] + run.canaries.digits(place.coordinate, 32)
        unknown = {new(place.coordinate): new(place.coordinate)}
        for value in (new(place.coordinate), run.canaries.address(place.coordinate), id, unknown, [[unknown]]):
            document, variables = calls(GRAPH, place.way, [place.with_value(known, value)])
            await run.ask(OPERATOR, document.text, variables, label=f"{place.label} <- {type(value).__name__}")


async def _plant_around(run: Run) -> None:
    """In everything that a request has besides the places of the schema."""
    http, canaries = run.world.http, run.canaries
    token = {"Authorization": f"Bearer {run.world.token()}"}
    asking = {"query": "{ viewer { clientId } }"}
    for document, name, variables, own_name in planting.documents(canaries):
        body = {"query": document, "operationName": name, "variables": variables}
        for parameters in ({"json": body}, {"params": {"query": document, "variables": json.dumps(variables)}}):
            method = "POST" if "json" in parameters else "GET"
            response = await http.request(method, "/graphql", headers=token, **parameters)  # type: ignore[arg-type]  # one or the other
            run.answers.append(Answer(f"{method} {document}", response, own_name=own_name))
    for headers in planting.headers(canaries):
        response = await http.post("/graphql", json=asking, headers={**token, **headers})
        run.answers.append(Answer(f"{headers}", response))
    about = canaries.text("the rest of the body")
    for body in ({**asking, "extensions": {about: about}}, {**asking, about: about}, {about: about}, [about], about):
        run.answers.append(Answer(f"{body}", await http.post("/graphql", json=body, headers=token)))
    for content in (about, f'{{"query": {about}', f'{{"query": "{about}'):
        headers = {**token, "Content-Type": "application/json"}
        run.answers.append(Answer(content, await http.post("/graphql", content=content, headers=headers)))
    for path in (f"/{canaries.text('a path')}", f"/graphql/{canaries.text('a path')}", f"/graphql?{about}={about}"):
        for method in ("GET", "POST", "PUT", "DELETE", canaries.text("a method").upper()):
            run.answers.append(Answer(f"{method} {path}", await http.request(method, path, headers=token)))
    client = run.world.exchange.client(ALDER)
    for form, auth in planting.forms(canaries):
        for path in ("/oauth/token", "/oauth/revoke"):
            given = auth or (client.client_id, client.client_secret)
            run.answers.append(Answer(f"{path} {form}", await http.post(path, data=form, auth=given)))


async def _work(run: Run) -> None:
    worker = connect(run.urls.worker)
    await sequencer.sequence_all(worker)
    await expiry.expire(worker, run.world.exchange.clock)
    await worker.dispose()


def strays(run: Run, answer: Answer) -> list[str]:
    """What an answer holds of what was planted, although it does not belong there."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.response.headers.items())
    body = answer.response.text
    if answer.reader:
        body = json.dumps(_without_what_belongs(run, json.loads(body), answer.reader))
    if answer.own_name:
        body = body.replace(answer.own_name, "")
    return [f"{answer.label}: {seen}" for seen in sightings(f"{headers}\n{body}".encode())]


def _without_what_belongs(run: Run, part: Any, reader: str) -> Any:
    if isinstance(part, list):
        return [_without_what_belongs(run, item, reader) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        key: None
        if isinstance(value, str) and belongs(run, f"{part.get('__typename')}.{key}", value, reader)
        else _without_what_belongs(run, value, reader)
        for key, value in part.items()
    }


def belongs(run: Run, coordinate: str, value: str, reader: str) -> bool:
    readers, places = BELONGS.get(coordinate, (frozenset(), frozenset()))
    return reader in readers and run.canaries.places(value) <= places


def _told(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, list):
        for item in part:
            yield from _told(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str):
                yield f"{part.get('__typename')}.{key}", value
            yield from _told(value)


async def test_no_answer_tells_what_does_not_belong_into_it(run: Run) -> None:
    assert [stray for answer in run.answers for stray in strays(run, answer)] == []
    assert len(run.answers) > 1_000


async def test_what_was_planted_is_told_where_it_belongs(run: Run) -> None:
    """Otherwise nothing would be found for the reason that nothing got there."""
    seen = {
        (coordinate, answer.reader)
        for answer in run.answers
        if answer.reader
        for coordinate, value in _told(answer.response.json())
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
    assert len([line for line in lines.splitlines() if json.loads(line)["event"] == "request"]) > 1_000
    assert sightings(run.output.getvalue().encode()) == set()


async def test_the_log_of_the_database_holds_nothing_that_was_planted(run: Run) -> None:
    log = (run.directory / "postgres" / "server.log").read_bytes()
    assert sightings(log) == set()
    assert b"ready to accept connections" in log


async def found_in_files(run: Run) -> dict[str, set[str]]:
    """Where what was planted stands in the data directory, with the files; in another spelling, that spelling."""
    found: dict[str, set[str]] = {}
    for path in await run.files():
        for seen in sightings(path.read_bytes()):
            where = run.canaries.planted.get(seen.canary, str(seen))
            found.setdefault(where, set()).add(str(path.relative_to(run.directory)))
    return found


async def test_no_file_of_the_database_holds_a_person_level_value(run: Run) -> None:
    """Nor any other value, nor any text: only what names organisations, and short labels."""
    found = await found_in_files(run)
    assert set(found) == KEPT_IN_CLEAR
    assert PERSON not in KEPT_IN_CLEAR
