"""Whatever is sent, the answer is a clear refusal or a result, never an error of ours and never what was sent."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.errors import Conflict, ExchangeError, Forbidden, InvalidInput, NotFound, TooMany, Unauthenticated
from app.graphql.documents import PARSE_FAILED, VALIDATION_FAILED
from app.rules.signal_types import SignalType
from app.store.database_urls import DatabaseUrls
from tests.flows import examples
from tests.flows.full_world import ALDER, LABELS, MOMENT, FullWorld, full_world
from tests.flows.guarded import GRAPH
from tests.flows.hostile_values import MARK, Hostile, hostile_for, odd_texts
from tests.flows.positions import Position, by_way, calls, positions

REFUSALS: tuple[type[ExchangeError], ...] = (Conflict, Forbidden, InvalidInput, NotFound, TooMany, Unauthenticated)
CODES = {error.code for error in REFUSALS} | {PARSE_FAILED, VALIDATION_FAILED}

SHARED = Path(__file__).parents[3] / "shared" / "data"
NAUGHTY = SHARED / "hostile" / "blns_part.jsonl"
USERNAMES = SHARED / "accounts" / "username_cases.jsonl"

# These describe values of other types than the examples', which ignore them and do not keep them.
IGNORED = {"language", "region", "scheme"}


def everywhere() -> dict[str, list[Position]]:
    """All positions by the field that they belong to; known before there is an exchange."""
    nowhere = FullWorld(exchange=None, http=None, owner=None, ids=defaultdict(str))  # type: ignore[arg-type]  # asked for ids alone
    found = by_way(positions(GRAPH, examples.without_keys(examples.everything(nowhere))))
    return {way[-1].coordinate: there for way, there in found.items()}


EVERYWHERE = everywhere()


@pytest.fixture(scope="module")
async def world(database_urls: DatabaseUrls) -> AsyncIterator[FullWorld]:
    async with full_world(database_urls) as world:
        yield world


def told(answer: Any) -> list[str]:
    """The codes of all that was refused: at the top of the answer, as a result, or for a row."""
    found = [error["extensions"]["code"] for error in answer.get("errors", [])]
    waiting = [answer.get("data")]
    while waiting:
        part = waiting.pop()
        found += [part["code"]] if isinstance(part, dict) and "code" in part else []
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return found


def wrong_with(response: httpx.Response, *, refused: bool) -> str:
    """What an answer should not have been; empty if nothing."""
    codes = told(response.json())
    if response.status_code >= 500 or not set(codes) <= CODES:
        return f"{response.status_code} {codes}"
    if MARK in response.text.lower():
        return "repeats what was sent"
    return "accepted" if refused and not codes else ""


@pytest.mark.parametrize("field", sorted(EVERYWHERE))
async def test_hostile_values_are_refused_in_every_place(world: FullWorld, field: str) -> None:
    known, token, wrong = examples.without_keys(examples.everything(world)), world.token(), []
    for position in EVERYWHERE[field]:
        for hostile in hostile_for(position.type, world.ids):
            document, variables = calls(GRAPH, position.way, [position.with_value(known, hostile.value)])
            response = await world.post(token, document.text, variables)
            found = wrong_with(response, refused=hostile.refused and not _is_ignored(position, hostile))
            wrong += [f"{position.label}, {hostile.what}: {found}"] if found else []
    assert wrong == []


def _is_ignored(position: Position, hostile: Hostile) -> bool:
    return position.coordinate.partition(".")[2] in IGNORED and isinstance(hostile.value, str)


def test_every_argument_and_every_field_of_an_input_is_a_place() -> None:
    places = {position.coordinate for there in EVERYWHERE.values() for position in there}
    assert {at for at in _input_coordinates() if not at.startswith("Query._entities")} <= places


def _input_coordinates() -> Iterator[str]:
    for type_ in GRAPH.type_map.values():
        if not type_.name.startswith("__"):
            for name, field in getattr(type_, "fields", {}).items():
                yield from (f"{type_.name}.{name}({argument}:)" for argument in getattr(field, "args", {}))
                if type_.name.endswith("Input") and not hasattr(field, "args"):
                    yield f"{type_.name}.{name}"


def _naughty(path: Path) -> list[str]:
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    return [json.loads(line)["raw"] for line in path.read_text().splitlines()]


def _rows(type_: SignalType, values: list[str]) -> list[dict[str, Any]]:
    """Drafts that lack nothing but a good value."""
    hints = {"platform": "chirper", "scheme": "upi", "region": "GB", "observedAt": MOMENT}
    return [{"type": type_, "value": value, **LABELS, **hints} for value in values]


def _matched(type_: SignalType, values: list[str]) -> list[dict[str, Any]]:
    return [{"type": type_, "value": value, "platform": "chirper", "scheme": "upi"} for value in values]


@pytest.mark.parametrize("path", [NAUGHTY, USERNAMES, None], ids=["naughty strings", "usernames", "odd texts"])
@pytest.mark.parametrize("type_", SignalType)
async def test_hostile_values_of_every_type_are_rows(world: FullWorld, type_: SignalType, path: Path | None) -> None:
    values = _naughty(path) if path else odd_texts()
    for field, argument, given in (
        ("Mutation.uploadSignals", "(input:)", {"signals": _rows(type_, values), "idempotencyKey": None}),
        ("Query.matchSignals", "(values:)", _matched(type_, values)),
    ):
        known = {f"{field}{argument}": given}
        document, variables = calls(GRAPH, EVERYWHERE[field][0].way, [known])
        response = await world.post(world.token(ALDER), document.text, variables)
        rows = response.json()["data"]["a0"]
        assert len(rows if isinstance(rows, list) else rows["rows"]) == len(values)
        assert set(told(response.json())) <= CODES, response.text
        assert MARK not in response.text


@pytest.mark.parametrize(
    ("field", "argument", "key"),
    [
        ("Mutation.loadGuardEntries", "entries", None),
        ("Mutation.recordFeedback", "feedback", "note"),
        ("Mutation.recordFeedback", "feedback", "policyReference"),
        ("Mutation.linkSignals", "links", "from"),
        ("Mutation.addSignalsToCase", "signalIds", None),
    ],
)
async def test_naughty_strings_in_lists_are_rows_or_one_refusal(
    world: FullWorld, field: str, argument: str, key: str | None
) -> None:
    known, at = examples.without_keys(examples.everything(world)), f"{field}(input:)"
    (whole,) = known[at][argument][:1]
    items = [text if key is None else {**whole, key: text} for text in [*_naughty(NAUGHTY), *odd_texts()]]
    document, variables = calls(GRAPH, EVERYWHERE[field][0].way, [{at: {**known[at], argument: items}}])
    response = await world.post(world.token(), document.text, variables)
    assert wrong_with(response, refused=False) == ""


LONG = {
    SignalType.URL: "https://files.example/" + "a" * 4_074,
    SignalType.KEYWORD: "ä" * 256,
    SignalType.EMAIL_ADDRESS: "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 53, "example"]),
    SignalType.USERNAME: "漢" * 256,
    SignalType.ACCOUNT_ID: "漢" * 255,
}


@pytest.mark.parametrize("type_", LONG)
async def test_a_value_longer_than_an_index_row_may_be_is_kept_and_found(world: FullWorld, type_: SignalType) -> None:
    """No more than a tag of it is in any index, and texts of four kilobytes beside it are kept too."""
    (draft,) = _rows(type_, [LONG[type_]])
    uploaded = await world.do(ALDER, "uploadSignals", signals=[{**draft, "context": "🦩" * 4_000}])
    assert uploaded["created"] == 1
    values = [{key: draft[key] for key in ("type", "value", "platform")}]
    matched = "query ($v: [MatchValueInput!]!) { matchSignals(values: $v) { best { signal { id } } } }"
    (found,) = await world.ask(ALDER, matched, v=values)
    assert found["best"]["signal"]["id"] == uploaded["rows"][0]["signalId"]


async def test_one_character_more_than_a_value_may_have_is_a_row(world: FullWorld) -> None:
    values = {type_: value + "aa" for type_, value in LONG.items()}
    drafts = [draft for type_, value in values.items() for draft in _rows(type_, [value])]
    uploaded = await world.do(ALDER, "uploadSignals", signals=drafts)
    assert [row["outcome"] for row in uploaded["rows"]] == ["REJECTED"] * len(LONG)


LISTS = [field for field, there in EVERYWHERE.items() if any(place.argument.endswith("(after:)") for place in there)]


# What takes cursors of the feed.
FEED = ("Query.changes", "Subscription.signalChanged")


@pytest.mark.parametrize("field", LISTS)
async def test_a_cursor_of_another_list_or_of_somebody_else_is_no_cursor(world: FullWorld, field: str) -> None:
    feed = "{ changes { ... on ChangePage { endCursor } } }"
    page = "{ participants(first: 1) { pageInfo { endCursor } } }"
    others = (await world.ask(ALDER, page))["pageInfo"]["endCursor"]
    own = await world.ask("lantern-operator", page if field in FEED else feed)
    cursor = own.get("endCursor") or own["pageInfo"]["endCursor"]
    (place,) = [place for place in EVERYWHERE[field] if place.argument.endswith("(after:)")]
    for text in (others, cursor, cursor[:-1], cursor + "A", cursor.swapcase(), "=" * 8, "A" * 100_000, "é", ""):
        whole = examples.without_keys(examples.everything(world)) | {"Query.feedbackGiven(filter:)": None}
        known = place.with_value(whole, text)
        document, variables = calls(GRAPH, place.way, [known])
        answer = (await world.post(world.token(), document.text, variables)).json()
        assert [error["extensions"].get("reason") for error in answer["errors"]] == ["BAD_CURSOR"], text


DOCUMENT = "query ($id: ID!) { node(id: $id) { id } }"


def _body(id: str) -> bytes:
    return b'{"query": "%s", "variables": {"id": %s}}' % (DOCUMENT.encode(), id.encode())


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("nothing", b"", 400),
        ("invalid UTF-8", _body('"hq5kz"').replace(b"kz", b"\xff\xfe"), 400),
        ("UTF-16", _body('"hq5kz"').decode().encode("utf-16"), 400),
        ("a byte order mark", b"\xef\xbb\xbf" + _body('"hq5kz"'), 400),
        ("half a character", _body('"hq5kz\\ud800"'), 400),
        ("not a number", _body("NaN"), 400),
        ("infinity", _body("-Infinity"), 400),
        ("an overlong number", _body("1" * 400), 400),
        ("an enormous exponent", _body("1e999999999"), 400),
        ("a NUL between", _body('"hq5kz"').replace(b": ", b":\0"), 400),
        ("deep lists", _body("[" * 100_000 + "]" * 100_000), 400),
        ("deep objects", _body('{"hq5kz":' * 100_000 + "1" + "}" * 100_000), 400),
        ("cut off", _body('"hq5kz'), 400),
        ("two bodies", _body('"hq5kz"') * 2, 400),
        ("a list", b"[" + _body('"hq5kz"') + b"]", 400),
        ("a text", b'"hq5kz"', 400),
        ("a document that is no text", b'{"query": {"hq5kz": 1}}', 400),
        ("variables that are no object", b'{"query": "{ viewer { clientId } }", "variables": ["hq5kz"]}', 400),
        ("ten megabytes", _body('"' + "hq5kz" * 2_000_000 + '"'), 413),
        ("one key twice", b'{"query": "{ hq5kz }", "query": "{ viewer { clientId } }"}', 200),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
async def test_a_hostile_body_is_refused(world: FullWorld, what: str, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {world.token()}", "Content-Type": "application/json"}
    response = await world.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == status, response.text
    assert wrong_with(response, refused=status != 200) == ""


@pytest.mark.parametrize(
    "text",
    [
        '{ node(id: "hq5kz\\uD800") { id } }',
        '{ node(id: "hq5kz\\u{110000}") { id } }',
        '{ participants(filter: {slug: "hq5kz\0"}) { pageInfo { hasNextPage } } }',
        '{ participants(filter: {slug: """hq5kz\x07"""}) { pageInfo { hasNextPage } } }',
        "{ node(id: 1e999999999) { id } }",
        "{ nodes(ids: " + "[" * 5_000 + "]" * 5_000 + ") { id } }",
        "{ signals(filter: {" + "hq5kz: {" * 2_000 + "}" * 2_000 + "}) { pageInfo { hasNextPage } } }",
        "{ signals(first: 99999999999999999999) { pageInfo { hasNextPage } } }",
        "{ signals(filter: {types: [hq5kz, EMAIL_ADDRESS]}) { pageInfo { hasNextPage } } }",
        "\ufeff{ viewer { hq5kz } }",
        "{ viewer { " + "hq5kz " * 9_000 + "} }",
        "query hq5kz { viewer { clientId } } query hq5kz { viewer { clientId } }",
        "subscription { hq5kz }",
    ],
)
async def test_a_hostile_document_is_refused(world: FullWorld, text: str) -> None:
    response = await world.post(world.token(), text, {})
    assert wrong_with(response, refused=True) == ""


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
async def test_hostile_forms_are_refused(world: FullWorld, path: str) -> None:
    client = world.exchange.client(ALDER)
    for text in [*_naughty(NAUGHTY)[:60], *odd_texts()]:
        form = {"grant_type": "client_credentials", "scope": text, "token": text, "client_id": text}
        for auth in ((client.client_id, client.client_secret), ("naughty", "secret")):
            response = await world.http.post(path, data=form, auth=auth)
            assert response.status_code in (200, 400, 401, 413, 429), text
            assert MARK not in response.text
