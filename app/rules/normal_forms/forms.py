"""The values that go into and come out of normalisation."""

from dataclasses import dataclass
from datetime import datetime

from ..signal_types import SignalType


@dataclass(frozen=True, slots=True)
class Hints:
    """What a raw value alone cannot tell; types ignore the hints that do not concern them."""

    platform: str | None = None
    language: str | None = None
    region: str | None = None
    scheme: str | None = None
    observed_at: datetime | None = None
    media_type: str | None = None
    quality: int | None = None


NO_HINTS = Hints()


@dataclass(frozen=True, slots=True)
class Canonical:
    """The one spelling of a value.

    `qualifier` is the part of the identity that came as a hint: the platform of a username or account id, the
    language of a keyword, the scheme of a payment handle; else empty.
    """

    type: SignalType
    value: str
    qualifier: str = ""

    @property
    def identity(self) -> str:
        """What tags are computed over. Unambiguous, as neither part can hold a NUL."""
        return f"{self.qualifier}\x00{self.value}" if self.qualifier else self.value


@dataclass(frozen=True, slots=True)
class MatchKey:
    """A looser spelling under which near-equal values meet; never used for uniqueness."""

    kind: str
    value: str
