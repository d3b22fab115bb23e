"""Delivery: each report once and in order, whatever the exchange, the network and other deliverers do."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from app.client import ClientSecret, Exchange, Patience, Refused, Unreachable
from app.client.authority import IssuedToken, TokenRequest
from app.client.errors import NotReady, NotSignedIn
from app.client.outbox import Outbox, batches, delivery, parking, rule_file
from app.client.outbox.delivery import ONE_TRY, Deliverer
from tests.client.outbox.mutants import MUTANTS
from tests.client.outbox.test_spool import drop
from tests.client.outbox.world import AT_ONCE, World, report

UNKNOWN_SIGNAL = f"sig_{7:032x}"


@dataclass
class Between(httpx.BaseTransport):
    """Between the client and the exchange: sees the calls, and may answer in the exchange's place."""

    answers: Callable[["Between", list[dict[str, str]]], httpx.Response | None] = lambda *_: None
    calls: list[tuple[str, list[dict[str, str]]]] = field(default_factory=list)
    real: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def close(self) -> None:
        self.real.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        said = json.loads(request.content) if request.url.path == "/graphql" else {}
        given = said.get("variables", {}).get("input")
        if given is not None:
            self.calls.append((given["idempotencyKey"], given["feedback"]))
            if (answer := self.answers(self, given["feedback"])) is not None:
                return answer
        return self.real.handle_request(request)


def refusal(code: str, message: str = "It says no.") -> httpx.Response:
    return httpx.Response(200, json={"errors": [{"message": message, "extensions": {"code": code}}], "data": None})


@contextmanager
def between(shared: World, outbox: Outbox, **how: object) -> Iterator[tuple[Between, Deliverer]]:
    with shared.client(patience=ONE_TRY) as exchange:
        seen = Between(**how)  # type: ignore[arg-type]
        exchange._http.close()
        exchange._http = httpx.Client(transport=seen)
        deliverer = shared.deliverer(outbox, exchange)
        yield seen, deliverer
        deliverer.stop.close()


def tamper(outbox: Outbox, statement: str, *values: object) -> None:
    with outbox.database.writing() as connection:
        connection.execute(statement, values)


def test_reports_arrive_in_the_order_of_their_signal(shared: World, outbox: Outbox) -> None:
    one, other = shared.signals(2)
    for note in ("1", "2", "3"):
        outbox.put(report(one, note))
    outbox.put(report(other))
    with between(shared, outbox) as (seen, deliverer):
        deliverer.deliver_all()
    assert [len(rows) for _, rows in seen.calls] == [2, 1, 1]
    assert shared.history([one, other]) == {one: ["1", "2", "3"], other: ["1"]}
    standing = outbox.standing()
    assert (standing.pending, standing.in_flight, standing.parked, standing.delivered) == (0, 0, 0, 4)
    assert standing.lag_seconds == 0


def test_a_deliverer_that_sends_a_signal_twice_at_once_is_found_out(
    shared: World, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    MUTANTS["sends_a_signal_twice"](monkeypatch)
    (signal,) = shared.signals(1)
    for note in ("1", "2"):
        outbox.put(report(signal, note))
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}
    assert outbox.standing().parked == 1


def test_what_was_delivered_is_erased_from_the_disk(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal, "a note that nobody else may read"), id="case 1")
    shared.deliver(outbox)
    for file in outbox.database.path.parent.iterdir():
        assert b"nobody else may read" not in file.read_bytes()
        assert signal.encode() not in file.read_bytes()


def test_a_call_has_at_most_a_thousand_reports_and_four_megabytes(outbox: Outbox) -> None:
    for number in range(1_001):
        outbox.put(report(f"sig_{number + 1:032x}", "ü" * 4_000 if number > 400 else "1"))
    first = batches.next_due(outbox)
    assert first is not None
    assert sum(len(member.content) for member in first.members) <= batches.MAX_BYTES
    assert len(first.members) > 800
    tamper(outbox, "DELETE FROM batch")
    tamper(outbox, "UPDATE report SET batch = NULL, content = '{}'")
    every = batches.next_due(outbox)
    assert every is not None
    assert len(every.members) == 1_000


def test_a_call_without_an_answer_is_sent_again_the_same(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))

    def lost(seen: Between, _: object) -> None:
        if len(seen.calls) < 4:
            raise httpx.ReadError("cut")

    with between(shared, outbox, answers=lost) as (seen, deliverer):
        outbox.put(report(signal, "2"))
        deliverer.deliver_all()
    assert len({(key, json.dumps(rows)) for key, rows in seen.calls[:4]}) == 1
    assert [len(rows) for _, rows in seen.calls] == [1] * 5
    assert shared.history([signal]) == {signal: ["1", "2"]}


def test_a_key_that_the_exchange_forgot_after_its_seven_days_doubles_nothing(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))
    batch = batches.next_due(outbox)
    assert batch is not None
    with shared.client() as exchange:
        exchange.ask(delivery.operations.record(batch.rows, key=batch.key))
    tamper(outbox, "UPDATE batch SET key = 'one that the exchange does not know any more'")
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}
    assert outbox.standing().delivered == 1


def test_a_key_of_another_call_is_replaced(shared: World, outbox: Outbox) -> None:
    one, other = shared.signals(2)
    outbox.put(report(one))
    batch = batches.next_due(outbox)
    assert batch is not None
    with shared.client() as exchange:
        exchange.ask(delivery.operations.record([report(other)], key=batch.key))
    shared.deliver(outbox)
    assert shared.history([one]) == {one: ["1"]}
    assert (outbox.standing().delivered, outbox.standing().parked) == (1, 0)


def test_a_rejected_report_is_parked_and_blocks_neither_others_nor_later_ones(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    manual = {"reviewStatus": "REVIEWED_MANUALLY"}
    for number, more in enumerate([manual, {}, manual], 1):
        outbox.put(report(signal, str(number), **more))
    outbox.put(report(UNKNOWN_SIGNAL))
    assert shared.deliver(outbox).parked == 2
    # An automatic one may not replace a person's (R20), so the second stayed out.
    assert shared.history([signal]) == {signal: ["1", "3"]}
    unseen, second = sorted(parking.parked(outbox), key=lambda one: one["signalId"] == signal)
    assert (unseen["code"], unseen["reason"], unseen["field"]) == ("NOT_FOUND", "NOT_FOUND", "signalId")
    assert second["code"] == "OVERTAKEN"


def test_what_a_later_report_has_overtaken_is_never_sent_over_it(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal, "late"))
    tamper(outbox, "UPDATE report SET parked_at = 0, code = 'NOT_FOUND'")
    outbox.put(report(signal, "later"))
    shared.deliver(outbox)
    (parked,) = parking.parked(outbox)
    assert parking.retry(outbox) == []
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["later"]}
    assert parking.drop(outbox, [parked["id"]]) == [parked["id"]]
    assert outbox.standing().parked == 0


def test_a_line_that_is_read_late_is_never_sent_over_a_later_report(
    shared: World, outbox: Outbox, tmp_path: Path
) -> None:
    (signal,) = shared.signals(1)
    drop(tmp_path / "spool", "a", [{"decision": "closed", "signal": signal}])
    shared.deliver(outbox, spool=tmp_path / "spool")
    outbox.put(report(signal, "later"))
    shared.deliver(outbox)
    assert parking.retry(outbox) == [1]
    rules = rule_file.parse('[[rule]]\nverdict = "NO_MATCH"\nsignal_id = "$.signal"')
    shared.deliver(outbox, rules=rules)
    assert shared.history([signal]) == {signal: ["later"]}
    (parked,) = parking.parked(outbox)
    assert parked["code"] == "OVERTAKEN"
    parking.drop(outbox, [parked["id"]])
    outbox.put(report(*shared.signals(1)))
    shared.deliver(outbox)
    with outbox.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM told").fetchone()[0] == 0


def test_a_clock_that_is_set_back_does_not_keep_reports_waiting(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))
    batch = batches.next_due(outbox)
    assert batch is not None
    batches.put_off(outbox, batch, 60.0)
    assert batches.next_due(outbox) is None
    tamper(outbox, "UPDATE batch SET not_before = not_before + 1e6")
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}


def test_a_parked_report_is_sent_again_on_request(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))
    tamper(outbox, "UPDATE report SET parked_at = 0, code = 'NOT_FOUND'")
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: []}
    assert parking.retry(outbox, [1, 2]) == [1]
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}


def test_one_report_that_breaks_a_call_is_found_by_halving(shared: World, outbox: Outbox) -> None:
    signals = shared.signals(40)
    for signal in signals:
        outbox.put(report(signal))
    tamper(outbox, "UPDATE report SET content = replace(content, 'MATCHED', 'WORD_OF_TOMORROW') WHERE seq = 17")
    with between(shared, outbox) as (seen, deliverer):
        deliverer.deliver_all()
    (poison,) = parking.parked(outbox)
    assert (poison["id"], poison["code"]) == (17, "BAD_USER_INPUT")
    assert "WORD_OF_TOMORROW" not in json.dumps(poison)
    assert len(seen.calls) <= 13
    history = shared.history(signals)
    assert [len(history[signal]) for signal in signals] == [signal != signals[16] for signal in signals]


def test_a_report_on_which_the_exchange_fails_is_parked_only_while_it_answers_others(
    shared: World, outbox: Outbox
) -> None:
    signals = shared.signals(4)
    for signal in signals:
        outbox.put(report(signal, "poison" if signal == signals[2] else "1"))

    def fails(_: Between, rows: list[dict[str, str]]) -> httpx.Response | None:
        return refusal("INTERNAL_SERVER_ERROR") if any(row["note"] == "poison" for row in rows) else None

    with between(shared, outbox, answers=fails) as (seen, deliverer):
        deliverer.deliver_all()
    assert [(one["signalId"], one["code"]) for one in parking.parked(outbox)] == [(signals[2], "INTERNAL_SERVER_ERROR")]
    assert shared.history(signals) == {signal: [] if signal == signals[2] else ["1"] for signal in signals}
    assert len(seen.calls) == 9


def test_an_exchange_that_fails_altogether_is_waited_for(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))

    def down(seen: Between, _: object) -> httpx.Response | None:
        return httpx.Response(500, text="<html>") if len(seen.calls) < 20 else None

    with between(shared, outbox, answers=down) as (_, deliverer):
        monkey = pytest.MonkeyPatch()
        monkey.setattr(deliverer, "_exchange_answers", lambda: False)
        deliverer.deliver_all()
        monkey.undo()
    assert outbox.standing().parked == 0
    assert shared.history([signal]) == {signal: ["1"]}


def test_a_day_without_network_is_only_lag(shared: World, tmp_path: Path) -> None:
    (signal,) = shared.signals(1)
    now = [time.time() - 86_400 - 600]
    pauses: list[float] = []
    with Outbox(tmp_path / "outbox.db", clock=lambda: now[0]) as outbox:
        outbox.put(report(signal))

        def away(*_: object) -> None:
            if sum(pauses) < 86_400:
                raise httpx.ConnectError("no route")

        def sleeps(seconds: float) -> None:
            pauses.append(seconds)
            now[0] += seconds
            if sum(pauses) > 86_000 and sum(pauses) - seconds <= 86_000:
                standing = outbox.standing()
                assert standing.lag_seconds >= 85_900
                assert standing.last_error is not None
                assert standing.in_flight == 1

        with between(shared, outbox, answers=away) as (seen, deliverer):
            deliverer.patience = Patience(seconds=10**6, first_seconds=0.5, longest_seconds=60.0)
            deliverer.stop.wait = sleeps  # type: ignore[method-assign]
            deliverer.deliver_all()
        assert outbox.standing().last_error is None
    assert len({key for key, _ in seen.calls}) == 1
    assert len(pauses) < 86_400 / 20
    assert shared.history([signal]) == {signal: ["1"]}


def test_the_wish_of_the_exchange_to_wait_is_met(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))
    pauses: list[float] = []

    def busy(seen: Between, _: object) -> httpx.Response | None:
        return httpx.Response(429, headers={"Retry-After": "17"}) if len(seen.calls) < 3 else None

    with between(shared, outbox, answers=busy) as (_, deliverer):
        deliverer.stop.wait = pauses.append  # type: ignore[method-assign]
        deliverer.deliver_all()
    assert pauses == [17.0, 17.0]


def test_a_delivery_that_is_to_end_gives_up_after_its_patience_and_keeps_all(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))

    def away(*_: object) -> None:
        raise httpx.ConnectError("no route")

    with between(shared, outbox, answers=away) as (_, deliverer):
        deliverer.patience = Patience(seconds=-1, first_seconds=0, longest_seconds=0)
        with pytest.raises(Unreachable):
            deliverer.deliver_all()
    assert outbox.standing().in_flight == 1
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}


def test_a_token_that_ends_midway_is_replaced(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    for note in ("1", "2", "3"):
        outbox.put(report(signal, note))
    tokens: list[str] = []
    with shared.client(patience=ONE_TRY) as exchange:

        def spoil(seen: Between, _: object) -> None:
            tokens.append(exchange._fresh_token(None))
            if len(seen.calls) % 2 == 1:
                exchange._token = IssuedToken("no token any more", time.monotonic() + 600)

        exchange._http.close()
        exchange._http = httpx.Client(transport=Between(spoil))
        shared.deliverer(outbox, exchange).deliver_all()
    assert "no token any more" in tokens
    assert shared.history([signal]) == {signal: ["1", "2", "3"]}


class ReadsOnly(ClientSecret):
    def request(self, issuer: str) -> TokenRequest:
        asked = super().request(issuer)
        form: Mapping[str, str] = {**asked.form, "scope": "signals:read"}
        return TokenRequest(form, asked.headers)


def test_a_client_that_may_not_report_ends_at_once_and_loses_nothing(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    outbox.put(report(signal))
    known = shared.secret("birch")
    for secret, error in ((ReadsOnly(known.client_id, known.secret), Refused), (ClientSecret("x", "y"), NotSignedIn)):
        with Exchange(shared.url, secret, patience=ONE_TRY) as exchange, pytest.raises(error):
            Deliverer(outbox, exchange, patience=AT_ONCE).follow()
        assert outbox.standing().in_flight == 1
        assert outbox.standing().last_error is not None
    shared.deliver(outbox)
    assert shared.history([signal]) == {signal: ["1"]}


def test_only_one_delivers_an_outbox_and_others_put_meanwhile(shared: World, outbox: Outbox) -> None:
    (signal,) = shared.signals(1)
    with delivery.alone(outbox):
        with Outbox(outbox.database.path) as other:
            other.put(report(signal))
            with pytest.raises(NotReady), delivery.alone(other):
                pass
        shared.deliver(outbox)
    with delivery.alone(outbox):
        assert shared.history([signal]) == {signal: ["1"]}
