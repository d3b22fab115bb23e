"""Cursors: opaque, of one length, and of no use to anybody else or for anything else (R18)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.errors import InvalidInput
from app.rules.cursors import Cursors, Key, Place
from app.rules.keyring import Keyring

KEYRING = Keyring.generate()
CURSORS = Cursors(KEYRING, uuid4())
PLACE = Place(epoch=3, position=1_000_000, began=999_999)
KEY = Key(datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC), uuid4())
PLACE_CURSOR, KEY_CURSOR = CURSORS.of_place(PLACE), CURSORS.of_key(KEY)


def test_a_cursor_is_read_as_it_was_written() -> None:
    assert CURSORS.place(PLACE_CURSOR) == PLACE
    assert CURSORS.key(KEY_CURSOR) == KEY
    assert CURSORS.key(None) is None


@pytest.mark.parametrize("year", [1, 1969, 1970, 2262, 9999])
def test_any_moment_can_end_a_page(year: int) -> None:
    key = Key(datetime(year, 1, 1, tzinfo=UTC), uuid4())
    assert CURSORS.key(CURSORS.of_key(key)) == key


def test_cursors_of_the_feed_have_one_length_wherever_they_point() -> None:
    places = [Place(1), Place(1, 1), Place(2**32, 10**15, 10**15), Place(7, 2**63 - 1, 2**63 - 1)]
    assert len({len(CURSORS.of_place(place)) for place in places}) == 1


def test_cursors_of_lists_have_one_length_wherever_they_point() -> None:
    keys = [Key(datetime(year, 1, 1, tzinfo=UTC), uuid4()) for year in (1, 1970, 2026, 9999)]
    assert len({len(CURSORS.of_key(key)) for key in keys}) == 1


def test_a_cursor_of_a_list_is_the_same_for_one_row_and_reader_alone() -> None:
    assert CURSORS.of_key(KEY) == KEY_CURSOR
    others = (Cursors(KEYRING, uuid4()), Cursors(Keyring.generate(), CURSORS.participant_id))
    different = {one.of_key(KEY) for one in others} | {CURSORS.of_key(Key(KEY.moment, uuid4())), KEY_CURSOR}
    assert len(different) == len({cursor[:16] for cursor in different}) == 4


def test_two_cursors_to_one_place_have_nothing_in_common() -> None:
    one, other = CURSORS.of_place(PLACE), CURSORS.of_place(PLACE)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < len(one) / 4


def test_a_cursor_is_of_no_use_to_another_participant_or_under_another_key() -> None:
    for others in (Cursors(KEYRING, uuid4()), Cursors(Keyring.generate(), CURSORS.participant_id)):
        assert _refused(others.place, PLACE_CURSOR)
        assert _refused(others.key, KEY_CURSOR)


def test_a_cursor_of_a_list_is_none_of_the_feed_and_the_other_way_round() -> None:
    assert _refused(CURSORS.place, KEY_CURSOR)
    assert _refused(CURSORS.key, PLACE_CURSOR)


def test_a_part_of_a_cursor_is_refused() -> None:
    assert all(_refused(CURSORS.place, PLACE_CURSOR[:length]) for length in range(len(PLACE_CURSOR)))


def test_a_cursor_with_one_character_changed_is_refused() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place, character in enumerate(PLACE_CURSOR):
        # Its first bit is another one, so that it is no second spelling of the same bytes.
        other = alphabet[alphabet.index(character) ^ 32]
        assert _refused(CURSORS.place, PLACE_CURSOR[:place] + other + PLACE_CURSOR[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "a",
        "?" * 70,
        "A" * 70,
        "A" * 5_000_000,
        "é" * 70,
        "\u0661" * 70,
        "\x00" * 70,
        "\ud800",
        "\U0001f600",
        "0",
        "1000000",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    assert _refused(CURSORS.place, text)
    assert _refused(CURSORS.key, text)


@pytest.mark.parametrize("around", ["{0}{0}", " {0}", "{0}\n", "{0}===="])
def test_a_cursor_with_something_around_it_is_refused(around: str) -> None:
    assert _refused(CURSORS.place, around.format(PLACE_CURSOR))
    assert _refused(CURSORS.key, around.format(KEY_CURSOR))


def _refused(read: object, text: str) -> bool:
    assert callable(read)
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    return (refusal.value.field, refusal.value.reason) == ("after", "BAD_CURSOR")
