"""No client of the released schema breaks, or it is said which and why."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.node import OURS, Node

CONTRACT = OURS / "contract"
# The schema that clients were last given; a release replaces it, and then nothing is listed as breaking any more.
RELEASED = (CONTRACT / "released.graphql").read_text()
NOW = (Path(__file__).resolve().parents[2] / "schema.graphql").read_text()


async def breaking(scripts: Node, before: str, after: str) -> set[str]:
    changes = await scripts.run("inspector.mjs", before=before, after=after)
    return {f"{change['type']} {change['path']}" for change in changes if change["level"] == "BREAKING"}


async def test_what_breaks_since_the_release_is_listed_with_its_reason(
    scripts: Node, evidence: Callable[[str], None]
) -> None:
    listed = json.loads((CONTRACT / "breaking_changes.json").read_text())
    found = await breaking(scripts, RELEASED, NOW)
    evidence(f"{len(found)} breaking changes since the released schema")
    assert found == set(listed)
    assert all(listed.values())


@pytest.mark.parametrize(
    ("was", "becomes", "what"),
    [
        ("  maskedValue: String!\n", "  masked: String!\n", "FIELD_REMOVED Signal.maskedValue"),
        ("  maskedValue: String!\n", "  maskedValue: String\n", "FIELD_TYPE_CHANGED Signal.maskedValue"),
        ("  signal(\n", "  signal(more: Int!,\n", "FIELD_ARGUMENT_ADDED Query.signal.more"),
        ("union RecordFeedbackResult = RecordFeedbackPayload | ", "union RecordFeedbackResult = ", "UNION_MEMBER"),
    ],
)
async def test_what_breaks_clients_is_noticed(scripts: Node, was: str, becomes: str, what: str) -> None:
    assert was in NOW
    (found,) = await breaking(scripts, NOW, NOW.replace(was, becomes, 1))
    assert found.startswith(what)
