"""Trusted documents as requests name them, whichever way these come: found by their ids, and remembered for a while."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.errors import ExchangeError, Forbidden, NotFound, TooMany
from app.graphql import masking
from app.graphql.context import Context
from app.graphql.documents import Refused
from app.rules import limits
from app.rules.trusted_documents import is_id
from app.store import trusted_documents
from app.store.clients import Changed

# Absent, retired, another participant's, no id at all: the same (R3).
_UNKNOWN = NotFound("trusted document", field="documentId")
_CONFINED = Forbidden("This client is confined to trusted documents: send the `documentId` of one in place of a text.")
_STOPPED = TooMany("Finding the document took too long: others of your clients ask much at once. Try again.")


def check_text(asker: Context) -> None:
    """Raises: Refused if who sent a text is confined; Changed if it is but remembered to be."""
    _or_refuse(None if asker.actor.confined else "", asker, _CONFINED)


@dataclass(slots=True)
class TrustedTexts:
    """The texts that were found, by participant and id, within bounds of number and size."""

    _kept: OrderedDict[tuple[UUID, str], tuple[str, datetime]] = field(default_factory=OrderedDict)
    _kept_bytes: int = 0

    async def text(self, text: str | None, document_id: str | None, context: object) -> str:
        """What is to run for whoever asks, who sends either.

        Raises: Refused if nothing is served to it under the id, or if it is confined and sends a text; Changed.
        """
        asker = context if isinstance(context, Context) else None
        if document_id is not None:
            found = await self._found(asker, document_id) if asker is not None and is_id(document_id) else None
            return _or_refuse(found, asker, _UNKNOWN)
        return _or_refuse(None if asker is not None and asker.actor.confined else text, asker, _CONFINED)

    async def _found(self, asker: Context, document_id: str) -> str | None:
        actor, key = asker.actor, (asker.actor.participant_id, document_id)
        kept = self._kept.get(key)
        if kept is not None and kept[1] > actor.as_of:
            self._kept.move_to_end(key)
            return kept[0]
        self._forget(key)
        try:
            async with asyncio.timeout(limits.QUERY_SECONDS):
                text = await trusted_documents.text_of(asker.database, actor, asker.standing, document_id)
        except TimeoutError:
            raise Refused(masking.refusal(_STOPPED)) from None
        if text is not None:
            self._keep(key, text, actor.as_of + timedelta(seconds=limits.TRUSTED_SECONDS))
        return text

    def _keep(self, key: tuple[UUID, str], text: str, until: datetime) -> None:
        self._forget(key)
        self._kept[key] = (text, until)
        self._kept_bytes += len(text)
        while len(self._kept) > limits.MAX_TRUSTED_TEXTS or self._kept_bytes > limits.MAX_TRUSTED_TEXT_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: tuple[UUID, str]) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self._kept_bytes -= len(gone[0])


def _or_refuse(text: str | None, asker: Context | None, refusal: ExchangeError) -> str:
    """Nobody is refused by memory: Changed has whoever is but remembered looked up anew."""
    if text is not None:
        return text
    if asker is not None and asker.standing is not None:
        raise Changed
    raise Refused(masking.refusal(refusal))
