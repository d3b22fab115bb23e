"""The measuring of attacks: it runs through, every attack is refused, and what is not is told."""

import pytest
from rich.console import Console

from tests.attacks.forged import FORGED
from tests.attacks.operations import ATTACKS
from tests.bench import attacks


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_every_attack_is_sent_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacks, "REPEATS", 1)
    document = await attacks.measure(Console(quiet=True))
    ((_, columns, lines),) = document["tables"]
    assert columns == attacks.COLUMNS
    answered = {name: status for name, status, *_ in lines}
    assert len(answered) == len(ATTACKS) + len(FORGED) + 10
    assert answered.pop("none: a small query") == 200
    assert answered.pop("body of a byte at a time") == 0
    # Or the connection was reset before the answer was read.
    assert answered.pop("header of 1 MB") in (431, 0)
    # Nobody is refused a word of protocol in the first seconds.
    assert answered.pop("1,000 pings of a stranger") == 1_000
    assert set(answered.values()) == {400, 401, 413, 429}
