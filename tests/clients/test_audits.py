"""GraphQL over HTTP as the specification's own auditors see it."""

from collections.abc import Callable

from scripts.exchange_client import Client, Exchange
from tests.clients.node import Node

# As many as graphql-http has in the version that is installed.
AUDITS = 61


async def test_every_audit_of_graphql_over_http_passes(
    running: Exchange, principals: dict[str, Client], scripts: Node, evidence: Callable[[str], None]
) -> None:
    token = await principals["operator"].token()
    audits = await scripts.run("audits.mjs", url=f"{running.url}/graphql", token=token)
    failed = [audit for audit in audits if audit["status"] != "ok"]
    evidence(f"{len(audits) - len(failed)} of {len(audits)} audits of graphql-http pass")
    assert failed == []
    assert len({audit["id"] for audit in audits}) == AUDITS


async def test_the_audits_notice_a_server_that_does_not_answer_them(running: Exchange, scripts: Node) -> None:
    audits = await scripts.run("audits.mjs", url=f"{running.url}/graphql", token="forged")
    failed = [audit["id"] for audit in audits if audit["status"] != "ok"]
    assert len(audits) == AUDITS
    assert len(failed) > AUDITS / 2
