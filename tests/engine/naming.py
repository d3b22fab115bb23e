"""Gives new ids other names, in the order in which they appear: two runs of one mutation make different ones."""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from app.errors import InvalidInput
from app.rules import client_secrets
from app.rules.cursors import Cursors
from app.services import match_keys

_DIGITS = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
# Which lets a person set its password: of each there is one, so it is left to chance.
_LINK = re.compile(r"lxl_[A-Za-z0-9_-]{43}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]{60,80}")


@dataclass
class Names:
    """Of one answer; `known` are the ids that were there before. Cursors are read, as ids are in them."""

    known: Set[str]
    cursors: Cursors
    given: dict[str, str] = field(default_factory=dict)

    def renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            # Names are given in an order that all answers have.
            parts = {key: self.renamed(value[key]) for key in sorted(value)}
            return {key: parts[key] for key in value}
        if isinstance(value, list):
            return [self.renamed(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if _CURSOR.fullmatch(text):
            return self._cursor(text)
        return _DIGITS.sub(lambda found: self._name(found[0]), _LINK.sub("a link", text))

    def _cursor(self, text: str) -> str:
        try:
            key = self.cursors.key(text)
        except InvalidInput:
            return text
        assert key is not None
        return f"cursor at {key.moment.isoformat()} {self._name(key.id.hex)}"

    def _name(self, digits: str) -> str:
        # The place of a feedback's version is its number.
        if digits in self.known or UUID(digits).int < 2**31:
            return digits
        return self.given.setdefault(digits, f"new {len(self.given)}")


def secrets_without_chance() -> Iterator[None]:
    """New secrets and match keys are shown once; here they are compared."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (client_secrets, match_keys):
            patch.setattr(module, "secrets", _NoSecrets)
        yield


class _NoSecrets:
    token_bytes = staticmethod(bytes)
    token_urlsafe = staticmethod(lambda size: "A" * size)
