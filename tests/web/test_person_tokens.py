"""Codes and refresh tokens: each counts once, for the program that it was given to, and for a while."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import ids
from app.rules.ids import Prefix
from app.store.database import connect
from app.worker import expiry
from tests.demo_exchange import DemoExchange
from tests.person import BACK, CALLBACK, VERIFIER, Browser, Program, graphql, registered

VIEWER = "{ viewer { clientId } }"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.fixture
def program(http: httpx.AsyncClient) -> Program:
    return Program(http)


@pytest.fixture
def operator(exchange: DemoExchange) -> str:
    """A token of its client."""
    client = ids.read(Prefix.CLIENT, exchange.client("lantern-operator").client_id)
    assert client is not None
    return exchange.access_tokens.issue(
        client, ["clients:manage", "participants:read", "compliance:manage"], exchange.clock()
    )


async def is_good(http: httpx.AsyncClient, token: str) -> bool:
    return (await graphql(http, token, VIEWER)).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
    ],
    ids=str,
)
async def test_a_code_is_of_no_use_to_who_did_not_begin(
    exchange: DemoExchange, browser: Browser, program: Program, changed: dict[str, str], error: str
) -> None:
    code = await browser.code(exchange.person("alder"))
    refused = await program.redeem(code, **changed)
    assert (refused.status_code, refused.json()["error"]) == (401 if error == "invalid_client" else 400, error)
    assert "access_token" not in refused.text
    assert (await program.redeem(code)).status_code == 200


async def test_a_code_counts_for_a_minute(exchange: DemoExchange, browser: Browser, program: Program) -> None:
    late, soon = [await browser.code(exchange.person("alder")) for _ in range(2)]
    exchange.clock.forward(seconds=59)
    assert (await program.redeem(soon)).status_code == 200
    exchange.clock.forward(seconds=1)
    assert (await program.redeem(late)).json()["error"] == "invalid_grant"


async def test_a_code_that_comes_twice_ends_what_came_of_it(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    code = await browser.code(exchange.person("alder"))
    tokens = await program.tokens(code)
    other = await program.tokens(await browser.code(exchange.person("alder")))
    assert (await program.redeem(code)).json()["error"] == "invalid_grant"
    assert not await is_good(http, tokens["access_token"])
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await is_good(http, other["access_token"])


async def test_the_code_of_another_program_is_of_no_use(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program, operator: str
) -> None:
    console = await registered(http, operator, exchange.client("alder"))
    code = await browser.code(exchange.person("alder"), client_id=console, redirect_uri=BACK)
    for redirect_uri in (BACK, CALLBACK):
        refused = await program.redeem(code, redirect_uri=redirect_uri)
        assert refused.json()["error"] == "invalid_grant"
    tokens = await Program(http, console, BACK).tokens(code)
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await program.send("/oauth/revoke", token=tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert await is_good(http, tokens["access_token"])


async def test_a_refresh_token_is_replaced_at_each_use(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder"), scope="signals:read feed:read"))
    for _ in range(3):
        exchange.clock.forward(minutes=11)
        before, tokens = tokens, (await program.refresh(tokens["refresh_token"])).json()
        assert tokens["refresh_token"] != before["refresh_token"]
        assert tokens["scope"] == "feed:read signals:read"
        assert await is_good(http, tokens["access_token"])
    narrower = (await program.refresh(tokens["refresh_token"], scope="feed:read")).json()
    assert narrower["scope"] == "feed:read"
    wider = await program.refresh(narrower["refresh_token"], scope="feed:read cases:read")
    assert wider.json()["error"] == "invalid_scope"


async def test_an_old_refresh_token_ends_the_family_with_its_live_tokens(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    """Whoever stole it, or was stolen from, comes second; it is not known which of the two."""
    first = await program.tokens(await browser.code(exchange.person("alder")))
    second = (await program.refresh(first["refresh_token"])).json()
    third = (await program.refresh(second["refresh_token"])).json()
    assert await is_good(http, third["access_token"])
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    for tokens in (first, second, third):
        assert not await is_good(http, tokens["access_token"])
    assert (await program.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_whose_answer_was_lost_can_be_repeated_at_once(
    exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    first = await program.tokens(await browser.code(exchange.person("alder")))
    await program.refresh(first["refresh_token"])
    exchange.clock.forward(seconds=10)
    again = await program.refresh(first["refresh_token"])
    assert again.status_code == 200
    assert (await program.refresh(again.json()["refresh_token"])).status_code == 200


async def test_a_repeated_refresh_is_no_way_for_a_thief(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    """It is quick enough to repeat; the program, which has the answer that was not lost, ends it all."""
    stolen = await program.tokens(await browser.code(exchange.person("alder")))
    mine = (await program.refresh(stolen["refresh_token"])).json()
    thief = (await program.refresh(stolen["refresh_token"])).json()
    assert await is_good(http, thief["access_token"])
    assert (await program.refresh(mine["refresh_token"])).json()["error"] == "invalid_grant"
    assert not await is_good(http, thief["access_token"])
    assert (await program.refresh(thief["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_refresh_is_not_repeated_later(exchange: DemoExchange, browser: Browser, program: Program) -> None:
    first = await program.tokens(await browser.code(exchange.person("alder")))
    await program.refresh(first["refresh_token"])
    exchange.clock.forward(seconds=11)
    assert (await program.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("pauses", "goes_on"), [([1.9], True), ([2], False), ([1.9] * 6, True), ([1.9] * 7, False)], ids=str
)
async def test_a_family_ends_when_it_is_left_alone_and_after_twelve_hours(
    exchange: DemoExchange, browser: Browser, program: Program, pauses: list[float], goes_on: bool
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    for hours in pauses:
        exchange.clock.forward(hours=hours)
        refreshed = await program.refresh(tokens.get("refresh_token", ""))
        tokens = refreshed.json()
    assert (refreshed.status_code == 200) is goes_on


async def test_a_program_goes_on_when_its_person_signs_in_again_elsewhere(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    """After a while a second program asks for the password again; the first one is none the worse for it."""
    alder = exchange.person("alder")
    first = await program.tokens(await browser.code(alder))
    exchange.clock.forward(minutes=31)
    second = await program.tokens(await browser.code(alder))
    first = (await program.refresh(first["refresh_token"])).json()
    assert await is_good(http, first["access_token"])
    await browser.open("/oauth/sign-out")
    await browser.fill()
    for tokens in (first, second):
        assert not await is_good(http, tokens["access_token"])
        assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_program_ends_when_somebody_else_signs_in_at_the_browser(
    exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    birch = exchange.person("birch")
    await browser.ask(prompt="login")
    await browser.fill(email=birch.email, password=birch.password)
    assert (await program.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_program_revokes_what_it_no_longer_needs(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, program: Program
) -> None:
    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    assert (await program.send("/oauth/revoke", token=tokens["access_token"])).status_code == 200
    assert not await is_good(http, tokens["access_token"])
    next_tokens = (await program.refresh(tokens["refresh_token"])).json()
    assert (await program.send("/oauth/revoke", token=next_tokens["refresh_token"])).status_code == 200
    assert not await is_good(http, next_tokens["access_token"])
    assert (await program.refresh(next_tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_secrets_of_people_are_kept_as_digests_only(
    exchange: DemoExchange, browser: Browser, program: Program, owner_engine: AsyncEngine
) -> None:
    alder = exchange.person("alder")
    code = await browser.code(alder)
    tokens = await program.tokens(code)
    cookie = browser.http.cookies["lantern"]
    kept = ""
    async with owner_engine.connect() as owner:
        for table in ("person", "person_secret", "web_session", "sign_in", "refresh_token", "consent"):
            kept += str((await owner.execute(text(f"TABLE {table}"))).all())
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
    for secret in (alder.password, alder.email, "Ada Moss", code, cookie, tokens["refresh_token"], VERIFIER):
        assert secret not in kept
        assert secret.encode().hex() not in kept


async def test_what_is_over_is_forgotten_and_what_is_not_goes_on(
    exchange: DemoExchange, browser: Browser, program: Program, owner_engine: AsyncEngine
) -> None:
    worker = connect(exchange.urls.worker)

    async def kept() -> list[int]:
        await expiry.forget(worker, exchange.clock)
        async with owner_engine.connect() as owner:
            tables = ("web_session", "sign_in", "refresh_token")
            return [await owner.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in tables]

    tokens = await program.tokens(await browser.code(exchange.person("alder")))
    await program.refresh(tokens["refresh_token"])
    exchange.clock.forward(hours=11, minutes=59)
    assert await kept() == [1, 1, 2]
    exchange.clock.forward(minutes=2)
    assert await kept() == [0, 1, 2]
    exchange.clock.forward(minutes=10)
    assert await kept() == [0, 0, 0]
    await worker.dispose()
