"""The GraphQL endpoint over real HTTP: media types, methods, statuses, and every hostile body we could think of."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.errors import Unauthenticated
from app.graphql.execution import Operations
from app.rules import limits
from app.rules.budgets import Budgets
from app.rules.scopes import Scope
from app.web import asgi, health, log_format
from app.web.bounded_http import BoundedHttp
from app.web.graphql import GraphQLEndpoint
from tests.demo_exchange import Clock
from tests.graphql.toy import SCHEMA, Visitor
from tests.waiting import PATIENCE

JSON = "application/json"
NEW = "application/graphql-response+json"
TOKEN = {"Authorization": "Bearer good"}
BOTH = pytest.mark.parametrize("accept", [JSON, NEW])
VISITORS: list[Visitor] = []


async def authenticate(request: Request, *, anew: bool = False) -> Visitor:
    token = request.headers.get("authorization")
    if token == "Bearer broken":
        raise RuntimeError("canary")
    if token not in ("Bearer good", "Bearer poor"):
        raise Unauthenticated("This needs a valid access token.")
    VISITORS.append(Visitor(frozenset(Scope if token == "Bearer good" else ())))
    return VISITORS[-1]


async def works() -> None: ...


async def breaks() -> None:
    raise RuntimeError("canary")


async def crash(request: Request) -> Response:
    raise RuntimeError("canary")


def application(**checks: health.Check) -> ASGIApp:
    endpoint = GraphQLEndpoint(Operations(SCHEMA), authenticate, lambda caller: caller)
    return asgi.logged(Route("/graphql", endpoint), [Route("/crash", crash), *health.routes(checks)])


@pytest.fixture(scope="module")
async def log() -> AsyncIterator[io.StringIO]:
    stream = io.StringIO()
    log_format.configure("info", stream)
    yield stream
    structlog.reset_defaults()


@pytest.fixture(scope="module")
async def web(log: io.StringIO) -> AsyncIterator[httpx.AsyncClient]:
    config = uvicorn.Config(application(database=works), port=0, http=BoundedHttp, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=TOKEN, trust_env=False) as client:
        yield client
    server.should_exit = True
    await serving


def code(response: httpx.Response) -> str:
    """Of the first error; every answer is JSON."""
    return str(response.json()["errors"][0]["extensions"]["code"])


async def post(web: httpx.AsyncClient, content: bytes | str, **headers: str) -> httpx.Response:
    return await web.post("/graphql", content=content, headers={"Content-Type": JSON, **headers})


async def ask(web: httpx.AsyncClient, query: str, accept: str = JSON, **rest: Any) -> httpx.Response:
    return await web.post("/graphql", json={"query": query, **rest}, headers={"Accept": accept})


@BOTH
async def test_a_query_is_answered_in_the_type_that_was_asked_for(web: httpx.AsyncClient, accept: str) -> None:
    response = await ask(web, "query ($n: String!) { hello(name: $n) }", accept, variables={"n": "Ä🏊"})
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello Ä🏊"})
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/html, */*;q=0.1", JSON),
        (f"{NEW}, {JSON}", NEW),
        (f"{NEW};charset=utf-8, {JSON};charset=utf-8", NEW),
        (f"{NEW};q=0.5, {JSON};q=0.9", JSON),
        (f"{JSON}, {NEW}, text/event-stream, multipart/mixed", NEW),
        (f"{NEW};q=0, */*", JSON),
    ],
)
async def test_the_preferred_type_is_found(web: httpx.AsyncClient, accept: str, answer: str) -> None:
    response = await ask(web, "{ hello }", accept)
    assert response.headers["content-type"].startswith(answer)


@pytest.mark.parametrize("accept", ["text/html", f"{JSON};q=0", f"{JSON};charset=latin1", "a" * 2_000, f"{JSON};q=x"])
async def test_types_that_we_do_not_speak_are_not_acceptable(web: httpx.AsyncClient, accept: str) -> None:
    response = await ask(web, "{ hello }", accept)
    assert (response.status_code, code(response)) == (406, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("query", "status", "expected"),
    [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("{ canary }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { hello(size: $n) }", 400, "BAD_USER_INPUT"),
        ("query a { hello } query b { hello }", 400, "BAD_USER_INPUT"),
        ("{ " + "hello " * 51 + "}", 400, "TOO_MANY"),
    ],
)
async def test_the_status_tells_what_did_not_run_unless_in_plain_json(
    web: httpx.AsyncClient, query: str, status: int, expected: str
) -> None:
    plain, new = await ask(web, query), await ask(web, query, NEW)
    assert (plain.status_code, new.status_code) == (200, status)
    assert code(plain) == code(new) == expected
    assert "data" not in new.json()


async def test_what_ran_is_a_success_even_with_errors(web: httpx.AsyncClient) -> None:
    response = await ask(web, '{ hello fail(how: "not found") }', NEW)
    assert (response.status_code, code(response)) == (200, "NOT_FOUND")
    assert response.json()["data"] == {"hello": "hello you", "fail": None}


async def test_queries_come_by_get_too(web: httpx.AsyncClient) -> None:
    parameters = {"query": "query A($n: String!) { hello(name: $n) }", "operationName": "A", "variables": '{"n": "é"}'}
    response = await web.get("/graphql", params=parameters)
    assert (response.status_code, response.json()["data"]) == (200, {"hello": "hello é"})


async def test_mutations_never_come_by_get(web: httpx.AsyncClient) -> None:
    VISITORS.clear()
    response = await web.get("/graphql", params={"query": "mutation { write(seconds: 0) }"})
    assert (response.status_code, response.headers["allow"], code(response)) == (405, "POST", "BAD_USER_INPUT")
    assert VISITORS[0].events == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_not_allowed(web: httpx.AsyncClient, method: str) -> None:
    response = await web.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "query", ["{ hello }", "{ __typename }", "{ __schema { __typename } }", "{ _service { sdl } }"]
)
async def test_every_operation_needs_a_token(web: httpx.AsyncClient, query: str) -> None:
    for token, challenge in (("", 'Bearer error="invalid_token"'), (None, "Bearer")):
        headers = {"Content-Type": JSON} | ({"Authorization": token} if token is not None else {})
        async with httpx.AsyncClient(base_url=web.base_url, trust_env=False) as stranger:
            response = await stranger.post("/graphql", json={"query": query}, headers=headers)
        bound = 'DPoP algs="ES256 EdDSA Ed25519"'
        assert (response.status_code, response.headers["www-authenticate"]) == (401, f"{challenge}, {bound}")
        assert response.json() == {
            "errors": [
                {"message": "This needs a valid access token.", "extensions": {"code": "UNAUTHENTICATED"}},
            ]
        }


@BOTH
async def test_a_client_that_spent_its_budget_waits_and_others_do_not(accept: str) -> None:
    clock = Clock()

    async def known(request: Request, *, anew: bool = False) -> Visitor:
        return Visitor(frozenset({"signals:read"}), author_id=request.headers["authorization"], as_of=clock())

    operations = Operations(SCHEMA, budgets=Budgets(1))
    endpoint = GraphQLEndpoint(operations, known, lambda caller: caller)
    transport = httpx.ASGITransport(asgi.logged(Route("/graphql", endpoint), []))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange.test") as web:

        async def spend(client: str, query: str = "{ signal { next { id } } }") -> httpx.Response:
            headers = {"Accept": accept, "Authorization": client}
            return await web.post("/graphql", json={"query": query}, headers=headers)

        for left in range(18, -1, -2):
            status = {"maximumAvailable": 20, "currentlyAvailable": left, "restoreRate": 1}
            told = {"cost": {"requestedQueryCost": 2, "throttleStatus": status}}
            assert (await spend("alder")).json()["extensions"] == told
        refused = await spend("alder")
        assert (refused.status_code, refused.headers["retry-after"], code(refused)) == (429, "3", "RATE_LIMITED")
        assert refused.json()["errors"][0]["extensions"]["retrySeconds"] == 3
        assert "data" not in refused.json()
        assert (await spend("birch")).status_code == 200
        # What is refused for another reason is not paid for.
        assert code(await spend("birch", "{ guarded }")) == "FORBIDDEN"
        assert (await spend("birch")).json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 16
        clock.forward(seconds=3)
        assert (await spend("alder")).status_code == 200


@BOTH
async def test_a_stranger_is_refused_in_the_type_that_was_asked_for(web: httpx.AsyncClient, accept: str) -> None:
    headers = {"Accept": accept, "Authorization": "Bearer forged"}
    response = await web.post("/graphql", json={"query": "{ hello }"}, headers=headers)
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"


async def test_a_missing_scope_is_forbidden_by_name(web: httpx.AsyncClient) -> None:
    for accept, status in ((JSON, 200), (NEW, 403)):
        headers = {"Accept": accept, "Authorization": "Bearer poor"}
        response = await web.post("/graphql", json={"query": "{ hello guarded }"}, headers=headers)
        assert (response.status_code, code(response)) == (status, "FORBIDDEN")
        assert response.json()["errors"][0]["message"] == "Query.guarded needs the scope feed:read."


DEEP = 100_000
HOSTILE: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"null", 400),
    (b'"{ hello }"', 400),
    (b"[]", 400),
    (b'[{"query": "{ hello }"}]', 400),
    (b"{}", 400),
    (b'{"query": null}', 400),
    (b'{"query": 1}', 400),
    (b'{"query": {"a": 1}}', 400),
    (b'{"query": "{ hello }", "variables": []}', 400),
    (b'{"query": "{ hello }", "variables": "a"}', 400),
    (b'{"query": "{ hello }", "operationName": 1}', 400),
    (b'{"query": "{ hello }", "operationName": "' + b"a" * 200 + b'"}', 400),
    (b'{"query": "{ hello }", "extensions": 1}', 400),
    (b'{"query": "{ hello', 400),
    (b'{"query": "{ hello }"} trailing', 400),
    (b'{"query": "{ hello }", "variables": {"a": NaN}}', 400),
    (b'{"query": "{ hello }", "variables": {"a": 1e999}}', 400),
    (b'{"query": "{ hello \xff }"}', 400),
    (b'{"query": "{ hello \x00 }"}', 400),
    (b'{"query": "{ hello \xed\xa0\x80 }"}', 400),
    (b'{"query": "{ hello \\ud800 }"}', 400),
    (b'{"query": "{ hello }", "variables": {"a": "\\udc00\\ud800"}}', 400),
    (b'{"query": "{ hello }", "variables": {"\\ud800": 1}}', 400),
    (b"\xef\xbb\xbf" + b'{"query": "{ hello }"}', 400),
    ('{"query": "{ hello }"}'.encode("utf-16"), 400),
    (b"[" * DEEP + b"]" * DEEP, 400),
    (b'{"query": "{ hello }", "variables": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}", 400),
    (b'{"query": "{ hello }", "variables": {"a": "' + b"x" * 10_000_000 + b'"}}', 413),
]


@BOTH
@pytest.mark.parametrize(("content", "status"), HOSTILE, ids=range(len(HOSTILE)))
async def test_a_malformed_body_is_the_clients_error(
    web: httpx.AsyncClient, content: bytes, status: int, accept: str
) -> None:
    response = await post(web, content, Accept=accept)
    assert (response.status_code, code(response)) == (status, "TOO_MANY" if status == 413 else "BAD_USER_INPUT")
    assert response.headers["content-type"].startswith(accept)


@pytest.mark.parametrize(
    "query",
    [
        "{ hello \x00 }",
        '{ hello(name: "\\ud800") }',
        "{ a " * 5_000 + "}" * 5_000,
        "[" * 5_000,
        "{ hello(name: %s) }" % ("[" * 300 + "]" * 300),
        "#" * 100_000,
        "# \n" * 2_000 + "{ hello }",
        "{ hello(size: %s) }" % ("9" * 5_000),
        "\ufeff" * 5_000,
        "{ hello } fragment F on Query { ...F }",
        "{" + "...{" * 199 + "hello" + "}" * 200,
        "query ($a: " + "[" * 500 + "Int" + "]" * 500 + ") { hello }",
    ],
    ids=range(12),
)
async def test_a_hostile_document_is_refused(web: httpx.AsyncClient, query: str) -> None:
    response = await ask(web, query, NEW)
    assert response.status_code == 400
    assert code(response) in ("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "TOO_MANY")


async def test_lists_and_nesting_in_variables_are_bounded(web: httpx.AsyncClient) -> None:
    query = "mutation ($i: DraftInput!) { draft(input: $i) }"
    for value in ([0] * 1_001, json.loads("[" * 100 + "]" * 100)):
        response = await ask(web, query, NEW, variables={"i": {"name": "a", "colours": value}})
        assert (response.status_code, code(response)) == (400, "TOO_MANY")


async def test_a_body_without_a_stated_length_is_cut_off_as_it_comes(web: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"x" * 1_000_000

    response = await web.post("/graphql", content=chunks(), headers={"Content-Type": JSON})
    assert (response.status_code, code(response)) == (413, "TOO_MANY")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/graphql")],
        [("Content-Type", "application/json; charset=latin1")],
        # Longer than what is remembered of such words.
        [("Content-Type", f"{JSON}; note={'x' * 1_024}")],
        [("Content-Type", JSON), ("Content-Type", JSON)],
        [("Content-Type", JSON), ("Content-Type", "text/plain")],
        [("Content-Type", JSON), ("Content-Encoding", "gzip")],
    ],
)
async def test_a_body_must_say_that_it_is_json(web: httpx.AsyncClient, headers: list[tuple[str, str]]) -> None:
    response = await web.post("/graphql", content=b'{"query": "{ hello }"}', headers=headers)
    assert (response.status_code, code(response)) == (415, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("query_string", "status"),
    [
        ("", 400),
        ("query=", 400),
        ("query=%ff", 400),
        ("query=%ED%A0%80", 400),
        ("query={hello}&query={hello}", 400),
        ("query={hello}&variables=[]", 400),
        ("query={hello}&variables={", 400),
        ("query={hello}&variables=%22\\ud800%22", 400),
        ("&".join(f"p{i}=1" for i in range(20)), 400),
        ("query={hello}&padding=" + "a" * 20_000, 414),
    ],
)
async def test_a_malformed_url_is_the_clients_error(web: httpx.AsyncClient, query_string: str, status: int) -> None:
    response = await web.get(f"/graphql?{query_string}", headers={"Accept": NEW})
    assert response.status_code == status
    assert code(response) in ("BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "TOO_MANY")


async def test_the_deadline_answers_and_rolls_back(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.graphql.execution._SECONDS", {})
    monkeypatch.setattr(limits, "QUERY_SECONDS", 0.02)
    VISITORS.clear()
    response = await ask(web, "mutation { write(seconds: 5) }", NEW)
    assert (response.status_code, code(response)) == (400, "TOO_MANY")
    assert VISITORS[0].events == ["rolled back"]


async def test_a_slow_body_is_given_up(web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.02)
    reader, writer = await asyncio.open_connection(web.base_url.host, web.base_url.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: exchange.test\r\nAuthorization: Bearer good\r\n")
    writer.write(b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"TOO_MANY" in answer


async def test_every_answer_has_an_id_and_a_clients_own_is_kept(web: httpx.AsyncClient) -> None:
    own = "0190c0de-0000-4000-8000-00000000abcd"
    answers = [
        await web.get("/health/live", headers={"X-Request-Id": stated}) for stated in (own, "canary@example.org")
    ]
    assert answers[0].headers["x-request-id"] == own
    assert "canary" not in answers[1].headers["x-request-id"]
    assert len(answers[1].headers["x-request-id"]) == 36


async def test_a_failure_of_ours_says_nothing_but_its_id(web: httpx.AsyncClient, log: io.StringIO) -> None:
    for response in (
        await web.get("/crash"),
        await web.get("/graphql", headers={"Authorization": "Bearer broken"}),
    ):
        told = {"code": "INTERNAL_SERVER_ERROR", "requestId": response.headers["x-request-id"]}
        assert response.status_code == 500
        assert response.json() == {"errors": [{"message": "Unexpected error.", "extensions": told}]}
        assert response.headers["x-request-id"] in log.getvalue()


async def test_an_unreadable_result_is_a_failure_of_ours(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hello = SCHEMA._schema.type_map["Query"].fields["hello"]  # type: ignore[attr-defined]
    monkeypatch.setattr(hello, "resolve", lambda *_args, **_values: "\ud800 is no text")
    response = await ask(web, "{ hello }", NEW)
    assert (response.status_code, code(response)) == (500, "INTERNAL_SERVER_ERROR")


async def test_the_log_has_one_line_for_each_request_and_nothing_that_was_sent(
    web: httpx.AsyncClient, log: io.StringIO
) -> None:
    log.truncate(0)
    log.seek(0)
    await ask(web, '{ canary: hello(name: "canary") }')
    await ask(web, "query canary { canary }", operationName="canary", variables={"canary": "canary"})
    await post(web, b'{"canary"')
    await web.get("/canary?canary=canary", headers={"X-Request-Id": "canary"})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [
        ("request", "/graphql", 200),
        ("request", "/graphql", 200),
        ("request", "/graphql", 400),
        ("request", "none", 404),
    ]
    assert (lines[0]["operation"], lines[1]["codes"]) == ("query", ["GRAPHQL_VALIDATION_FAILED"])
    assert "canary" not in log.getvalue()


async def test_health_names_the_checks_that_fail_and_no_more(web: httpx.AsyncClient) -> None:
    assert (await web.get("/health/live")).json() == {"status": "alive"}
    assert (await web.get("/health/ready")).json() == {"status": "ready"}
    transport = httpx.ASGITransport(application(database=works, keys=breaks, worker=breaks))
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange.test") as client:
        response = await client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "failing": ["keys", "worker"]})
