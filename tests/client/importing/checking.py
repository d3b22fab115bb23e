"""Whether what is at the exchange, and what the import says of it, is what the file says."""

import json
from pathlib import Path

from tests.client.importing.runs import Ended, Partner
from tests.client.importing.truth import Truth


def check(partner: Partner, truth: Truth, ended: Ended) -> None:
    """Raises: AssertionError."""
    found = partner.contributions(truth.prefix)
    values = [one["signal"]["value"] for one in found]
    assert len(values) == len(set(values)), "a row is there twice"
    assert set(values) == truth.confidence.keys(), f"{len(truth.confidence.keys() ^ set(values))} rows lost or invented"
    said = {one["signal"]["value"]: one["confidence"] for one in found}
    assert said == truth.confidence, "an earlier row decides"
    assert {one["version"] for one in found} <= {1}, "something was said twice with effect"
    links = {
        (edge["node"]["from"]["value"], edge["node"]["to"]["value"])
        for one in found
        for edge in one["signal"]["links"]["edges"]
    }
    assert links == truth.links
    assert ended.counts == truth.counts
    assert rejected(ended) == truth.rejected


def rejected(ended: Ended) -> list[tuple[int, str]]:
    """The numbers and codes of a rejected file in JSON Lines."""
    (told,) = ended.told
    if told["rejected_file"] is None:
        return []
    lines = [json.loads(line) for line in Path(told["rejected_file"]).read_text().splitlines()]
    return [(line["problem"]["row"], line["problem"]["code"]) for line in lines]
