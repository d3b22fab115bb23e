"""Passwords: nobody learns by them who there is, guessing is slow, and the right person is not kept out by others."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.rules import passwords
from app.services.demo import DemoPerson
from app.web import password_check
from app.web.password_check import PasswordCheck, TooManyPasswords
from tests.demo_exchange import DemoExchange
from tests.flows.documents import mutation
from tests.flows.guarded import GRAPH
from tests.person import Browser, Program, another_browser, graphql, hidden

WRONG = "a wrong password"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


async def shut_out(owner_engine: AsyncEngine, change: str) -> None:
    async with owner_engine.begin() as owner:
        await owner.execute(text(f"UPDATE person SET {change}"))


async def fail(browser: Browser, email: str, password: str = WRONG) -> httpx.Response:
    await browser.ask()
    return await browser.fill(email=email, password=password)


def without_chance(page: httpx.Response) -> str:
    return re.sub(r'name="csrf" value="[0-9a-f]{64}"', "", page.text)


async def test_nobody_learns_who_there_is(
    http: httpx.AsyncClient, exchange: DemoExchange, owner_engine: AsyncEngine
) -> None:
    """A wrong password, an unknown name, one who is shut out or has no password: the same bytes and headers."""
    alder, birch, operator = (exchange.person(slug) for slug in ("alder", "birch", "lantern-operator"))
    async with owner_engine.begin() as owner:
        await owner.execute(text("UPDATE person SET disabled_at = now() WHERE id = (SELECT id FROM person LIMIT 1)"))
    await shut_out(owner_engine, "password_set_at = NULL WHERE disabled_at IS NULL")
    tried = [(alder.email, WRONG), ("nobody@mail.example", WRONG), ("no address", WRONG), ("", WRONG), ("é\u2028", "")]
    tried += [(one.email, one.password) for one in (alder, birch, operator)]
    answers = []
    for email, password in tried:
        async with another_browser(http) as browser:
            answers.append(await fail(browser, email, password))
    assert {page.status_code for page in answers} == {200}
    assert len({without_chance(page) for page in answers}) == 1
    assert len({tuple(sorted(set(page.headers) - {"x-request-id"})) for page in answers}) == 1
    assert 'role="alert"' in answers[0].text


async def test_whoever_it_is_the_same_work_is_done(
    http: httpx.AsyncClient, exchange: DemoExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[object] = []
    verify = passwords._HASHER.verify
    counting = type("Counting", (), {"verify": lambda _, *given: (work.append(given[0][:30]), verify(*given))[1]})
    monkeypatch.setattr(passwords, "_HASHER", counting())
    event.listen(exchange.database.engine.sync_engine, "before_cursor_execute", lambda *given: work.append(given[2]))
    done = []
    for email in (exchange.person("alder").email, "nobody@mail.example", "no address"):
        async with another_browser(http) as browser:
            await browser.ask()
            work.clear()
            await browser.fill(email=email, password=WRONG)
            done.append([one for one in work if "argon2" not in str(one)] + [len(work)])
    assert done[0] == done[1] == done[2]
    assert any("argon2" in str(one) for one in work)


def test_the_password_of_nobody_costs_what_all_others_do() -> None:
    assert not passwords.is_outdated(passwords._NOBODYS)
    assert passwords.hashed(WRONG).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.is_right("", None)


async def test_guessing_is_told_to_wait_even_when_it_guesses_right(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    alder = exchange.person("alder")
    statuses = [(await fail(browser, alder.email)).status_code for _ in range(5)]
    assert statuses == [200] * 5
    refused = await fail(browser, alder.email, alder.password)
    assert (refused.status_code, "location" in refused.headers) == (429, False)
    assert 0 < int(refused.headers["retry-after"]) <= 901
    exchange.clock.forward(minutes=15)
    assert (await fail(browser, alder.email, alder.password)).status_code == 303


async def test_many_guesses_at_once_are_each_counted(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    browser, alder = Browser(http), exchange.person("alder")
    await browser.ask()
    form = {**hidden(browser.page), "email": alder.email, "password": WRONG}
    sent = await asyncio.gather(*(http.post(browser.action, data=form) for _ in range(12)))
    assert sorted(page.status_code for page in sent) == [200] * 5 + [429] * 7


async def test_whoever_signs_in_often_is_not_taken_for_a_guesser(exchange: DemoExchange, browser: Browser) -> None:
    alder = exchange.person("alder")
    for _ in range(8):
        await browser.ask(prompt="login")
        assert (await browser.fill(email=alder.email, password=alder.password)).status_code == 303


async def test_who_comes_while_others_keep_us_busy_is_not_taken_for_a_guesser(
    exchange: DemoExchange, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever fills the queue shuts out all who try to sign in meanwhile, with the right passwords too."""
    alder = exchange.person("alder")
    with monkeypatch.context() as busy:
        busy.setattr(password_check, "MOST_WAITING", 0)
        for _ in range(8):
            assert (await fail(browser, alder.email, alder.password)).status_code == 503
    assert (await fail(browser, alder.email, alder.password)).status_code == 303


async def test_the_right_person_elsewhere_is_not_kept_out(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    alder = exchange.person("alder")
    for number in range(60):
        async with another_browser(http, f"198.51.100.{number}") as guesser:
            assert (await fail(guesser, alder.email)).status_code == 200
    async with another_browser(http, "198.51.100.7") as guesser:
        assert (await fail(guesser, alder.email, alder.password)).status_code == 429
    async with another_browser(http, "203.0.113.9") as home:
        assert (await fail(home, alder.email, alder.password)).status_code == 303


async def test_one_address_does_not_try_one_name_after_the_other(
    http: httpx.AsyncClient, exchange: DemoExchange
) -> None:
    for number in range(30):
        # One customer has a whole network of these.
        async with another_browser(http, f"2001:db8::{number:x}") as guesser:
            assert (await fail(guesser, f"somebody{number}@mail.example")).status_code == 200
    async with another_browser(http, "2001:db8::ffff") as guesser:
        assert (await fail(guesser, "another@mail.example")).status_code == 429
    async with another_browser(http, "2001:db8:0:1::1") as neighbour:
        assert (await fail(neighbour, "another@mail.example")).status_code == 200


async def test_names_are_counted_whether_or_not_there_is_an_account(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    pages = [await fail(browser, "nobody@mail.example") for _ in range(6)]
    assert [page.status_code for page in pages] == [200] * 5 + [429]


async def test_a_password_that_was_hashed_at_other_costs_is_hashed_anew(
    exchange: DemoExchange, browser: Browser, owner_engine: AsyncEngine
) -> None:
    async def kept() -> list[str]:
        async with owner_engine.connect() as owner:
            return sorted(await owner.scalars(text("SELECT password_hash FROM person_secret")))

    before = await kept()
    alder = exchange.person("alder")
    await browser.sign_in(alder)
    after = await kept()
    assert len(set(after) - set(before)) == 1
    assert sum("m=19456,t=2,p=1" in one for one in after) == 1
    await browser.ask(prompt="login")
    assert (await browser.fill(email=alder.email, password=alder.password)).status_code == 303
    assert await kept() == after


async def test_only_a_few_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    check, running, most = PasswordCheck(), 0, 0

    async def beside(work: object) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return False

    monkeypatch.setattr(password_check.asyncio, "to_thread", beside)
    asked = [asyncio.ensure_future(check.is_right(WRONG, None)) for _ in range(password_check.MOST_WAITING + 5)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert most == password_check.AT_ONCE
    assert sum(isinstance(one, TooManyPasswords) for one in answers) == 5
    assert await check.is_right(WRONG, None) is False


@asynccontextmanager
async def link_for(http: httpx.AsyncClient, exchange: DemoExchange) -> AsyncIterator[tuple[str, str, str]]:
    """An administrator of alder's invites somebody: the token of the administrator, the person, and the link."""
    browser = Browser(http)
    tokens = await Program(http).tokens(await browser.code(exchange.person("alder")))
    given = {"email": "Eve.Stone@alder.example", "name": "Eve Stone", "roles": ["REVIEWER"]}
    invited = await graphql(http, tokens["access_token"], mutation(GRAPH, "invitePerson", 1), input=given)
    found = invited.json()["data"]["invitePerson"]
    yield tokens["access_token"], found["person"]["id"], found["link"]


async def test_a_person_sets_its_password_by_its_link_once(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    async with link_for(http, exchange) as (_, _, link), another_browser(http) as eve:
        assert link.startswith("http://127.0.0.1:8000/oauth/password?link=lxl_")
        assert "Eve Stone" in (await eve.open(link)).text
        assert "eve.stone@alder.example" in eve.page.text
        differing = await eve.fill(password="four words of mine", again="four words of yours")
        assert "The two passwords differ" in differing.text
        done = await eve.fill(password="four words of mine", again="four words of mine")
        assert "Your password is set" in done.text
        assert "http://127.0.0.1:8000/graphiql" in done.text
        assert (await eve.open(link)).status_code == 404
        await eve.sign_in(DemoPerson("EVE.stone@Alder.example ", "four words of mine"))
        assert "Eve Stone" in eve.page.text


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 12 characters"),
        ("x" * 201, "at most 200 characters"),
        ("aaaaaaaaaaaaaaaa", "at least 4 different characters"),
        ("evestone is me 1", "without your name"),
        ("my name is STONE", "without your name"),
        ("alder and more..", "without your name"),
    ],
)
async def test_a_password_that_is_easily_guessed_is_refused(
    http: httpx.AsyncClient, exchange: DemoExchange, password: str, told: str
) -> None:
    async with link_for(http, exchange) as (_, _, link), another_browser(http) as eve:
        await eve.open(link)
        refused = await eve.fill(password=password, again=password)
        assert told in refused.text
        assert 'role="alert"' in refused.text
        assert password not in refused.text
        assert (await eve.open(link)).status_code == 200


@pytest.mark.parametrize("link", ["", "x", "lxl_" + "A" * 43, "é", "\x00", "<script>"])
async def test_a_link_of_nobody_leads_nowhere(browser: Browser, link: str) -> None:
    page = await browser.open("/oauth/password", link=link)
    assert (page.status_code, "<script" in page.text) == (404, False)


async def test_a_link_lasts_for_a_week(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    async with link_for(http, exchange) as (_, _, link), another_browser(http) as eve:
        exchange.clock.forward(days=6, hours=23)
        await eve.open(link)
        exchange.clock.forward(hours=1)
        assert (await eve.fill(password="four words of mine", again="four words of mine")).status_code == 404


async def test_a_form_for_a_password_is_for_who_was_shown_it(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    async with link_for(http, exchange) as (_, _, link), another_browser(http) as eve:
        await eve.open(link)
        refused = await eve.fill(csrf="0" * 64, password="four words of mine", again="four words of mine")
        assert refused.status_code == 403
        assert (await eve.open(link)).status_code == 200


async def test_a_reset_ends_the_password_the_sessions_and_the_tokens(
    http: httpx.AsyncClient, exchange: DemoExchange
) -> None:
    async with link_for(http, exchange) as (admin, person, link), another_browser(http) as eve:
        password = "four words of mine"
        await eve.open(link)
        await eve.fill(password=password, again=password)
        who = DemoPerson("eve.stone@alder.example", password)
        tokens = await Program(eve.http).tokens(await eve.code(who))
        reset = await graphql(http, admin, mutation(GRAPH, "resetPersonPassword", 1), input={"personId": person})
        assert (await graphql(http, tokens["access_token"], "{ viewer { clientId } }")).status_code == 401
        assert (await Program(http).refresh(tokens["refresh_token"])).status_code == 400
        assert 'name="password"' in (await eve.ask()).text
        assert (await eve.fill(email=who.email, password=password)).status_code == 200
        await eve.open(reset.json()["data"]["resetPersonPassword"]["link"])
        await eve.fill(password="other words of mine", again="other words of mine")
        assert await eve.code(DemoPerson(who.email, "other words of mine"))
