"""What stands in a URL: places are read as they were written, and of anything else comes nothing but a refusal."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.web.refusals import HttpRefusal
from app.web.taxii import query
from app.web.taxii.places import Amid, Place

CURSORS = st.from_regex(r"\A[A-Za-z0-9_-]{1,200}\Z")
UUIDS = st.uuids(version=4)


def amid(signal: UUID, type: str, object: UUID) -> Amid:
    return Amid(f"sig_{signal.hex}", f"{type}--{object}")


@given(
    st.one_of(
        st.builds(lambda given: Place(None, given), st.integers(0, 99)),
        st.builds(Place, CURSORS),
        st.builds(
            lambda after, amid: Place(after, amid=amid),
            CURSORS,
            st.builds(amid, UUIDS, st.sampled_from(["identity", "indicator", "relationship"]), UUIDS),
        ),
    )
)
def test_a_place_is_read_as_it_was_written(place: Place) -> None:
    assert Place.read(str(place)) == place


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert str(Place.read(text)) == text or text[0] == "."


NAMES = st.sampled_from(["limit", "next", "added_after", "match[id]", "match[type]", "match[version]", "match[", "x"])


@given(
    st.one_of(
        st.binary(max_size=60),
        st.lists(st.tuples(NAMES, st.text("0123456789-:TZ+%,.;&=\x00é", max_size=25)), max_size=4).map(
            lambda pairs: "&".join("=".join(pair) for pair in pairs).encode()
        ),
    )
)
def test_a_query_is_read_or_refused_and_nothing_else(query_string: bytes) -> None:
    try:
        wanted = query.read(query_string)
    except (HttpRefusal, InvalidInput):
        return
    assert 1 <= wanted.limit <= query.MOST_OBJECTS


@pytest.mark.parametrize("text", ["2026-07-01T12:00:00.000001Z", "2026-07-01T14:00:00.000001%2B02:00"])
def test_a_time_is_read_to_the_microsecond(text: str) -> None:
    found = query.read(f"added_after={text}".encode()).added_after
    assert found is not None
    assert found.isoformat() == "2026-07-01T12:00:00.000001+00:00"
