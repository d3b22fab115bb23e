"""Reading back what a hole holds, by the type of its column."""

from binascii import unhexlify
from collections.abc import Callable
from typing import Any, TypeAlias

import orjson
from sqlalchemy import LargeBinary, Uuid

from app.graphql.engine.holes import uuid_of

Reader: TypeAlias = Callable[[bytes], Any]


def reader_of(kind: Any) -> Reader:
    """The inverse of `text.held`."""
    if isinstance(kind, LargeBinary):
        return lambda held: unhexlify(held) if held else None
    if isinstance(kind, Uuid):
        return lambda held: uuid_of(held) if held else None
    return orjson.loads
