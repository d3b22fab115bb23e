"""How matches are read: what the viewer sees of the signals that values meet, the best match of each first."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    LargeBinary,
    Select,
    Text,
    Uuid,
    and_,
    case,
    column,
    func,
    inspect,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.errors import InvalidInput
from app.graphql.engine import text
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import Filling
from app.graphql.engine.sources import Source
from app.graphql.engine.text import NULL, constant, glued
from app.graphql.operations.fields import bounded
from app.graphql.readings import Way
from app.graphql.types.row_problem import RowProblem
from app.rules.matches import MAX_NEAR, MatchKind
from app.rules.normal_forms import Canonical
from app.rules.row_results import Rejection
from app.rules.signal_types import SignalType
from app.services import matching
from app.services.matching import Probe
from app.store import signals
from app.store.tables.row import TEXTS, UUIDS
from app.store.tables.signal import SignalMatchKeyRow, SignalRow

_BYTES = ARRAY(LargeBinary)
_KINDS = tuple(MatchKind)


def matches(compiler: Compiler, _: Source, at: At) -> Pieces:
    """For each value its matches, the best first: exact before a match key before the nearest picture."""
    slot = compiler.slot(Way("matches"), at)
    asked = {nodes[0].name.value for nodes in compiler.selections.of(at.object, at.nodes).values()}
    ranked = _ranked(compiler, slot, only_best="others" not in asked)
    best: list[Any] = []

    def member(part: At) -> Pieces:
        if part.name == "index":
            return [value.c.n - 1]
        if part.name == "problem":
            return _problem(compiler, slot, part, value.c.n)
        is_best, name = part.name == "best", f"m{len(best)}"
        best.append(_shown_matches(compiler, ranked, part, best=is_best).label(name))
        return [func.coalesce(literal_column(f"matched.{name}", Text), constant(NULL if is_best else "[]"))]

    counted = func.generate_series(1, slot.bound("count", Integer())).table_valued("n")
    value = counted.render_derived(compiler.writing.row())
    with compiler.within(slot.name):
        json = glued(compiler.written(at, member))
    listed = func.string_agg(json, aggregate_order_by(constant(","), value.c.n))
    whole: Any = value
    if best:
        matched = select(ranked.c.n, *best).select_from(ranked).group_by(ranked.c.n).subquery("matched")
        whole = value.outerjoin(matched, matched.c.n == value.c.n)
    return ["[", compiler.part(select(func.coalesce(listed, constant(""))).select_from(whole)), "]"]


def _ranked(compiler: Compiler, slot: Slot, *, only_best: bool) -> Any:
    """Each signal once for each value, by its best match; only so many as are shown, and mostly the best alone."""
    exact, loose, near = _given(slot)
    of, key, keyed, picture = aliased(SignalRow), aliased(SignalMatchKeyRow), aliased(SignalRow), aliased(SignalRow)
    nothing = literal_column("NULL::int", Integer).label("distance")

    def hits(kind: MatchKind, row: Any, number: Any, distance: Any = nothing) -> Select[Any]:
        place = literal_column(str(_KINDS.index(kind)), Integer).label("kind")
        seen = signals.named_visible_to(compiler.viewpoint, col(row.id))
        return select(number, place, distance, *inspect(row).selectable.c).where(seen)

    same = and_(col(of.type) == exact.c.type, col(of.tag) == exact.c.tag)
    exactly = hits(MatchKind.EXACT, of, exact.c.n).join_from(exact, of, same).cte("exactly").prefix_with("MATERIALIZED")
    loosely = hits(MatchKind.MATCH_KEY, keyed, loose.c.n).join_from(loose, key, col(key.tag) == loose.c.tag)
    loosely = loosely.join(keyed, col(keyed.id) == col(key.signal_id))
    if only_best:
        loosely = loosely.where(~select(exactly.c.n).where(exactly.c.n == loose.c.n).correlate(loose).exists())
    # Found in memory, where no wall stands: the row behind the wall says whether it is there.
    nearly = hits(MatchKind.PDQ, picture, near.c.n, near.c.distance).join_from(
        near, picture, col(picture.id) == near.c.id
    )
    met = union_all(select(*exactly.c), loosely, nearly).subquery()
    rank = (met.c.n, met.c.id)
    once = select(*met.c).ext(distinct_on(*rank)).order_by(*rank, met.c.kind, met.c.distance).subquery()
    order = (once.c.kind, func.coalesce(once.c.distance, 0), once.c.id)
    place = func.row_number().over(partition_by=once.c.n, order_by=order).label("place")
    numbered = select(*once.c, place).subquery()
    shown = select(*numbered.c).where(numbered.c.place <= (1 if only_best else 1 + MAX_NEAR))
    return shown.subquery(compiler.writing.row())


def _given(slot: Slot) -> tuple[Any, Any, Any]:
    """What the values are looked up by, each with the number of its value: types and tags, tags of match keys, and the
    ids of pictures with their distances."""
    numbered, numbers = ARRAY(Integer), slot.bound
    exact: Any = func.unnest(numbers("n", numbered), numbers("types", TEXTS), numbers("tags", _BYTES))
    exact = exact.table_valued(column("n", Integer), column("type", Text), column("tag", LargeBinary))
    loose: Any = func.unnest(numbers("loose_n", numbered), numbers("loose_tags", _BYTES))
    loose = loose.table_valued(column("n", Integer), column("tag", LargeBinary))
    near: Any = func.unnest(
        numbers("near_n", numbered), numbers("near_ids", UUIDS), numbers("near_distances", numbered)
    )
    near = near.table_valued(column("n", Integer), column("id", Uuid), column("distance", Integer))
    return exact.render_derived(), loose.render_derived(), near.render_derived()


def _shown_matches(compiler: Compiler, ranked: Any, at: At, *, best: bool) -> Any:
    def member(part: At) -> Pieces:
        if part.name == "kind":
            return [text.word_of(ranked.c.kind, [kind.value for kind in _KINDS])]
        if part.name == "distance":
            return text.unless_null(ranked.c.distance, [ranked.c.distance], nullable=True)
        return [compiler.signal_in_hand(aliased(SignalRow, ranked), part)]

    json = glued(compiler.written(at, member))
    if best:
        return func.max(case((ranked.c.place == 1, json)))
    others = func.string_agg(case((ranked.c.place > 1, json)), aggregate_order_by(constant(","), ranked.c.place))
    return glued(["[", func.coalesce(others, constant("")), "]"])


def _problem(compiler: Compiler, slot: Slot, at: At, number: Any) -> Pieces:
    show = compiler.value(at)

    def shown(filling: Filling, held: bytes) -> bytes:
        refusal = filling.given[slot.name].get(int(held))
        return b"null" if refusal is None else show(RowProblem.of(Rejection.of(refusal)))

    return compiler.hole(shown, number)


def _matches(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    context = call.context
    values = [value.raw() for value in bounded(given["values"], "values")]
    read = matching.probes(context.keyring, context.tag_versions, values)
    probes = [(n, probe) for n, probe in enumerate(read, start=1) if isinstance(probe, Probe)]
    exact = [(n, probe.form.type.value, tag) for n, probe in probes for tag in probe.tags]
    loose = [(n, tag) for n, probe in probes for tag in probe.loose]
    slot.first = len(read) * (1 + MAX_NEAR)
    slot.given = {n: probe for n, probe in enumerate(read, start=1) if isinstance(probe, InvalidInput)}
    slot.fill("count", len(read))
    slot.fill("n", [n for n, _, _ in exact])
    slot.fill("types", [type for _, type, _ in exact])
    slot.fill("tags", [tag for _, _, tag in exact])
    slot.fill("loose_n", [n for n, _ in loose])
    slot.fill("loose_tags", [tag for _, tag in loose])
    _fill_near(slot, [])
    forms = [(n, probe.form) for n, probe in probes if probe.form.type is SignalType.HASH_PDQ]
    if forms:
        slot.later = lambda: _near(call, slot, forms)


def _fill_near(slot: Slot, near: Sequence[tuple[int, UUID, int]]) -> None:
    slot.fill("near_n", [n for n, _, _ in near])
    slot.fill("near_ids", [id for _, id, _ in near])
    slot.fill("near_distances", [distance for _, _, distance in near])


async def _near(call: Call, slot: Slot, forms: Sequence[tuple[int, Canonical]]) -> None:
    """Whoever may see them: the statement tells only what the viewer sees of these."""
    context = call.context
    async with context.database.nobody() as session:
        found = await context.pdq.near(session, context.keyring, [form.value for _, form in forms])
    numbered = zip((n for n, _ in forms), found, strict=True)
    _fill_near(slot, [(n, id, distance) for n, all in numbered for id, distance in all])


WAYS = {"matches": matches}
FILLS = {"matches": _matches}
