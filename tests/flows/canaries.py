"""Canaries: texts that occur nowhere by chance, and the search for them in whatever spelling."""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count

# In front of every canary: one search finds them all. Small letters and digits survive every normal form.
PREFIX = "qz7xcanary"
_WHOLE = re.compile(PREFIX.encode() + rb"[0-9a-z]{4}")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# For values that are hexadecimal digits, of addresses and of telephone numbers. The address block answers nobody
# (AS112), and the numbers are kept for fiction.
HEX_PREFIX = "c0ffee5eed42c0de"
IP_PREFIX = "2620:4f:8000:ca4a:7e57:"
PHONE_PREFIX = "+447700900"


@dataclass
class Canaries:
    """Hands out canaries and remembers where each was planted."""

    planted: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def text(self, where: str) -> str:
        return self._plant(PREFIX + self._serial(), where)

    def address(self, where: str) -> str:
        """An e-mail address around a canary."""
        return f"{self.text(where)}@mail.example"

    def digits(self, where: str, length: int = 64) -> str:
        serial = f"{next(self._numbers):04x}"
        return self._plant((HEX_PREFIX + serial) * 4, where)[:length]

    def ip(self, where: str) -> str:
        return self._plant(f"{IP_PREFIX}{next(self._numbers) + 0x1000:x}:1:1", where)

    def phone(self, where: str) -> str:
        return self._plant(f"{PHONE_PREFIX}{next(self._numbers) % 900 + 100}", where)

    def _serial(self) -> str:
        number = next(self._numbers)
        return "0" + "".join(_DIGITS[number // 36**place % 36] for place in (2, 1, 0))

    def _plant(self, canary: str, where: str) -> str:
        self.planted[canary] = where
        return canary

    def places(self, text: str) -> set[str]:
        """Where those canaries were planted that stand in `text` as they are."""
        return {where for canary, where in self.planted.items() if canary in text}


def spellings(text: str) -> dict[str, bytes]:
    """The text as it would stand in a log, a body, a URL or a file."""
    raw = text.encode()
    found = {
        "raw": raw,
        "capitals": text.upper().encode(),
        "percent-escaped": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "percent-escaped, small": "".join(f"%{byte:02x}" for byte in raw).encode(),
        "JSON-escaped": "".join(f"\\u{ord(char):04x}" for char in text).encode(),
        "hexadecimal": raw.hex().encode(),
        "hexadecimal, capitals": raw.hex().upper().encode(),
        "UTF-16": text.encode("utf-16-le"),
        "UTF-16, big": text.encode("utf-16-be"),
    }
    for shift in range(3):
        found[f"base64, shifted by {shift}"] = _base64_core(raw, shift)
    return found


def _base64_core(raw: bytes, shift: int) -> bytes:
    """The part of the base64 of anything around `raw` that depends on `raw` alone."""
    encoded = base64.b64encode(b"\0" * shift + raw)
    first = -(-8 * shift // 6)
    last = 8 * (shift + len(raw)) // 6
    return encoded[first:last]


# What to look for: all canaries at once by what they have in common.
NEEDLES = {
    f"{what} {spelling}": needle
    for what, text in (
        ("text", PREFIX),
        ("digits", HEX_PREFIX),
        ("ip", IP_PREFIX),
        ("phone", PHONE_PREFIX.removeprefix("+")),
    )
    for spelling, needle in spellings(text).items()
} | {"digits packed": bytes.fromhex(HEX_PREFIX), "ip packed": ip_address(f"{IP_PREFIX}:").packed[:10]}


@dataclass(frozen=True)
class Sighting:
    """A canary that was met: in which spelling, and which one where that can be told."""

    spelling: str
    canary: str

    def __str__(self) -> str:
        return f"{self.canary} ({self.spelling})"


def sightings(data: bytes, needles: Iterable[str] = NEEDLES) -> set[Sighting]:
    """Every canary in `data`, in any of the spellings."""
    found = set()
    for name in needles:
        needle = NEEDLES[name]
        at = data.find(needle)
        while at >= 0:
            whole = _WHOLE.match(data, at) if name == "text raw" else None
            found.add(Sighting(name, whole[0].decode() if whole else ""))
            at = data.find(needle, at + 1)
    return found
