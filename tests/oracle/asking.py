"""Asking the exchange as one of the people of a world, over HTTP within the process and with a real token."""

from dataclasses import dataclass
from typing import Any

import httpx

from app.rules.scopes import ALLOWED
from app.rules.tokens import AccessTokens
from tests.demo_exchange import ISSUER, Clock
from tests.oracle.facts import Participant


class Unanswered(AssertionError):
    """The exchange told errors where the oracle knows an answer."""


@dataclass
class Exchange:
    """The served exchange; `http` speaks to it."""

    http: httpx.AsyncClient
    access_tokens: AccessTokens
    clock: Clock

    async def sent(self, who: Participant, document: str, variables: dict[str, Any]) -> httpx.Response:
        token = self.access_tokens.issue(who.client_id, map(str, ALLOWED[who.kind]), self.clock())
        body = {"query": document, "variables": variables}
        return await self.http.post(f"{ISSUER}/graphql", json=body, headers={"Authorization": f"Bearer {token}"})

    async def ask(self, who: Participant, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = (await self.sent(who, document, variables)).json()
        if "errors" in answer:
            raise Unanswered(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data
