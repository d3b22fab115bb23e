"""Parts of statements become text: a mistake in them is refused, and nothing else is taken for one."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Text, cast, select
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql.compiler import SQLCompiler

from app.graphql.engine.writing import Writing
from app.store.tables.participant import ParticipantRow
from app.store.tables.signal import SignalRow


@pytest.fixture
def noisy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody else's warning comes up while a statement is written, as when an unfinished coroutine is collected."""
    process = SQLCompiler.process

    def warning(compiler: Any, *given: Any, **how: Any) -> Any:
        warnings.warn("a coroutine was never awaited", RuntimeWarning, stacklevel=1)
        return process(compiler, *given, **how)

    monkeypatch.setattr(SQLCompiler, "process", warning)
    with pytest.warns(RuntimeWarning):
        yield


def test_a_table_that_nothing_ties_to_the_others_is_refused() -> None:
    untied = select(cast(SignalRow.id, Text)).where(ParticipantRow.id.is_not(None))  # type: ignore[attr-defined]
    with pytest.raises(SAWarning, match="cartesian product"):
        Writing().text(untied)


@pytest.mark.usefixtures("noisy")
def test_warnings_of_others_do_not_end_it() -> None:
    assert "FROM signal" in Writing().text(select(cast(SignalRow.id, Text)))
