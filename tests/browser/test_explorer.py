"""The pages in a real browser: a person signs in, asks, sees a change arrive, and goes through a network by keys."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from scripts import explorer
from scripts.node_packages import CannotInstall
from tests.browser.driving import DESK, HAND, NIGHT, SCREENSHOTS, Driver, Told, chromium, faults, install
from tests.readme_exchange import running


@pytest.fixture(scope="module")
async def driver(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Driver]:
    browser = chromium()
    if browser is None:
        pytest.skip("There is no Chromium. On Debian or Ubuntu: apt-get install chromium")
    try:
        pages = explorer.build()
        install()
    except CannotInstall as error:
        pytest.skip(f"The packages from npm are not there: {error}")
    settings = {"LANTERN_EXPLORER": str(pages)}
    async with running(tmp_path_factory.mktemp("browser") / "data", settings) as exchange:
        yield Driver(exchange, browser)


@pytest.fixture(scope="module")
async def host(driver: Driver) -> str:
    return driver.exchange.url.removeprefix("http://")


@pytest.fixture(scope="module")
async def graphiql(driver: Driver) -> Told:
    return (await driver.visit("graphiql"))["graphiql light"]


@pytest.fixture(scope="module")
async def explore(driver: Driver) -> Told:
    return (await driver.visit("explore"))["explore light"]


def test_every_example_runs_as_it_stands(graphiql: Told) -> None:
    answers = graphiql["answers"]
    assert not [name for name, answer in answers.items() if "errors" in answer]
    signal = answers["LinkedIndicators"]["data"]["signal"]
    assert signal["links"]["edges"]
    assert len(signal["network"]["nodes"]) > 5
    kinds = [one["best"] and one["best"]["kind"] for one in answers["MatchValues"]["data"]["matchSignals"]]
    assert kinds == ["EXACT", "EXACT", "PDQ", None]
    recorded = answers["RecordOutcome"]["data"]["recordFeedback"]
    assert (recorded["created"] + recorded["updated"], recorded["rejected"]) == (1, 0)
    assert answers["WhoAmI"]["data"]["viewer"]["participant"]["name"] == "Alder"


def test_a_change_arrives_while_the_page_is_open(graphiql: Told) -> None:
    assert graphiql["uploaded"]["data"] == {"uploadSignals": {"created": 1}}
    assert "liv***.example" not in graphiql["before"]
    assert "liv***.example" in graphiql["after"]
    assert "Birch" in graphiql["after"]


def test_a_signal_that_is_asked_about_is_one_step_from_its_picture(graphiql: Told) -> None:
    nodes = graphiql["answers"]["LinkedIndicators"]["data"]["signal"]["network"]["nodes"]
    assert graphiql["picture"] == f"./explore#{nodes[0]['id']}"


def test_the_schema_is_told_to_whoever_may_read_it(graphiql: Told) -> None:
    assert "matchSignals" in graphiql["documented"]


def test_no_value_of_an_answer_can_be_opened_by_a_click(graphiql: Told) -> None:
    assert "https://" in str(graphiql["answers"]["LinkedIndicators"])
    assert graphiql["underlined"] == 0


def test_graphiql_leaves_nothing_behind_and_asks_nobody_else(graphiql: Told, host: str) -> None:
    assert len(graphiql["seen"]["tokens"]) == 2
    assert faults(graphiql, host) == []


def test_a_network_is_drawn_of_a_value_that_is_near(explore: Told) -> None:
    first = explore["steps"][0]
    assert first["said"].startswith("Started from 84afa1***. The picture has 10 signals")
    assert first["listed"] == 10
    assert first["picture"].startswith("Picture of 10 signals and ")
    assert explore["colours"] > 20


def test_a_network_grows_by_the_keyboard_alone(explore: Told) -> None:
    listed = [step["listed"] for step in explore["steps"]]
    assert listed[0] < listed[1]
    for step in explore["steps"][:3]:
        assert step["focused"] == "item"
        assert (step["current"], step["reachable"]) == (1, 1)
        assert f"has {step['listed']} signals" in step["said"]
        assert f"of {step['listed']} signals" in step["picture"]


def test_a_value_is_shown_once_it_is_revealed_and_recorded_and_not_before(explore: Told) -> None:
    assert explore["revealed"]
    assert explore["revealed"] not in explore["before"]
    assert "recorded" in explore["steps"][-1]["said"]


def test_a_refusal_is_told_in_words(explore: Told) -> None:
    assert "hexadecimal digits" in explore["refused"]


def test_the_picture_leaves_nothing_behind_and_asks_nobody_else(explore: Told, host: str) -> None:
    assert faults(explore, host) == []


async def test_an_address_names_a_signal_and_a_network_too_large_to_draw_says_so(driver: Driver, host: str) -> None:
    told = (await driver.visit("large"))["large light"]
    assert faults(told, host) == []
    assert told["address"].endswith(f"/explore#{told['centre']}")
    assert told["listed"] == 40
    assert "There is more than the 40 nearest signals" in told["said"]


async def test_who_may_do_less_is_offered_less(driver: Driver, host: str) -> None:
    told = (await driver.visit("limited"))["limited light"]
    assert faults(told, host) == []
    assert "Expand" in told["offered"]
    assert not [words for words in told["offered"] if "Reveal" in words]
    assert told["fields"] == ["A signal's id"]


async def test_both_pages_work_in_the_dark_and_on_a_small_screen(driver: Driver, host: str) -> None:
    told = await driver.visit("explore", looks=(NIGHT, HAND))
    assert {name: faults(one, host) for name, one in told.items()} == {"explore dark": [], "explore small": []}
    assert "graphiql dark" in await driver.visit("graphiql", looks=(NIGHT,))


async def test_an_answer_that_the_page_did_not_ask_for_is_never_redeemed(driver: Driver) -> None:
    told = (await driver.visit("forged"))["forged light"]
    assert told["granted"] == 0
    assert "did not begin in this tab" in told["said"]["state"]
    assert "another sign-in service" in told["said"]["issuer"]
    assert "did not begin in this tab" in told["said"]["again"]
    assert not [text for text in told["said"].values() if "code=" in text]


async def test_a_token_is_renewed_in_time_and_ends_with_the_session(driver: Driver) -> None:
    told = (await driver.visit("lifetime"))["lifetime light"]
    assert told["refreshed"] == 1
    assert told["isAnother"]
    assert (told["usable"], told["after"]) == (200, 401)
    assert "***" not in told["body"]


async def test_what_a_page_must_not_do_is_noticed(driver: Driver, host: str) -> None:
    told = (await driver.visit("harmed"))["harmed light"]
    found = "\n".join(faults(told, host))
    assert "token in localStorage" in found
    assert "kept in localStorage" in found
    assert found.count("Content Security Policy") >= 3
    assert not told["ran"]


def test_screenshots_are_kept(graphiql: Told, explore: Told) -> None:
    names = {"graphiql-live", "explore-network", "explore-expanded"}
    assert {f"{name}-{DESK['name']}.png" for name in names} <= {path.name for path in Path(SCREENSHOTS).iterdir()}
