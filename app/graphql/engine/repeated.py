"""Objects that the rows of a list name again and again, as links at one signal name that signal: each is written once.

Written where it is named, a signal with twenty links would be looked up twenty times, with all that is selected of it.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, print_ast
from sqlalchemy import CTE, ColumnElement, FromClause, Select, Text, Uuid, literal_column, select, union_all

from app.graphql.readings import One

if TYPE_CHECKING:
    from app.graphql.engine.compiler import At, Compiler


@dataclass(slots=True)
class _Written:
    """Objects of one noun with one selection: the name of their ids, their JSON, and the columns that name them."""

    name: str
    json: ColumnElement[str]
    columns: dict[str, None] = field(default_factory=dict)

    def as_named_by(self, column: str) -> str:
        return f"{self.name}_{column}"


@dataclass(slots=True)
class Repeated:
    """Such objects of a list, as its rows are written. `names` are the columns that may name the same object."""

    rows: CTE
    names: frozenset[str]
    _written: dict[Hashable, _Written] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Select[Any], name: str, *names: str) -> "Repeated":
        return cls(_once(rows, name), frozenset(names))

    def object(self, compiler: "Compiler", read: One, at: "At") -> ColumnElement[str]:
        """The JSON of the object that a row names, NULL where it is not seen."""
        key = (read.noun, *map(_selection, at.nodes))
        if key not in self._written:
            name = compiler.writing.row()
            self._written[key] = _Written(name, compiler.found(read.noun, literal_column(f"{name}.id", Uuid()), at))
        written = self._written[key]
        written.columns[read.name] = None
        return literal_column(f"{written.as_named_by(read.name)}.json", Text())

    def joined(self) -> FromClause:
        """The rows, each with the objects that it names."""
        whole: FromClause = self.rows
        for written in self._written.values():
            named = union_all(*(select(self.rows.c[column].label("id")) for column in written.columns)).subquery()
            ids = select(named.c.id).distinct().subquery(written.name)
            objects = _once(select(ids.c.id, written.json.label("json")), f"{written.name}_all")
            for column in written.columns:
                one = objects.alias(written.as_named_by(column))
                whole = whole.outerjoin(one, one.c.id == self.rows.c[column])
        return whole


def _once(query: Select[Any], name: str) -> CTE:
    return query.cte(name, nesting=True).prefix_with("MATERIALIZED")


def _selection(node: FieldNode) -> str:
    """What is selected of a field: the same text is the same selection within one operation."""
    return "" if node.selection_set is None else print_ast(node.selection_set)
