"""The exchange of these tests with at least one object of every kind in it, all made by its clients over HTTP."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx

from app.services.demo import DemoClient
from scripts.exchange_client import Client, Credentials, Exchange, read_settings
from tests.flows.full_world import ALDER, ALL_SCOPES, BIRCH, CEDAR, OPERATOR, FullWorld, fill

# From an application to an active participant.
STEPS = ("COMPLIANCE_REVIEW", "APPROVED", "AGREEMENT_SIGNED", "ONBOARDING", "ACTIVE")
# What a program that only looks for its own users among the signals is given.
FEW_SCOPES = ["signals:read", "signals:match", "feed:read"]


class LiveExchange:
    """What the full world asks of its exchange, told by the file that the demo leaves."""

    def __init__(self, demo: Path) -> None:
        self._kept = read_settings(demo)
        # Time passes by itself.
        self.clock = SimpleNamespace(forward=lambda **_: None)
        self.credentials = SimpleNamespace(group_id=self._kept["PAYMENTS_WATCH_GROUP"])

    def client(self, slug: str) -> DemoClient:
        name = short(slug).upper()
        return DemoClient(slug, *(self._kept[f"{name}_{part}"] for part in ("PARTICIPANT", "CLIENT", "SECRET")))


@dataclass(kw_only=True)
class LiveWorld(FullWorld):
    tokens: Mapping[str, str]

    def token(self, slug: str = OPERATOR, scopes: Iterable[str] = ALL_SCOPES) -> str:
        """With the scopes that the client has."""
        return self.tokens[slug]


def short(slug: str) -> str:
    """As the demo's file names whoever has the slug."""
    return slug.rpartition("-")[2]


async def live_world(running: Exchange, clients: Mapping[str, Client], http: httpx.AsyncClient) -> LiveWorld:
    """Fill the exchange, which was fresh."""
    assert running.directory is not None
    tokens = {slug: await clients[short(slug)].token() for slug in (OPERATOR, ALDER, BIRCH, CEDAR)}
    exchange: Any = LiveExchange(running.directory / "demo.env")
    nobody: Any = None
    world = LiveWorld(exchange=exchange, http=http, owner=nobody, tokens=tokens)
    await fill(world)
    return world


async def receiver(world: LiveWorld) -> Client:
    """A new participant that may only receive, with a client of few scopes."""
    given = {"slug": "elder", "name": "Elder", "participantClass": "RECEIVE_ONLY"}
    elder = (await world.do(OPERATOR, "admitParticipant", **given))["id"]
    for status in STEPS:
        await world.do(OPERATOR, "changeParticipantStatus", participantId=elder, status=status)
    given = {"participantId": elder, "name": "Reader", "scopes": FEW_SCOPES}
    made = await world.do(OPERATOR, "registerClient", **given)
    return Client(world.http, "elder", Credentials(made["client"]["id"], made["clientSecret"]))
