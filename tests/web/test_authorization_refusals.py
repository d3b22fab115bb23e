"""What the authorization endpoint refuses: it shows a page of ours, or tells the program, and never the wrong one."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.demo_exchange import ISSUER, DemoExchange
from tests.person import ASKED, CALLBACK, CHALLENGE, Browser, another_browser, answer, hidden

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'`{{98765*98765}}"


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "cli_" + "0" * 32},
        {"redirect_uri": ""},
        {"redirect_uri": "https://elsewhere.example/"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?next=https://elsewhere.example"},
        {"redirect_uri": f"{CALLBACK}#x"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": "http://127.0.0.1:8000@elsewhere.example/graphiql"},
        {"redirect_uri": "//elsewhere.example/graphiql"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://127.0.0.1:8001/graphiql"},
        {"redirect_uri": "\u2028"},
        {"client_id": "\x00"},
    ],
    ids=str,
)
async def test_nobody_is_sent_to_where_no_program_was_registered(browser: Browser, changed: dict[str, str]) -> None:
    """Whatever else is wrong with the request, and before anybody is asked for a password."""
    for more in ({}, {"response_type": "token"}, {"scope": "nothing"}, {"code_challenge": ""}, {"prompt": "none"}):
        refused = await browser.ask(**(changed | more))
        assert (refused.status_code, "location" in refused.headers) == (400, False)
        assert "password" not in refused.text
        assert "elsewhere" not in refused.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256", "code_challenge": CHALLENGE[:-1]}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"scope": "signals:read everything"}, "invalid_scope"),
        ({"scope": HOSTILE}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://elsewhere.example/request"}, "request_not_supported"),
    ],
    ids=str,
)
async def test_a_program_is_told_what_is_wrong_with_its_request(
    browser: Browser, changed: dict[str, str], error: str
) -> None:
    told = answer(await browser.ask(**changed))
    assert urlsplit(browser.page.headers["location"])._replace(query="").geturl() == CALLBACK
    assert (told["error"], told["state"], told["iss"]) == (error, "a state", ISSUER)
    assert told.keys() == {"error", "error_description", "state", "iss"}


async def test_a_program_that_says_something_twice_is_not_believed(browser: Browser) -> None:
    query = "&".join(f"{name}={value}" for name, value in ASKED.items())
    for twice in ("client_id=nobody", "redirect_uri=https://elsewhere.example", "state=", "scope=x&scope=y"):
        refused = await browser.open(f"/oauth/authorize?{query}&{twice}")
        assert (refused.status_code, "location" in refused.headers) == (400, False)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "prompt", "code_challenge", "other"])
async def test_nothing_that_is_sent_becomes_part_of_a_page(exchange: DemoExchange, browser: Browser, name: str) -> None:
    """On the page for a password, the same with a problem, the one for consent and the one for errors."""
    pages = [await browser.ask(**{name: HOSTILE})]
    if browser.page.status_code == 200:
        person = exchange.person("alder")
        pages.append(await browser.fill(email=HOSTILE, password=HOSTILE))
        pages.append(await browser.fill(email=person.email, password=person.password))
        pages.append(await browser.follow())
    for page in pages:
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert str(98_765**2) not in page.text
        assert HOSTILE not in page.text
        assert "\n" not in page.headers.get("location", "")


async def test_what_comes_back_is_what_was_sent(exchange: DemoExchange, browser: Browser) -> None:
    await browser.sign_in(exchange.person("alder"), state=HOSTILE)
    await browser.fill(step="allow")
    sent = urlsplit(browser.page.headers["location"])
    assert parse_qs(sent.query)["state"] == [HOSTILE]
    assert (sent.scheme, sent.netloc, sent.path) == ("http", "127.0.0.1:8000", "/graphiql")


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/sign-out", "/oauth/password"])
async def test_pages_run_nothing_load_nothing_and_stand_in_no_frame(browser: Browser, path: str) -> None:
    query = {"/oauth/authorize": ASKED, "/oauth/password": {"link": "x"}}.get(path, {})
    page = await browser.open(path, **query)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"].split()[0] == "'self'"
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "://" not in page.text.replace(browser_address(page), "")


def browser_address(page: httpx.Response) -> str:
    """The action of its form, which repeats the address that the browser asked for."""
    before, _, rest = page.text.partition('action="')
    return rest.partition('"')[0] if rest else before[:0] or "\0"


async def test_a_form_leads_to_us_and_to_the_program_alone(exchange: DemoExchange, browser: Browser) -> None:
    for page in (await browser.ask(), await browser.sign_in(exchange.person("alder"))):
        policy = page.headers["content-security-policy"]
        assert "form-action 'self' http://127.0.0.1:8000;" in policy


@pytest.mark.parametrize("step", ["sign-in", "allow", "other", "deny"])
@pytest.mark.parametrize("token", ["", "x", "é", "\0", "0" * 64, "foreign"])
async def test_a_form_that_was_not_shown_to_this_browser_does_nothing(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser, step: str, token: str
) -> None:
    alder = exchange.person("alder")
    await browser.sign_in(alder)
    async with another_browser(http) as other:
        await other.ask()
        foreign = hidden(other.page)["csrf"]
    refused = await browser.fill(
        csrf=foreign if token == "foreign" else token, step=step, email=alder.email, password=alder.password
    )
    assert refused.status_code in (400, 403)
    assert "location" not in refused.headers
    assert "set-cookie" not in refused.headers
    assert "Ada Moss" in (await browser.ask()).text


async def test_a_form_without_the_cookie_does_nothing(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    browser = Browser(http)
    alder = exchange.person("alder")
    await browser.ask()
    http.cookies.clear()
    refused = await browser.fill(email=alder.email, password=alder.password)
    assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)


async def test_whoever_knows_the_cookie_of_before_is_not_signed_in(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    """An attacker lets its victim begin with a cookie of the attacker's choice, and waits (session fixation)."""
    await browser.ask()
    planted = http.cookies["lantern"]
    await browser.sign_in(exchange.person("alder"))
    assert http.cookies["lantern"] != planted
    async with another_browser(http) as attacker:
        attacker.http.cookies.set("lantern", planted)
        assert "Ada Moss" not in (await attacker.ask()).text
        assert 'name="password"' in attacker.page.text


async def test_a_session_of_before_ends_when_somebody_signs_in_anew(
    http: httpx.AsyncClient, exchange: DemoExchange, browser: Browser
) -> None:
    await browser.sign_in(exchange.person("alder"))
    first = http.cookies["lantern"]
    await browser.ask(prompt="login")
    birch = exchange.person("birch")
    await browser.fill(email=birch.email, password=birch.password)
    async with another_browser(http) as other:
        other.http.cookies.set("lantern", first)
        assert 'name="password"' in (await other.ask()).text


async def test_a_cookie_is_for_this_host_and_for_no_script(exchange: DemoExchange, browser: Browser) -> None:
    await browser.ask()
    told = browser.page.headers["set-cookie"].lower().split("; ")
    assert {"httponly", "path=/", "samesite=lax"} <= set(told)
    assert not any(part.startswith(("domain", "expires", "max-age")) for part in told)


async def test_a_cookie_of_an_exchange_behind_tls_never_travels_in_clear(exchange: DemoExchange) -> None:
    from app.web import asgi

    issuer = "https://exchange.example"
    transport = httpx.ASGITransport(asgi.build(exchange.database, exchange.keyring, issuer, exchange.clock))
    async with httpx.AsyncClient(transport=transport, base_url=issuer) as http:
        browser = Browser(http)
        page = await browser.ask(redirect_uri=f"{issuer}/graphiql")
    told = page.headers["set-cookie"]
    assert told.startswith("__Host-lantern=")
    assert "; Secure" in told


async def test_an_answer_after_the_session_ended_begins_anew(exchange: DemoExchange, browser: Browser) -> None:
    await browser.sign_in(exchange.person("alder"))
    exchange.clock.forward(minutes=31)
    await browser.fill(step="allow")
    assert browser.page.headers["location"].startswith("/oauth/authorize?")
    assert 'name="password"' in (await browser.follow()).text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_pages_are_read_and_forms_are_sent(http: httpx.AsyncClient, method: str) -> None:
    assert (await http.request(method, "/oauth/authorize", params=ASKED)).status_code == 405


async def test_a_form_that_is_none_is_refused(http: httpx.AsyncClient, browser: Browser) -> None:
    await browser.ask()
    for body, kind in ((b"{}", "application/json"), (b"csrf=a&csrf=b", "application/x-www-form-urlencoded")):
        refused = await http.post(browser.action, content=body, headers={"Content-Type": kind})
        assert refused.status_code == 400
    long = await http.post(browser.action, data={"csrf": "x" * 20_000})
    assert long.status_code == 413
