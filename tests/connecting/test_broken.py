"""Examples with a mistake in them: each is noticed by a test of what a participant has to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts import node_packages
from tests.clients import node
from tests.connecting import platform as connected
from tests.connecting import test_connecting as story
from tests.connecting.platform import Platform, World

# What stands there, what stands there instead, and who notices.
IN_PYTHON = {
    "keeps what is withdrawn": (
        'database.executemany("DELETE FROM hit WHERE id = ?", gone)',
        "pass",
        story.test_what_is_withdrawn_goes_out_of_the_queue,
    ),
    "keeps the queue in memory": (
        'sqlite3.connect(PROFILE.state / "reviews.db"',
        'sqlite3.connect(":memory:"',
        story.test_the_queue_survives_a_kill,
    ),
    "reports before anybody decides": (
        "            )\n\n\ndef sign_up",
        '            )\n            for id in hits:\n                OUTBOX.put({"signalId": id, "verdict": "MATCHED"})'
        "\n\n\ndef sign_up",
        story.test_a_hit_waits_for_a_person_whose_decision_is_reported,
    ),
    "keeps the value after the decision": (
        "SET decided = TRUE, email = NULL",
        "SET decided = TRUE",
        story.test_a_hit_waits_for_a_person_whose_decision_is_reported,
    ),
    "logs what came": (
        "            said = json.loads(",
        "            print(self.headers, self.rfile.peek(), flush=True)\n            said = json.loads(",
        story.test_no_value_and_no_secret_is_logged,
    ),
}
IN_TYPESCRIPT = {
    "keeps what is withdrawn": (
        'run("DELETE FROM hit WHERE id = ?", id);',
        "continue;",
        story.test_what_is_withdrawn_goes_out_of_the_queue,
    ),
    "does not try again": (
        ".then(() => tend(deliver))",
        "",
        story.test_no_report_is_lost_while_the_exchange_is_away,
    ),
    "takes a report for sent that was not answered": (
        "    await tend(async () => {",
        '    run("UPDATE hit SET sent = 1 WHERE id = ?", id);\n    await tend(async () => {',
        story.test_no_report_is_lost_while_the_exchange_is_away,
    ),
}


@pytest.fixture(scope="module")
def places(
    request: pytest.FixtureRequest, lantern: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Platform]]:
    if not request.config.getoption("--full"):
        pytest.skip("what goes wrong takes its time to be noticed: --full")
    installed: Path = request.getfixturevalue("installed")
    packages = node.packages(Path(__file__).parent, "connecting")
    in_typescript = tmp_path_factory.mktemp("broken-typescript")
    made = {
        "connect.py": connected.in_python(lantern, installed, tmp_path_factory.mktemp("broken-python")),
        "connect.ts": connected.in_typescript(lantern, packages, node_packages.node(), in_typescript),
    }
    patience, connected.PATIENCE = connected.PATIENCE, 30
    yield made
    connected.PATIENCE = patience


@pytest.mark.parametrize(
    ("file", "mistake"),
    [("connect.py", mistake) for mistake in IN_PYTHON] + [("connect.ts", mistake) for mistake in IN_TYPESCRIPT],
)
def test_a_mistake_is_noticed(places: dict[str, Platform], lantern: World, file: str, mistake: str) -> None:
    there, instead, noticing = (IN_PYTHON if file == "connect.py" else IN_TYPESCRIPT)[mistake]
    source = places[file].directory / file
    right = source.read_text()
    assert there in right
    source.write_text(right.replace(there, instead))
    try:
        _noticed(noticing, places[file], lantern)
    finally:
        source.write_text(right)
        for kept in places[file].database.parent.glob("reviews.db*"):
            kept.unlink()


def _noticed(test: Callable[[Platform, World], None], platform: Platform, lantern: World) -> None:
    platform.start()
    try:
        with pytest.raises((AssertionError, ValueError)):
            test(platform, lantern)
    finally:
        lantern.proxy.mend()
        platform.kill()
