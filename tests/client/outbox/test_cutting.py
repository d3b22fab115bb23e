"""A connection that breaks after any byte of a report's call, in either direction, leaves it in effect once."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import pytest

from app.client.outbox import Outbox
from app.client.outbox.delivery import ONE_TRY
from tests.client.cutting_proxy import Way, cutting_proxy
from tests.client.outbox.mutants import MUTANTS
from tests.client.outbox.world import World, report

# Signals of one call, and calls after which others are taken.
SIGNALS = 2
CALLS = 50


def cut_everywhere(shared: World, outbox: Outbox, way: Way, positions: Callable[[int], Sequence[int]]) -> set[str]:
    """Cut a call at each position; what was wrong with what arrived."""
    target, wrong = urlsplit(shared.url), set[str]()
    assert target.hostname is not None
    assert target.port is not None
    with (
        cutting_proxy(target.hostname, target.port) as proxy,
        shared.client(url=proxy.url, patience=ONE_TRY) as exchange,
    ):
        deliverer = shared.deliverer(outbox, exchange)
        signals: list[str] = []

        def meanwhile(_: float) -> None:
            shared.relabel(signals)

        deliverer.stop.wait = meanwhile  # type: ignore[method-assign]

        def deliver(notes: Sequence[int], cut: Callable[[int], None]) -> None:
            signals[:] = shared.signals(SIGNALS)
            for note in notes:
                for signal in signals:
                    outbox.put(report(signal, f"{note:06}"))
                cut(note)
                deliverer.deliver_all()
            expected = [f"{note:06}" for note in notes]
            for found in shared.history(signals).values():
                if found != expected:
                    wrong.add("lost" if set(expected) - set(found) else "doubled")

        deliver([0], lambda _: proxy.mend())
        deliver([0], lambda _: proxy.mend())
        wanted = positions(proxy.passed[way])
        for first in range(0, len(wanted), CALLS):
            deliver(wanted[first : first + CALLS], lambda place: proxy.cut(way, place))
        assert proxy.cuts >= len(wanted)
        deliverer.stop.close()
    return wrong


@pytest.mark.parametrize("way", Way)
def test_a_call_that_is_cut_after_any_byte_has_its_effect_once(
    shared: World, outbox: Outbox, way: Way, pytestconfig: pytest.Config, evidence: Callable[[str], None]
) -> None:
    number = 10**6 if pytestconfig.getoption("full") else 24
    seen: list[int] = []

    def positions(length: int) -> Sequence[int]:
        seen[:] = [length]
        return range(0, length, max(1, length // number))

    assert cut_everywhere(shared, outbox, way, positions) == set()
    assert outbox.standing().parked == 0
    evidence(f"{len(positions(seen[0]))} calls cut among {seen[0]} bytes {way.value}: each had its effect once")


@pytest.mark.parametrize(
    ("mutant", "way", "wrong"),
    [("forgets_the_key", Way.TO_CLIENT, "doubled"), ("marks_before_the_answer", Way.TO_EXCHANGE, "lost")],
)
def test_a_deliverer_that_does_it_wrong_is_found_out_by_cutting(  # noqa: PLR0917
    shared: World, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, mutant: str, way: Way, wrong: str
) -> None:
    MUTANTS[mutant](monkeypatch)
    assert cut_everywhere(shared, outbox, way, lambda length: [length // 2]) == {wrong}
