"""Holes that hold a sealed text: it is opened, and shown as it is or changed, as by a mask."""

from collections.abc import Callable, Sequence
from json.encoder import encode_basestring

from app.graphql.engine.holes import BETWEEN, Filling, Hole, Kept
from app.graphql.engine.readers import Reader


def json_of(text: str) -> bytes:
    """What orjson writes, too, but it takes a kilobyte for each text and gives most of it back: slow for thousands."""
    return encode_basestring(text).encode()


def opened_text(filling: Filling, held: bytes) -> bytes:
    return json_of(filling.opened(held))


def changed_text(by: Callable[..., Callable[[str], str]], readers: Sequence[Reader]) -> Hole:
    """`by` says what changes the text, from the columns that stand behind it; asked once for each variant of these."""

    def change_by(columns: bytes) -> Callable[[str], str]:
        return by(*(read(column) for read, column in zip(readers, columns.split(BETWEEN), strict=True)))

    changes = Kept(change_by)

    def shown(filling: Filling, held: bytes) -> bytes:
        json = filling.changed.get((by, held))
        if json is None:
            sealed, _, columns = held.partition(BETWEEN)
            json = filling.changed[by, held] = json_of(changes[columns](filling.opened(sealed)))
        return json

    return shown
