"""Thousands of generated operations against the running exchange: whatever is asked, the answer is one of ours."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import httpx
import pytest
import requests
import schemathesis
from schemathesis.generation.case import Case
from schemathesis.hooks import HookDispatcher
from schemathesis.specs.graphql.schemas import GraphQLSchema

from scripts.exchange_client import Client, Exchange
from tests.clients import generating
from tests.clients.asked import Asked, by_variables
from tests.clients.judging import Reply, codes, contract, wrong_with
from tests.clients.live_world import LiveWorld, live_world, receiver
from tests.clients.mixing import mixing
from tests.flows import examples
from tests.flows.full_world import BIRCH, CEDAR
from tests.flows.hostile_values import MARK

AT_LEAST = 2_000
# Cases of one operation by one principal; some operations have fewer different ones.
SIZE, FULL_SIZE = 14, 200


@dataclass(frozen=True)
class Cases:
    """The schema as the exchange tells it by introspection, what is mixed into its cases, and how many there are."""

    schema: GraphQLSchema
    hooks: HookDispatcher
    size: int


@dataclass
class Sent:
    """What one principal was answered: how often which operation, which codes, and what was wrong."""

    operations: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    succeeded: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def asked(self, case: Case) -> Asked:
        """Every other case has its values in the document, as schemathesis makes it, and the rest in variables."""
        odd = self.operations[case.operation.label] % 2
        return by_variables(case.body, contract()) if odd else Asked(case.body)

    def add(self, label: str, asked: Asked, reply: Reply) -> None:
        self.operations[label] += 1
        found = wrong_with(asked, reply)
        self.wrong += [f"{label}: {words}\n{asked}" for words in found]
        if not found:
            refused = codes(reply)
            self.told.update(refused or ["NOTHING REFUSED"])
            self.succeeded |= set() if refused else {label}


@pytest.fixture(scope="module")
async def world(running: Exchange, principals: dict[str, Client]) -> AsyncIterator[LiveWorld]:
    async with httpx.AsyncClient(base_url=running.url, timeout=60, trust_env=False) as http:
        yield await live_world(running, principals, http)


@pytest.fixture(scope="module")
async def three(world: LiveWorld, principals: dict[str, Client]) -> dict[str, Client]:
    """In an order in which none takes from the next what it may do: the operator could suspend others."""
    return {
        "a contributor": principals["birch"],
        "a receiver of few scopes": await receiver(world),
        "the operator": principals["operator"],
    }


@pytest.fixture(scope="module")
async def cases(world: LiveWorld, running: Exchange, pytestconfig: pytest.Config) -> Cases:
    """Whoever asks does not stand among what is acted upon, or somebody would disable it."""
    spared = {**world.ids, BIRCH: world.ids[CEDAR]}
    known = examples.without_keys(examples.everything(replace(world, ids=spared)))
    headers = {"Authorization": f"Bearer {world.token()}"}
    told = await asyncio.to_thread(schemathesis.graphql.from_url, f"{running.url}/graphql", headers=headers)
    size = FULL_SIZE if pytestconfig.getoption("full") else SIZE
    return Cases(told, mixing(known, sorted(set(spared.values()))), size)


async def test_whatever_is_generated_is_answered_in_our_own_words(
    cases: Cases, three: dict[str, Client], running: Exchange, evidence: Callable[[str], None]
) -> None:
    found = {who: await sent(cases, client) for who, client in three.items()}
    operations = {label for one in found.values() for label in one.operations}
    evidence(
        "\n".join(
            f"{who}: {one.operations.total()} cases, {dict(one.told.most_common())}" for who, one in found.items()
        )
    )
    evidence("\n".join(f"{name}: {[one.operations[name] for one in found.values()]}" for name in sorted(operations)))
    assert [words for one in found.values() for words in one.wrong] == []
    assert sum(one.operations.total() for one in found.values()) >= AT_LEAST
    assert not any("UNAUTHENTICATED" in one.told for one in found.values())
    assert operations == set.union(*(one.succeeded for one in found.values()))
    assert running.directory is not None
    logs = [running.directory / "server.log", running.directory / "postgres" / "server.log"]
    assert [log.name for log in logs if MARK in log.read_text() or "unexpected error" in log.read_text()] == []


async def sent(cases: Cases, client: Client) -> Sent:
    """All operations, by one principal."""
    found = Sent()
    with requests.Session() as session:
        session.trust_env = False
        for operation in generating.operations(cases.schema):
            headers = {"Authorization": f"Bearer {await client.token()}"}

            def send(case: Case, headers: dict[str, str] = headers) -> None:
                asked = found.asked(case)
                body = {"query": asked.text, "variables": asked.variables}
                response = case.call(session=session, headers=headers, json=body)
                found.add(case.operation.label, asked, Reply(response.status_code, response.text))

            await asyncio.to_thread(generating.run, operation, cases.hooks, cases.size, send)
    return found
