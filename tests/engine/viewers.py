"""Who asks: everybody in a world with a full token, and with tokens that are for less."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import httpx

from app.rules.cursors import Cursors, Place
from app.rules.frontends import EXPLORER
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantStatus
from app.rules.scopes import ALLOWED, Scope
from app.rules.tokens import AccessTokens
from tests.demo_exchange import Clock
from tests.engine.material import Material
from tests.engine.servers import ask
from tests.oracle.facts import Participant

# Lists with their cursors, as far as a token reaches.
_LISTS = {
    Scope.SIGNALS_READ: "signals(first: 6) { edges { cursor node { links(first: 3) { edges { cursor } } } } }"
    " myContributions(first: 4) { edges { cursor } }",
    Scope.FEEDBACK_READ: "feedbackGiven(first: 4) { edges { cursor node { history { edges { cursor } } } } }"
    " feedbackReceived(first: 4) { edges { cursor } }",
    Scope.CASES_READ: "cases(first: 3) { edges { cursor node { signals(first: 2) { edges { cursor } }"
    " notes { edges { cursor } } timeline(first: 4) { edges { cursor } } } } }",
    Scope.PARTICIPANTS_READ: "participants(first: 4) { edges { cursor } }",
    Scope.CLIENTS_MANAGE: "people(first: 4) { edges { cursor } } trustedDocuments(first: 3) { edges { cursor } }"
    " clients(first: 3) { edges { cursor } }",
    Scope.AUDIT_READ: "accessRecords(first: 4) { edges { cursor } }",
}
_FEED = "first: changes(first: 3) { ...Page } all: changes(first: 1000) { ...Page }"
_PAGE = "fragment Page on ChangesResult { ... on ChangePage { startCursor endCursor } }"


@dataclass(frozen=True)
class Viewer:
    """A token, the scopes that count, and what it can draw its arguments from."""

    label: str
    token: str
    scopes: frozenset[str]
    material: Material
    is_active: bool


def scopes_of(who: Participant, rng: Random) -> frozenset[str]:
    """All that its class allows, mostly; sometimes some less, or very few."""
    every = sorted(map(str, ALLOWED[who.kind]))
    way = rng.random()
    if way < 0.6:
        return frozenset(every)
    if way < 0.85:
        return frozenset(every) - set(rng.sample(every, rng.choice((1, 1, 2, 3))))
    return frozenset(rng.sample(every, min(len(every), rng.choice((0, 1, 3)))))


@dataclass(frozen=True)
class Desk:
    """Issues tokens, and finds out for each viewer which cursors it can go on from."""

    http: httpx.AsyncClient
    access_tokens: AccessTokens
    keyring: Keyring
    clock: Clock
    material: Material

    async def viewer(self, who: Participant, scopes: frozenset[str], *, is_person: bool = False) -> Viewer:
        """Its client, or its person at the explorer."""
        client, signed_in = (EXPLORER.id, who.signed_in) if is_person else (who.client_id, None)
        token = self.access_tokens.issue(client, sorted(scopes), self.clock(), who=signed_in)
        label = f"{'a person of ' if is_person else ''}{who.slug} ({who.kind}, {who.status})"
        cursors = await self._met(token, [text for scope, text in _LISTS.items() if scope in scopes])
        places = await self._met(token, [_FEED] if Scope.FEED_READ in scopes else [], _PAGE)
        # Of an epoch that is over: what it saw changed at once since.
        places += [Cursors(self.keyring, who.id).of_place(Place(epoch=999, position=1))] * 2
        is_active = who.status is ParticipantStatus.ACTIVE
        return Viewer(label, token, scopes, replace(self.material, cursors=cursors, places=places), is_active)

    async def _met(self, token: str, lists: Sequence[str], fragment: str = "") -> list[str]:
        if not lists:
            return []
        answer = await ask(self.http, token, {"query": f"{{ {' '.join(lists)} }} {fragment}"})
        return list(dict.fromkeys(_cursors(answer.content.get("data"))))


async def everybody(desk: Desk, people: Sequence[Participant], rng: Random) -> list[Viewer]:
    """Each with two tokens, one of a person; those who have left cannot ask, so one refusal of theirs is enough."""
    found = []
    for who in people:
        for number in range(1 if who.status is ParticipantStatus.TERMINATED else 2):
            found.append(await desk.viewer(who, scopes_of(who, rng), is_person=number == 1))
    return exchanged(found)


def exchanged(viewers: Sequence[Viewer]) -> list[Viewer]:
    """Each also knows cursors of the one before it, which are worthless to it."""
    found = []
    for place, viewer in enumerate(viewers):
        before = viewers[place - 1].material
        foreign = (*viewer.material.foreign, *before.cursors[:2], *before.places[:1])
        found.append(replace(viewer, material=replace(viewer.material, foreign=foreign)))
    return found


def _cursors(data: Any) -> list[str]:
    if isinstance(data, dict):
        own = [data[name] for name in ("cursor", "startCursor", "endCursor") if data.get(name)]
        return own + [cursor for part in data.values() for cursor in _cursors(part)]
    return [cursor for part in data for cursor in _cursors(part)] if isinstance(data, list) else []
