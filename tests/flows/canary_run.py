"""One run of everything that can be asked, with a canary in each place, and what is found afterwards."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from graphql import get_named_type
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.rules import ids
from app.rules.cursors import Cursors, Place
from app.rules.participants import ParticipantClass
from app.rules.scopes import ALLOWED
from app.store.database import connect
from app.store.database_urls import DatabaseUrls
from app.worker import expiry, sequencer
from tests.flows import documents, examples, planting
from tests.flows.canaries import Canaries, sightings
from tests.flows.full_world import ALDER, CEDAR, OPERATOR, FullWorld
from tests.flows.guarded import GRAPH, STATED
from tests.flows.planting import BELONGS, KEPT_IN_CLEAR
from tests.flows.positions import Position, calls, positions

# Whose eyes read the answers, by what they are to what was planted.
READERS = {OPERATOR: "author", ALDER: "member", CEDAR: "other"}
FOR_ALL = frozenset(map(str, ALLOWED[ParticipantClass.CONTRIBUTOR_CONSUMER]))


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

    def superuser(self) -> AsyncEngine:
        password = json.loads((self.directory / "credentials.json").read_text())["superuser"]
        url = self.urls.owner.set(username="postgres", password=password)
        return create_async_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    async def files(self) -> Iterator[Path]:
        """Every file of the data directory, with all that was committed in it."""
        engine = self.superuser()
        async with engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
        return (path for path in sorted(self.directory.rglob("*")) if path.is_file())


async def compress_nothing(urls: DatabaseUrls) -> None:
    """A compressed value could hide what the search looks for."""
    engine = create_async_engine(urls.owner, poolclass=NullPool)
    columns = text(
        "SELECT attrelid::regclass::text, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attstorage = 'x' AND attnum > 0"
    )
    async with engine.begin() as connection:
        for table, column in (await connection.execute(columns)).all():
            await connection.execute(text(f'ALTER TABLE {table} ALTER COLUMN "{column}" SET STORAGE EXTERNAL'))


async def plant(run: Run) -> None:
    known = examples.everything(run.world)
    places = positions(GRAPH, known)
    planted = planting.shaped(known, places, run.canaries)
    await _plant_what_is_accepted(run, planted)
    await _read_everything(run)
    await _plant_what_is_not(run, examples.without_keys(known), places)
    await _plant_around(run)
    await _work(run)


async def _plant_what_is_accepted(run: Run, planted: dict[str, Any]) -> None:
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
        await _read(run, CEDAR, "matchSignals", given)


_MATCHED = ("type", "value", "platform", "scheme")


async def _read_everything(run: Run) -> None:
    await _work(run)
    everything = examples.pages() | examples.arguments(run.world)
    everything |= {at: None for at in everything if at.endswith("(filter:)")}
    assert GRAPH.query_type is not None
    lists = GRAPH.query_type.fields.keys() - {"_service", *documents.BY_ID, "matchSignals"}
    nodes = GRAPH.type_map.keys() & run.world.ids.keys()
    for slug in READERS:
        for name in sorted(lists - _beyond(slug)):
            await _read(run, slug, name, everything)
        for name, after in (await _from_the_start(run, slug)).items():
            known = everything | {f"Subscription.{name}(after:)": after}
            await _read(run, slug, name, known, root="Subscription")
        for type_name in sorted(nodes - _beyond(slug)):
            known = examples.pages() | examples.arguments(run.world, type_name)
            await _read(run, slug, "node", known, type_name)
    answer = await run.ask(CEDAR, "{ signals(first: 100) { edges { node { id } } } }", {})
    ids = [edge["node"]["id"] for edge in answer["data"]["signals"]["edges"]]
    input = {"signalIds": ids, "purpose": "MATCH_REVIEW", "purposeText": "A sign-up matched it"}
    await run.ask(CEDAR, documents.mutation(GRAPH, "revealValues"), {"input": input}, reader="other")


async def _from_the_start(run: Run, slug: str) -> dict[str, str]:
    """For each subscription a cursor before all that the reader may be told of."""
    exchange, case = run.world.exchange, ids.read(ids.Prefix.CASE, run.world.ids["Case"])
    assert case is not None
    actor = await exchange.actor(slug)
    cursors, start = Cursors(exchange.keyring, actor.participant_id), Place(actor.feed_epoch)
    found = {
        "signalChanged": cursors.of_place(start),
        "feedbackOnMySignals": cursors.of_feedback_place(start),
        "caseActivity": cursors.of_case_event(case, 0),
    }
    assert GRAPH.subscription_type is not None
    assert found.keys() == GRAPH.subscription_type.fields.keys()
    if slug == CEDAR:  # it was removed from the case
        del found["caseActivity"]
    return found


async def _read(run: Run, slug: str, name: str, known: documents.Examples, *types: str, root: str = "Query") -> None:
    way = (documents.Step(root, name), *map(documents.Step, types))
    document = documents.whole(GRAPH, way, known, _beyond(slug))
    label = f"{slug}: {[name, *types]}"
    answer = await run.ask(slug, document.text, document.variables(known), label=label, reader=READERS[slug])
    assert "errors" not in answer, (label, answer)


def _beyond(slug: str) -> frozenset[str]:
    """What is for operators alone, for everybody else; root fields by their bare names too."""
    found = {at for at, scopes in STATED.items() if slug != OPERATOR and not scopes <= FOR_ALL}
    return frozenset(found | {at.removeprefix("Query.") for at in found})


async def _plant_what_is_not(run: Run, known: dict[str, Any], places: list[Position]) -> None:
    """In every place, in the wrong shape or none: nothing of it belongs anywhere."""
    for place in places:
        new = run.canaries.text
        unknown = {new(place.coordinate): new(place.coordinate)}
        texts, leaf = [new(place.coordinate)], get_named_type(place.type).name
        if leaf in ("String", "ID", "_Any") and place.coordinate not in KEPT_IN_CLEAR:
            texts.append(run.canaries.address(place.coordinate))
        if leaf == "ID":
            texts.append(run.world.ids["Signal"][:4] + run.canaries.digits(place.coordinate, 32))
        for value in (*texts, unknown):
            document, variables = calls(GRAPH, place.way, [place.with_value(known, value)])
            await run.ask(OPERATOR, document.text, variables, label=f"{place.label} <- {type(value).__name__}")


async def _plant_around(run: Run) -> None:
    """In everything that a request has besides the places of the schema."""
    token = {"Authorization": f"Bearer {run.world.token()}"}
    await _plant_in_documents(run, token)
    await _plant_in_headers_and_bodies(run, token)
    await _plant_in_paths(run, token)
    await _plant_in_forms(run)


async def _plant_in_documents(run: Run, token: dict[str, str]) -> None:
    for document, name, variables, own_name in planting.documents(run.canaries):
        body = {"query": document, "operationName": name, "variables": variables}
        posted = await run.world.http.post("/graphql", headers=token, json=body)
        url = {"query": document, "operationName": name or "", "variables": json.dumps(variables)}
        got = await run.world.http.get("/graphql", headers=token, params=url)
        run.answers += [Answer(document, response, own_name=own_name) for response in (posted, got)]


async def _plant_in_headers_and_bodies(run: Run, token: dict[str, str]) -> None:
    asking = {"query": "{ viewer { clientId } }"}
    for headers in planting.headers(run.canaries):
        response = await run.world.http.post("/graphql", json=asking, headers={**token, **headers})
        run.answers.append(Answer(f"{headers}", response))
    about = run.canaries.text("the rest of the body")
    bodies = [{**asking, "extensions": {about: about}}, {**asking, about: about}, {about: about}, [about], about]
    texts = [*map(json.dumps, bodies), about, f'{{"query": {about}', f'{{"query": "{about}']
    for content in texts:
        headers = {**token, "Content-Type": "application/json"}
        run.answers.append(Answer(content, await run.world.http.post("/graphql", content=content, headers=headers)))


async def _plant_in_paths(run: Run, token: dict[str, str]) -> None:
    about = run.canaries.text("a path")
    for path in (f"/{about}", f"/graphql/{about}", f"/graphql?{about}={about}", f"/oauth/token?{about}={about}"):
        for method in ("GET", "POST", "PUT", "DELETE", run.canaries.text("a method").upper()):
            run.answers.append(Answer(f"{method} {path}", await run.world.http.request(method, path, headers=token)))


async def _plant_in_forms(run: Run) -> None:
    client = run.world.exchange.client(ALDER)
    for form, auth in planting.forms(run.canaries):
        for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
            identity = auth or (client.client_id, client.client_secret)
            run.answers.append(Answer(f"{path} {form}", await run.world.http.post(path, data=form, auth=identity)))
    for form, headers in planting.signed(run.canaries):
        response = await run.world.http.post("/oauth/token", data=form, headers=headers)
        run.answers.append(Answer(f"{form} {headers}", response))


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


def told(part: Any) -> Iterator[tuple[str, str]]:
    if isinstance(part, list):
        for item in part:
            yield from told(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str):
                yield f"{part.get('__typename')}.{key}", value
            yield from told(value)


async def found_in_files(run: Run) -> dict[str, set[str]]:
    """Where what was planted stands in the data directory, with the files; in another spelling, that spelling."""
    found: dict[str, set[str]] = {}
    for path in await run.files():
        for seen in sightings(path.read_bytes()):
            where = run.canaries.planted.get(seen.canary, str(seen))
            found.setdefault(where, set()).add(str(path.relative_to(run.directory)))
    return found
