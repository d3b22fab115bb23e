"""Our pages can be used by everybody: read aloud, by keyboard, without scripts, in any light."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest

from app.web.rendering import STYLE_PATH
from tests.demo_exchange import DemoExchange
from tests.person import Browser

VOID = {"meta", "link", "input", "img", "br"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["Element"]:
        for child in self.children:
            if child.name in names or not names:
                yield child
            yield from child.all(*names)

    def whole_text(self) -> str:
        return " ".join([self.text, *(child.whole_text() for child in self.children)]).strip()


class Tree(HTMLParser):
    """Strict: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Element("", {})]
        self.feed(text)
        assert len(self.open) == 1, self.open[-1]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs)
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


async def pages(http: httpx.AsyncClient, exchange: DemoExchange) -> dict[str, httpx.Response]:
    browser, alder = Browser(http), exchange.person("alder")
    found = {"sign-in": await browser.ask(), "a problem": await browser.fill(email="x", password="y")}
    found["a refusal"] = await browser.ask(client_id="nobody")
    await browser.sign_in(alder)
    found["consent"] = browser.page
    found["sign-out"] = await browser.open("/oauth/sign-out")
    found["signed out"] = await browser.fill()
    found["a link of nobody"] = await browser.open("/oauth/password", link="x")
    return found


def flaws(text: str) -> list[str]:
    """What keeps somebody from using a page."""
    root = Tree(text).open[0]
    (html,) = root.all("html")
    fields = [one for one in root.all("input") if one.attributes.get("type") != "hidden"]
    labels = {one.attributes.get("for"): one.whole_text() for one in root.all("label")}
    ids = [one.attributes["id"] for one in root.all() if "id" in one.attributes]
    described = [id for one in fields for id in (one.attributes.get("aria-describedby") or "").split()]
    named = {name for one in root.all() for name in one.attributes}
    found = {
        "no language": html.attributes.get("lang") != "en",
        "no title": not next(root.all("title")).whole_text(),
        "not one heading": len(list(root.all("h1"))) != 1,
        "not one main part": len(list(root.all("main"))) != 1,
        "a field without a label": any(not labels.get(one.attributes.get("id")) for one in fields),
        "a field that no password manager knows": any("autocomplete" not in one.attributes for one in fields),
        "a button without words": any(not one.whole_text() for one in root.all("button")),
        "an id twice": len(ids) != len(set(ids)),
        "a description that is not there": not set(described) <= set(ids),
        "an order of its own": "tabindex" in named,
        "a script": bool(list(root.all("script"))) or any(name.startswith("on") for name in named),
        "a style of its own": bool(list(root.all("style"))) or "style" in named,
        "a form without a token": any(
            "csrf" not in [one.attributes.get("name") for one in form.all("input")] for form in root.all("form")
        ),
        "no width of its own": 'name="viewport"' not in text,
    }
    return [flaw for flaw, is_there in found.items() if is_there]


async def test_every_page_can_be_used_by_everybody(http: httpx.AsyncClient, exchange: DemoExchange) -> None:
    found = await pages(http, exchange)
    assert {name: flaws(page.text) for name, page in found.items()} == {name: [] for name in found}
    assert len({re.search("<title>(.*)</title>", page.text)[1] for page in found.values()}) == len(found)  # type: ignore[index]


async def test_a_problem_is_said_at_once_and_belongs_to_its_fields(
    http: httpx.AsyncClient, exchange: DemoExchange
) -> None:
    text = (await pages(http, exchange))["a problem"].text
    alert = next(one for one in Tree(text).open[0].all() if one.attributes.get("role") == "alert")
    assert alert.whole_text() == "The e-mail address or the password is wrong."
    assert text.index('role="alert"') < text.index("<form")
    assert text.count('aria-describedby="problem"') == 2
    assert "<title>Problem: Sign in" in text


@pytest.mark.parametrize(
    ("broken", "flaw"),
    [
        (lambda text: text.replace(' lang="en"', ""), "no language"),
        (lambda text: text.replace('<label for="email">', '<label for="mail">'), "a field without a label"),
        (lambda text: text.replace("<main>", "<main><h1>Again</h1>"), "not one heading"),
        (lambda text: text.replace("<main>", "<main onclick='x()'>"), "a script"),
        (lambda text: text.replace('name="csrf"', 'name="other"'), "a form without a token"),
        (lambda text: text.replace("<main>", "<main id='email'>"), "an id twice"),
    ],
)
async def test_a_flaw_is_noticed(http: httpx.AsyncClient, exchange: DemoExchange, broken, flaw: str) -> None:  # type: ignore[no-untyped-def]
    page = await Browser(http).ask()
    assert flaws(broken(page.text)) == [flaw]


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lights = sorted((light(one), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


async def test_what_is_written_can_be_read_in_any_light(http: httpx.AsyncClient) -> None:
    style = await http.get(STYLE_PATH)
    assert style.headers["content-type"].startswith("text/css")
    assert "url(" not in style.text
    assert "@import" not in style.text
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in style.text.split("@media")[:2])
    for colours in (light, dark):
        texts = [("ink", "paper"), ("ink", "card"), ("quiet", "paper"), ("quiet", "card"), ("deed-ink", "deed")]
        texts += [("deed", "card"), ("problem", "problem-paper")]
        assert [pair for pair in texts if contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []
        assert contrast(colours["line"], colours["card"]) >= 3
