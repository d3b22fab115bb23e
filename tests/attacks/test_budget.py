"""Whoever asks for much again and again: told to wait, before anything runs."""

from tests.attacks.target import on_loopback
from tests.demo_exchange import DemoExchange


async def test_a_script_that_repeats_a_costly_operation_is_told_to_wait(exchange: DemoExchange) -> None:
    text = "{ signals(first: 1000) { edges { node { links(first: 300) { edges { node { from { id } } } } } } } }"
    async with on_loopback(exchange) as target:
        answers = [await target.ask({"query": text}, target.token) for _ in range(12)]
        assert [answer.status_code for answer in answers] == [200] * 11 + [429]
        assert answers[0].json()["extensions"]["cost"]["requestedQueryCost"] == 1 + 1_000 * (1 + 1 + 1 + 300 * 3)
        before, executed = await target.statements(), target.work.executions
        refused = await target.ask({"query": text}, target.token)
        assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
        assert (await target.statements(), target.work.executions) == (before, executed)
        exchange.clock.forward(seconds=int(refused.headers["retry-after"]))
        assert (await target.ask({"query": text}, target.token)).status_code == 200
