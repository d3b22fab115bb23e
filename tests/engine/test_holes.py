"""Holes are filled in their order with what they hold, and texts come out as any JSON writer has them."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.graphql.engine import holes
from app.graphql.engine.holes import EDGE, Filling, Kept, filled
from app.graphql.engine.opened_texts import json_of
from app.rules.keyring import Keyring


def test_holes_are_filled_in_the_order_of_the_text() -> None:
    met: list[bytes] = []

    def hole(name: bytes) -> holes.Hole:
        def fill(_: Filling, held: bytes) -> bytes:
            met.append(name + held)
            return name

        return fill

    text = f"{EDGE}1{EDGE}{EDGE}[{EDGE}0{EDGE}a{EDGE},{EDGE}1{EDGE}b{EDGE}]".encode()
    filling: Filling = Filling(None, Keyring.generate())  # type: ignore[arg-type]  # nothing here asks for the context
    assert filled(text, holes.numbered([hole(b"0"), hole(b"1")]), filling) == b"1[0,1]"
    assert met == [b"1", b"0a", b"1b"]
    assert filled(b'{"data":null}', {}, filling) == b'{"data":null}'


def test_what_is_kept_is_made_once_and_only_so_much_of_it() -> None:
    made: list[bytes] = []
    kept = Kept(lambda held: made.append(held) or held.upper())  # type: ignore[func-returns-value]
    assert [kept[b"a"], kept[b"b"], kept[b"a"]] == [b"A", b"B", b"A"]
    assert made == [b"a", b"b"]
    for count in range(10_000):
        assert kept[str(count).encode()] == str(count).encode()
    assert len(kept) < 10_000


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_is_written_as_orjson_writes_it(text: str) -> None:
    assert json_of(text) == orjson.dumps(text)


def test_every_character_is_written_as_orjson_writes_it() -> None:
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    assert json_of(every) == orjson.dumps(every)
