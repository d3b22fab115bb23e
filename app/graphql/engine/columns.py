"""How fields are written that are read from their row alone: from its columns, or what is said about it."""

from functools import singledispatch
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from graphql import GraphQLNonNull
from sqlalchemy import Text, case, func

from app.graphql.engine import text
from app.graphql.engine.holes import BETWEEN, Filling, Hole, kept
from app.graphql.engine.opened_texts import changed_text, opened_text
from app.graphql.engine.readers import reader_of
from app.graphql.engine.sources import Source
from app.graphql.engine.text import NULL, constant, glued
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.readings import (
    Column,
    Computed,
    Expressed,
    Filled,
    Gathered,
    Id,
    IdList,
    Rank,
    Sealed,
    Sorted,
    Word,
)
from app.rules import ids
from app.rules.labels import Severity
from app.store import signals

if TYPE_CHECKING:
    from app.graphql.engine.compiler import At, Compiler, Pieces


@singledispatch
def written(read: Any, _: "Compiler", __: Source, ___: "At") -> "Pieces":
    raise Unanswerable(f"{type(read).__name__} is not read from rows")


@written.register(Column)
def _(read: Column, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    return text.shown(source[read.name], source.kind(read.name), source.is_nullable(read.name))


@written.register(Id)
def _(read: Id, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    return [f'"{read.prefix}_', text.id_digits(source[read.name]), '"']


@written.register(IdList)
def _(read: IdList, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    def written(_: Filling, held: bytes) -> bytes:
        return orjson.dumps([ids.shown(read.prefix, UUID(id)) for id in orjson.loads(held)])

    return compiler.hole(written, func.array_to_json(source[read.name]))


@written.register(Rank)
def _(read: Rank, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    return [text.word_of(source[read.name], list(Severity))]


@written.register(Sorted)
def _(read: Sorted, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    return compiler.hole(
        lambda _, held: orjson.dumps(sorted(orjson.loads(held))), func.array_to_json(source[read.name])
    )


@written.register(Filled)
def _(read: Filled, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    return text.shown(func.nullif(source[read.name], ""), Text(), nullable=True)


@written.register(Word)
def _(read: Word, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    written = {word: constant(orjson.dumps(stands_for).decode()) for word, stands_for in read.words.items()}
    return [case(written, value=source[read.name])]


@written.register(Gathered)
def _(read: Gathered, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    if source.told is None:
        raise Unanswerable("what is said together of anything but a signal")
    words, told = signals.UNITED.get(read.name), source.told.summed(read.name)
    if words is None:
        return text.shown(told, told.type, nullable=False)
    return compiler.hole(_united(tuple(words)), told)


@written.register(Sealed)
def _(read: Sealed, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    sealed = source[read.name]
    held: Pieces = [text.sealed(sealed, source[read.owner])]
    for name in read.names:
        held += [BETWEEN.decode(), *text.held(source[name], source.kind(name), source.is_nullable(name))]
    fill: Hole = opened_text
    if read.by is not None:
        fill = changed_text(read.by, [reader_of(source.kind(name)) for name in read.names])
    pieces = text.unless_null(sealed, compiler.hole(fill, *held), source.is_nullable(read.name))
    return where_shown(read.when, source, pieces)


@written.register(Computed)
def _(read: Computed, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    readers = [reader_of(source.kind(name)) for name in read.names]
    show = compiler.value(at)

    def computed(_: Filling, held: bytes) -> bytes:
        return show(read.compute(*(r(part) for r, part in zip(readers, held.split(BETWEEN), strict=True))))

    held: Pieces = []
    for name in read.names:
        held += [BETWEEN.decode()] if held else []
        held += text.held(source[name], source.kind(name), source.is_nullable(name))
    return compiler.hole(computed, *held)


@written.register(Expressed)
def _(read: Expressed, compiler: "Compiler", source: Source, at: "At") -> "Pieces":
    of = read.of_columns(compiler.viewpoint, source.of)
    return text.shown(of, of.type, nullable=not isinstance(at.type, GraphQLNonNull))


def where_shown(when: tuple[str, tuple[str, ...]] | None, source: Source, pieces: "Pieces") -> "Pieces":
    """The pieces where the column of the row has one of the words; JSON's null otherwise."""
    if when is None:
        return pieces
    name, words = when
    return [case((source[name].in_([constant(str(word)) for word in words]), glued(pieces)), else_=constant(NULL))]


def _united(words: tuple[str, ...]) -> Hole:
    """The words of all statements, each once and in their order."""

    def written(held: bytes) -> bytes:
        named = {word for stated in orjson.loads(b"[" + held + b"]") for word in stated}
        return orjson.dumps([word for word in words if word in named])

    return kept(written)
