"""Who is refused over TAXII, and for what: in its error resource, and with words that a person can act on."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from structlog.testing import capture_logs

from app.rules import limits
from app.rules.ids import Prefix, read, shown
from app.rules.scopes import Scope
from app.rules.stix import objects
from app.rules.stix.extension import EXCHANGE_IDENTITY
from app.rules.stix.names import id_of
from app.services import clients
from app.store.database import Database
from app.web import asgi
from app.web.taxii.pages import Page, Pages
from tests.demo_exchange import ISSUER, DemoExchange
from tests.feed.world import Program
from tests.live_exchange import LiveExchange, live
from tests.proofs import Prover
from tests.taxii.reading import COLLECTION, MANIFEST, MEDIA_TYPE, OBJECTS, get, refused, told
from tests.taxii.world import EMAIL, fill

STANDING = len(objects.STANDING)


@pytest.mark.parametrize("limit", ["0", "-1", "x", "", "1.5", "1e3", "٣", "9" * 40])
async def test_a_limit_that_is_none_is_refused(served: LiveExchange, limit: str) -> None:
    assert refused(await get(served, "birch", limit=limit)) == (400, "BAD_USER_INPUT")


async def test_a_limit_beyond_the_largest_page_gives_that(served: LiveExchange) -> None:
    assert len(await told(served, limit=10**9)) == STANDING


@pytest.mark.parametrize(
    "query",
    [
        {"next": ""},
        {"next": "x"},
        {"next": ".1000"},
        {"next": "'"},
        {"next": "A" * 500},
        {"added_after": "yesterday"},
        {"added_after": "2026-07-01T12:00:00"},
        {"match[confidence-gte]": "50"},
        {"match[id": "x"},
        {"match[id]": ",".join(["x"] * 3)},
    ],
)
async def test_what_cannot_be_asked_is_refused(served: LiveExchange, query: dict[str, str]) -> None:
    if query.get("match[id]"):
        assert await told(served, **query) == []
        return
    assert refused(await get(served, "birch", **query)) == (400, "BAD_USER_INPUT")


async def test_too_many_ids_too_long_a_url_and_doubled_parameters_are_refused(served: LiveExchange) -> None:
    ids = ",".join(f"indicator--{number}" for number in range(101))
    assert refused(await get(served, "birch", **{"match[id]": ids})) == (400, "TOO_MANY")
    assert refused(await get(served, "birch", next="x" * limits.MAX_QUERY_STRING_BYTES)) == (414, "TOO_MANY")
    assert refused(await get(served, "birch", limit=["1", "2"])) == (400, "BAD_USER_INPUT")


async def test_a_place_of_somebody_else_is_refused(program: Program, served: LiveExchange) -> None:
    await fill(program)
    for query in ({"limit": 1_000}, {"limit": 1, "next": f".{STANDING}"}):
        next = (await get(served, "birch", **query)).json()["next"]
        assert refused(await get(served, "elm", next=next)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize("scope", [Scope.FEED_READ, Scope.SIGNALS_READ])
async def test_without_the_scopes_of_the_feed_it_is_forbidden(
    program: Program, served: LiveExchange, scope: Scope
) -> None:
    for path in (OBJECTS, MANIFEST):
        assert refused(await get(served, "birch", path, without=scope)) == (403, "FORBIDDEN")
    assert (await get(served, "birch", COLLECTION, without=scope)).json()["can_read"] is False


async def test_by_id_nothing_is_told_without_the_scope_of_signals(program: Program, served: LiveExchange) -> None:
    (id, *_) = await fill(program)
    path = f"{OBJECTS}{id_of('indicator', shown(Prefix.SIGNAL, id))}/"
    assert refused(await get(served, "birch", path, without=Scope.SIGNALS_READ)) == (403, "FORBIDDEN")


async def test_without_the_scope_of_feedback_none_is_told(program: Program, served: LiveExchange) -> None:
    await fill(program)
    answer = await get(served, "birch", without=Scope.FEEDBACK_READ)
    kinds = {one["type"] for one in answer.json()["objects"]}
    assert "indicator" in kinds
    assert kinds.isdisjoint({"opinion", "sighting"})


async def test_without_the_scope_of_participants_nobody_is_named(program: Program, served: LiveExchange) -> None:
    await fill(program)
    answer = await get(served, "birch", without=Scope.PARTICIPANTS_READ)
    found = answer.json()["objects"]
    assert [one for one in found if one["type"] == "identity"] == [EXCHANGE_IDENTITY]
    assert {"indicator", "relationship"} <= {one["type"] for one in found}
    for name in ("alder", "cedar"):
        assert name not in answer.text.lower()


@pytest.mark.parametrize("path", ["/taxii2/", "/taxii2/exchange/", COLLECTION, OBJECTS, MANIFEST, "/taxii2/x/"])
@pytest.mark.parametrize("authorization", [None, "Bearer x.y.z", "Basic YTpi"])
async def test_without_a_token_nothing_is_told(served: LiveExchange, path: str, authorization: str | None) -> None:
    headers = {"Accept": MEDIA_TYPE} | ({} if authorization is None else {"Authorization": authorization})
    async with httpx.AsyncClient(base_url=f"http://{served.address}", headers=headers, trust_env=False) as http:
        answer = await http.get(path)
    assert refused(answer) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


ACCEPTED = {
    MEDIA_TYPE: True,
    "application/taxii+json; version=2.1": True,
    "application/taxii+json": True,
    "application/*": True,
    "*/*": True,
    "text/html, */*;q=0.1": True,
    "application/taxii+json;version=2.0": False,
    "application/vnd.oasis.taxii+json; version=2.0": False,
    "application/json": False,
    "text/html": False,
    "application/taxii+json;version=2.1;q=0": False,
    "application/taxii+json," * 200: False,
}


@pytest.mark.parametrize("accept", ACCEPTED)
async def test_who_does_not_read_the_type_is_refused(served: LiveExchange, accept: str) -> None:
    headers = {"Authorization": f"Bearer {served.token('birch')}", "Accept": accept}
    async with httpx.AsyncClient(base_url=f"http://{served.address}", headers=headers, trust_env=False) as http:
        answer = await http.get("/taxii2/")
    if ACCEPTED[accept]:
        assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    else:
        assert refused(answer) == (406, "BAD_USER_INPUT")


async def test_nothing_is_written_over_taxii(served: LiveExchange) -> None:
    one = f"{OBJECTS}indicator--x/"
    assert refused(await get(served, "alder", OBJECTS, method="POST")) == (403, "FORBIDDEN")
    assert refused(await get(served, "alder", one, method="DELETE")) == (403, "FORBIDDEN")
    for method, path in (("PUT", OBJECTS), ("POST", "/taxii2/"), ("DELETE", COLLECTION), ("PATCH", one)):
        answer = await get(served, "alder", path, method=method)
        assert refused(answer) == (405, "BAD_USER_INPUT")
        assert answer.headers["allow"] == "GET"


async def test_who_has_spent_its_budget_waits(program: Program) -> None:
    async with live(program.exchange, asgi.Serving(cost_per_second=400)) as served:
        answers = [await get(served, "birch", limit=50) for _ in range(8)]
    assert answers[0].status_code == 200
    assert refused(answers[-1]) == (429, "RATE_LIMITED")
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_without_a_free_connection_everybody_is_told_to_try_again(exchange: DemoExchange) -> None:
    engine = create_async_engine(exchange.urls.serving, pool_size=1, max_overflow=0, pool_timeout=0.05)
    narrow = replace(exchange, database=Database(engine))
    async with live(narrow) as served, engine.connect():
        answer = await get(served, "birch")
    assert refused(answer) == (503, "TOO_MANY")
    assert answer.headers["retry-after"] == "1"
    await narrow.database.close()


async def test_a_failure_of_ours_is_told_without_a_word_of_its_own(
    program: Program, served: LiveExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: Pages) -> Page:
        raise RuntimeError("canary")

    monkeypatch.setattr(Pages, "page", fails)
    with capture_logs() as lines:
        answer = await get(served, "birch")
    assert refused(answer) == (500, "INTERNAL_SERVER_ERROR")
    assert "canary" not in answer.text + str(lines)
    assert any(line["event"] == "unexpected error" for line in lines)


async def test_a_confined_client_has_no_taxii(program: Program, served: LiveExchange) -> None:
    client = read(Prefix.CLIENT, program.exchange.client("birch").client_id)
    assert (await get(served, "birch")).status_code == 200
    await program.do("birch", clients.confine, client, True)
    assert refused(await get(served, "birch")) == (403, "FORBIDDEN")


async def test_whose_client_is_disabled_is_refused_at_its_next_request(program: Program, served: LiveExchange) -> None:
    client = read(Prefix.CLIENT, program.exchange.client("birch").client_id)
    token = served.token("birch")
    headers = {"Authorization": f"Bearer {token}", "Accept": MEDIA_TYPE}
    async with httpx.AsyncClient(base_url=f"http://{served.address}", headers=headers, trust_env=False) as http:
        assert (await http.get(OBJECTS)).status_code == 200
        await program.do("birch", clients.disable, client)
        assert refused(await http.get(OBJECTS)) == (401, "UNAUTHENTICATED")


async def test_a_bound_token_comes_with_a_proof_for_this_path(exchange: DemoExchange, http: httpx.AsyncClient) -> None:
    holder, birch = Prover(exchange.clock), exchange.client("birch")
    token = (await holder.token(http, (birch.client_id, birch.client_secret))).json()["access_token"]
    statuses = []
    for path in ("/taxii2/", OBJECTS):
        headers = {"Authorization": f"DPoP {token}", "DPoP": holder.proof("GET", f"{ISSUER}{OBJECTS}", token)}
        statuses.append((await http.get(path, headers=headers)).status_code)
    assert statuses == [401, 200]
    bare = await http.get(OBJECTS, headers={"Authorization": f"Bearer {token}"})
    assert refused(bare) == (401, "UNAUTHENTICATED")


async def test_the_log_holds_neither_a_path_nor_a_value(program: Program, served: LiveExchange) -> None:
    await fill(program)
    with capture_logs() as lines:
        await told(served)
        await get(served, "birch", f"{OBJECTS}canary-in-a-path/", next="canary-in-a-query")
        await get(served, "birch", limit="canary")
    written = str(lines)
    assert EMAIL not in written
    assert "canary" not in written
    assert "host-1.example" not in written
    assert {line["route"] for line in lines if "route" in line} == {"/taxii2/{path:path}"}
