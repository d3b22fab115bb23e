"""What answers say of their cost, taken off where the rest is compared: a budget depends on what was asked before."""

from typing import Any

_BEGIN = b',"extensions":{"cost":'


def without(body: bytes) -> bytes:
    """An answer without what it says of its cost, if it does."""
    rest, found, _ = body.rpartition(_BEGIN)
    return rest + b"}" if found else body


def taken_off(content: dict[str, Any]) -> dict[str, Any]:
    """The same of an answer that was decoded."""
    return {name: value for name, value in content.items() if name != "extensions"}
