"""What came of a participant's signals, in the terminal and on a page for its transparency report."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.client import Exchange, impact_page, operations
from app.client.answers import Impact, ImpactFunnel
from app.client.impact import CAVEATS, STAGES, Breakdown
from scripts.exchange_client import Exchange as Running
from tests.client.asking import secret_of
from tests.client.command_line import CommandLine

HOSTILE = '<script src="https://x.example/a.js">alert(1)</script><img src=x onerror=y> & "Co"'


def funnel(*counts: int, actions: dict[str, int] | None = None) -> ImpactFunnel:
    numbers: Any = dict(zip((stage.key for stage in STAGES), counts, strict=True))
    return numbers | {"actions": [{"action": name, "count": count} for name, count in (actions or {}).items()]}


def made_up(key: str = "OTHER", total: ImpactFunnel | None = None) -> Impact:
    cells: Any = [{"key": key, "funnel": funnel(9, 8, 7, 6, 5)}]
    return {
        "from": "2026-06-01T00:00:00+00:00",
        "to": "2026-07-01T00:00:00+00:00",
        "total": total or funnel(1200, 340, 50, 6, 7, actions={"ACCOUNT_REMOVED": 2500}),
        "bySignalType": cells,
        "byViolation": [],
        "byParticipantClass": cells,
    }


class Page(HTMLParser):
    """Every element, attribute and text of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize("found", [made_up(), made_up(HOSTILE), made_up(total=funnel(0, 0, 0, 0, 0))])
def test_the_page_holds_nothing_that_runs_or_comes_from_elsewhere(found: Impact) -> None:
    text = impact_page.page(found, HOSTILE, "June")
    page = Page(text)
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "object", "embed", "a", "form", "base"}
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "href", "srcset", "action", "style"}
    assert "url(" not in text
    assert "@import" not in text
    assert any(HOSTILE in one for one in page.texts)


def test_the_page_says_each_number_in_a_table_with_heads() -> None:
    page = Page(impact_page.page(made_up(), "Alder", "June"))
    assert {"1,200", "340", "50", "6", "7", "2,500", "ACCOUNT_REMOVED", "OTHER"} <= set(page.texts)
    scopes = {attributes.get("scope") for tag, attributes in page.elements if tag == "th"}
    assert scopes == {"col", "row"}
    tables = [tag for tag, _ in page.elements if tag == "table"]
    assert len(tables) == len([tag for tag, _ in page.elements if tag == "caption"]) == 4
    (chart,) = (attributes for tag, attributes in page.elements if tag == "svg")
    assert (chart["role"], chart["aria-labelledby"]) == ("img", "chart")
    assert ("html", {"lang": "en"}) in page.elements
    assert set(CAVEATS) <= set(page.texts)


def test_no_bar_is_longer_than_the_chart() -> None:
    page = Page(impact_page.page(made_up(total=funnel(10**9, 10**9, 1, 0, 3)), "Alder", "June"))
    widths = [float(attributes["width"] or 0) for tag, attributes in page.elements if tag == "rect"]
    assert len(widths) == len(STAGES)
    assert 0 <= min(widths) <= max(widths) <= 640


@pytest.fixture(scope="module")
def reported(running: Running) -> None:
    """Birch reports on a signal of Alder's."""
    draft: Any = {
        "type": "KEYWORD",
        "value": "invented words about impact",
        "language": "en",
        "violations": ["CSAM_SOLICITATION"],
        "severity": "LOW",
        "confidence": 50,
    }
    with Exchange(running.url, secret_of(running, "alder")) as alder:
        (row,) = alder.ask(operations.upload([draft]))
    assert row["signalId"] is not None
    with Exchange(running.url, secret_of(running, "birch")) as birch:
        birch.ask(operations.record([{"signalId": row["signalId"], "verdict": "MATCHED"}]))


@pytest.mark.usefixtures("reported")
def test_the_command_tells_what_the_exchange_counts(running: Running, tmp_path: Path) -> None:
    lantern = CommandLine.of(tmp_path, running, "alder")
    found = lantern.json("impact")
    assert found["total"]["matched"] >= 1
    assert [cell["key"] for cell in found["bySignalType"]] == ["OTHER"]
    assert found["from"].endswith("T00:00:00+00:00")


@pytest.mark.usefixtures("reported")
@pytest.mark.parametrize("by", list(Breakdown))
def test_people_see_bars_a_table_and_how_to_read_it(running: Running, tmp_path: Path, by: Breakdown) -> None:
    done = CommandLine.of(tmp_path, running, "alder").run("impact", "--by", by)
    for stage in STAGES:
        assert stage.title in done.stdout
    assert "\N{FULL BLOCK}" in done.stdout
    assert "OTHER" in done.stdout
    assert "fewer than three participants" in done.stderr


@pytest.mark.usefixtures("reported")
def test_the_page_is_written_with_the_days_that_were_asked_for(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "impact.html"
    lantern = CommandLine.of(tmp_path, running, "alder")
    lantern.run("impact", "--from", "2026-06-01", "--to", "2026-06-30", "--html", str(file))
    page = Page(file.read_text("utf-8"))
    assert "2026-06-01 to 2026-06-30 (whole days in UTC)" in page.texts
    assert "What came of the signals of Alder" in page.texts


def test_a_period_that_ends_before_it_begins_is_refused(running: Running, tmp_path: Path) -> None:
    lantern = CommandLine.of(tmp_path, running, "alder")
    refused = lantern.run("impact", "--from", "2026-06-30", "--to", "2026-06-01", code=5)
    assert "BAD_USER_INPUT" in refused.stderr
    lantern.run("impact", "--html", str(tmp_path / "nowhere" / "x.html"), code=2)
