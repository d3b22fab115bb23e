"""The short way through common patterns says what the library's own grammar says, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.client.reading import stix_patterns
from app.client.reading.problems import BadRow
from app.client.reading.stix_patterns import alternatives

PATHS = st.sampled_from(["domain-name:value", "file:hashes.'SHA-256'", "file:hashes.MD5", "user-account:account_type"])
TEXTS = st.text(st.sampled_from("ab.'\\ []()=OR"), max_size=8).map(
    lambda text: "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
)
SPACES = st.sampled_from(["", " ", "  ", "\n"])
OPERATORS = st.sampled_from(["=", "=", "=", "!=", "NOT =", "LIKE"])


@st.composite
def comparison(draw: st.DrawFn) -> str:
    operator = draw(OPERATORS)
    path, text = draw(PATHS), draw(TEXTS)
    return f"{draw(SPACES)}{path} {operator}{draw(SPACES)}{text}{draw(SPACES)}"


@st.composite
def observation(draw: st.DrawFn) -> str:
    parts = draw(st.lists(comparison(), min_size=1, max_size=3))
    joined = parts[0]
    for part in parts[1:]:
        joined += draw(st.sampled_from([" OR ", " OR ", " AND "])) + part
    return f"[{joined}]"


@st.composite
def pattern(draw: st.DrawFn) -> str:
    parts = draw(st.lists(observation(), min_size=1, max_size=3))
    joined = parts[0]
    for part in parts[1:]:
        joined += draw(st.sampled_from([" OR ", " OR ", " AND ", " FOLLOWEDBY "])) + part
    return draw(st.sampled_from(["", "", "", " REPEATS 2 TIMES", " WITHIN 5 SECONDS"])).join([joined, ""])


def told(text: str) -> list[tuple[tuple[str, str], ...]] | None:
    try:
        return alternatives(text)
    except BadRow:
        return None


@settings(deadline=None, max_examples=100)
@given(text=pattern())
def test_both_ways_say_the_same(text: str) -> None:
    short = told(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stix_patterns, "_plain", lambda pattern: None)
        assert short == told(text)


def test_a_short_way_that_takes_and_for_or_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "[domain-name:value = 'a' AND domain-name:value = 'b' AND domain-name:value = 'c']"
    whole = told(text)
    monkeypatch.setattr(
        stix_patterns, "_NEXT", stix_patterns.re.compile(stix_patterns._NEXT.pattern.replace("OR", "AND"))
    )
    assert told(text) != whole


def test_a_not_inside_a_text_is_no_not() -> None:
    assert alternatives("[(domain-name:value = 'do NOT')]") == [(("domain-name:value", "do NOT"),)]
