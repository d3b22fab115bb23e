"""Parts of a statement, each written as text by itself, and put together into one with numbered parameters."""

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, literal_column
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql import Select
from sqlalchemy.sql.compiler import FROM_LINTING
from sqlalchemy.sql.type_api import TypeEngine

from app.graphql.engine.unanswerable import Unanswerable

# Places of parameters while the text is put together: no text of ours, and no name in a document, has this character.
_MARK = "\x03"
_PLACE = re.compile(r"%\((\w+)\)s")
_MARKED = re.compile(f"{_MARK}(\\w+){_MARK}")
# Parameters that a call gives; all others are constants of the statement.
_OF_CALL = re.compile(r"viewer_|who_|a\d+_")
_DIALECT: Any = PGDialect_asyncpg(paramstyle="pyformat")  # type: ignore[no-untyped-call]  # it states no types


@dataclass(slots=True)
class Writing:
    """The statement on its way: the constants of its parts, and how many names of rows were given."""

    constants: dict[str, object] = field(default_factory=dict)
    _rows: int = 0

    def row(self) -> str:
        """A name for rows that no other part has."""
        self._rows += 1
        return f"r{self._rows}"

    @staticmethod
    def given(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        """A parameter that each call gives."""
        return bindparam(name, type_=kind, required=False)

    def part(self, query: Select[Any]) -> ColumnElement[str]:
        """A query of one text, as an expression for the parts around it."""
        return literal_column(f"({self.text(query)})", Text())

    def text(self, query: Select[Any]) -> str:
        with warnings.catch_warnings():
            # A table that no condition ties to the others stands for a mistake in a policy: any row of it would do.
            # Of SQLAlchemy's warnings alone: those of what is collected meanwhile are not about this statement.
            warnings.simplefilter("error", SAWarning)
            compiled = query.compile(
                dialect=_DIALECT, compile_kwargs={"render_postcompile": True}, linting=FROM_LINTING
            )
        return _PLACE.sub(lambda place: self._mark(place[1], compiled.params), str(compiled)).replace("%%", "%")

    def _mark(self, name: str, values: dict[str, Any]) -> str:
        if not _OF_CALL.match(name):
            if values[name] is None:
                raise Unanswerable(f"a parameter without a value: {name}")
            constant = f"k{len(self.constants)}"
            self.constants[constant] = values[name]
            name = constant
        return f"{_MARK}{name}{_MARK}"


def numbered(text: str) -> tuple[str, tuple[str, ...]]:
    """The statement as PostgreSQL takes it, and the names of its parameters in their order."""
    names: dict[str, int] = {}

    def place(marked: re.Match[str]) -> str:
        return f"${names.setdefault(marked[1], len(names) + 1)}"

    statement = _MARKED.sub(place, text)
    return statement, tuple(names)
