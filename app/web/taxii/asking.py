"""Asking the exchange's own queries for a request, by the way that those of /graphql go."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from app.errors import Refusal, ResyncRequired
from app.graphql.execution import Sent
from app.graphql.masking import Told
from app.web.answering import Answering
from app.web.authenticate import Asking
from app.web.taxii import documents, places


class Untold(Exception):
    """The exchange answered with errors; the first of them."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self.told = told


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of somebody."""

    answering: Answering
    asking: Asking
    request_id: str

    @property
    def at(self) -> datetime:
        """The moment at which it is told what it asks."""
        return self.asking.as_of

    async def changes(self, after: str | None, first: int) -> dict[str, Any]:
        """A page of the feed. Raises: Refused, Untold, ResyncRequired, InvalidInput (place), Unauthenticated."""
        found: dict[str, Any] = await self._ask(documents.changes, {"after": after, "first": first})
        if "startCursor" in found:
            raise ResyncRequired()
        return found

    async def found(self, ids: list[str]) -> list[dict[str, Any]]:
        """The signals and links with these ids that the caller sees. Raises: Refused, Untold, Unauthenticated."""
        nodes: list[dict[str, Any] | None] = await self._ask(documents.objects, {"ids": ids})
        return [node for node in nodes if node]

    async def _ask(self, document: Callable[[Set[str]], str], variables: dict[str, Any]) -> Any:
        text = document(self.asking.scopes)
        prepared = await self.answering.prepared(Sent(text, None, None, variables), self.asking)
        answer = await self.answering.single(prepared, self.asking, self.request_id)
        if answer.errors:
            told = answer.errors[0]
            if told["extensions"].get("reason") == Refusal.BAD_CURSOR:
                raise places.unusable()
            raise Untold(told)
        data: Mapping[str, Any] = orjson.loads(answer.body)["data"] if answer.body is not None else answer.data or {}
        return next(iter(data.values()))
