"""Files of own values to match: what is none is told by its line, without showing it."""

from pathlib import Path

import pytest

from app.client.cli import matching, own_values
from app.client.errors import Misconfigured

CANARY = "canary@mail.example"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.jsonl", '{"value": "' + CANARY + '", "platform": ' + "[" * 100_000),
        ("digits.jsonl", '{"value": "' + CANARY + '", "platform": ' + "9" * 5_000 + "}"),
        ("number.jsonl", '{"type": "USERNAME", "value": "' + CANARY + '", "platform": 5}'),
        ("list.jsonl", '{"type": ["USERNAME"], "value": "' + CANARY + '"}'),
        ("long.jsonl", '{"type": "USERNAME", "value": "' + CANARY + "x" * 70_000 + '"}'),
        ("wide.csv", "type,value\nUSERNAME," + CANARY + "x" * 200_000),
        ("latin.csv", "type,value\nUSERNAME," + CANARY + "\udce9"),
    ],
)
def test_a_file_that_holds_no_values_is_told(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(Misconfigured) as told:
        list(own_values.read(tmp_path / name, {"type": None}))
    assert CANARY not in str(told.value)


def test_a_call_has_no_more_values_than_it_takes() -> None:
    values: list[own_values.Numbered] = [
        (number, {"type": "URL", "value": "x" * length}) for number, length in enumerate([1] * 1_500 + [60_000] * 40)
    ]
    batches = list(matching._batches(iter(values)))
    assert [one for batch in batches for one in batch] == values
    assert [len(batch) for batch in batches] == [1_000, 516, 16, 8]
