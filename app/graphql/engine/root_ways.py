"""How the fields at the root are read that are no plain list: who asks, objects by id, matches, the feed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLField, get_named_type
from sqlalchemy import (
    BigInteger,
    Integer,
    LargeBinary,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, distinct_on
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.errors import InvalidInput
from app.graphql import nodes
from app.graphql.engine import text
from app.graphql.engine.arguments import Call, Slot
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import BETWEEN, Filling
from app.graphql.engine.sources import Source
from app.graphql.engine.text import NULL, Piece, constant, glued
from app.graphql.engine.values import declaration
from app.graphql.operations.fields import bounded
from app.graphql.operations.holding import GuardListSize
from app.graphql.operations.viewer import Viewer
from app.graphql.reads import Named, Way, of_field
from app.graphql.types.change import ResyncRequired
from app.graphql.types.impact import Impact
from app.graphql.types.row_problem import RowProblem
from app.rules import impact as impact_rules
from app.rules.cursors import Place
from app.rules.guards import GuardList
from app.rules.ids import Prefix
from app.rules.impact import Period
from app.rules.limits import check_page
from app.rules.normal_forms import NORMALISER_VERSION, Canonical
from app.rules.row_results import Rejection
from app.rules.signal_types import SignalType
from app.services import matching
from app.services.changes import FreshStart
from app.services.matching import MAX_NEAR, MatchKind, Probe
from app.store import changes, participants, signals
from app.store import impact as kept_impact
from app.store.tables.row import MOMENT, TEXTS, UUIDS
from app.store.tables.signal import GuardEntryRow, SignalMatchKeyRow, SignalRow

_INTEGERS = ARRAY(Integer)
_BYTES = ARRAY(LargeBinary)
_KINDS = tuple(MatchKind)
_BETWEEN = BETWEEN.decode()


def _members(compiler: Compiler, at: At, write: Any) -> Pieces:
    """An object whose fields are written one by one; `write` gets each field's name and its place."""
    pieces: Pieces = ["{"]
    for place, (key, selected) in enumerate(compiler.selections.of(at.object, at.nodes).items()):
        name = selected[0].name.value
        pieces.append(f'{"," if place else ""}"{key}":')
        if name == "__typename":
            pieces.append(f'"{at.object.name}"')
        else:
            pieces += write(name, At(at.object.fields[name], selected))
    return [*pieces, "}"]


# --- Who asks -------------------------------------------------------------------------------------------------------


def viewer(compiler: Compiler, source: Source, at: At) -> Pieces:
    def write(name: str, part: At) -> Pieces:
        read = of_field(declaration(part.field))
        if isinstance(read, Named):
            return [compiler.by_id(participants.by_ids, compiler.viewpoint.participant_id, part)]
        if isinstance(read, Way):
            return impact(compiler, source, part)
        show = compiler.value(part)
        python_name = declaration(part.field).python_name
        return compiler.hole(lambda filling, _: show(getattr(Viewer.of(filling.context.actor), python_name)))

    return _members(compiler, at, write)


def impact(compiler: Compiler, _: Source, at: At) -> Pieces:
    slot, show = compiler.slot(Way("impact"), at), compiler.value(at)

    def shown(filling: Filling, held: bytes) -> bytes:
        findings = [kept_impact.findings(*row) for row in orjson.loads(held)]
        return show(Impact.of(impact_rules.impact(filling.given[slot.name], findings)))

    since, until = slot.bound("since", MOMENT), slot.bound("until", MOMENT)
    return compiler.hole(shown, cast(kept_impact.findings_about_viewer(since, until), Text))


def _impact(_: Call, slot: Slot, given: dict[str, Any]) -> None:
    slot.given = Period.covering(given["since"], given["until"])
    slot.bind("since", MOMENT, slot.given.since)
    slot.bind("until", MOMENT, slot.given.until)


# --- Objects by id --------------------------------------------------------------------------------------------------


def node(compiler: Compiler, _: Source, at: At) -> Pieces:
    """The id says of which type the object is, so it is read as that type alone."""
    slot = compiler.slot(Way("node"), at)
    if slot.wanted is None:
        return [NULL]
    return [_object_of(compiler, slot.wanted, slot.bound("id", Uuid()), at)]


def _node(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    named = nodes.of_id(call.strawberry, call.context.actor, given["id"])
    if named is not None:
        slot.wanted, slot.shape = named.prefix, named.prefix
        slot.bind("id", Uuid(), named.id)


def several(compiler: Compiler, _: Source, at: At) -> Pieces:
    """In the order in which they were asked for; null for what is not seen, or no id."""
    slot = compiler.slot(Way(_several_named(at)), at)
    asked = func.unnest(slot.bound("prefixes", TEXTS), slot.bound("ids", UUIDS))
    named = asked.table_valued("prefix", column("id", Uuid()), with_ordinality="place")
    each = named.render_derived(compiler.writing.row())
    id = literal_column(f"{each.name}.id", Uuid())
    with compiler.within(slot.name):
        ways = {constant(prefix): _object_of(compiler, prefix, id, at) for prefix in slot.wanted}
    json = case(ways, value=each.c.prefix, else_=constant(NULL)) if ways else constant(NULL)
    listed = func.string_agg(json, aggregate_order_by(constant(","), each.c.place))
    return ["[", compiler.part(select(func.coalesce(listed, constant(""))).select_from(each)), "]"]


def _several_named(at: At) -> str:
    return "entities" if at.nodes[0].name.value == "_entities" else "nodes"


def _nodes(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    asked = nodes.bounded(given["ids"])
    _name(slot, [nodes.of_id(call.strawberry, call.context.actor, id) for id in asked])


def _entities(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    asked = nodes.bounded(given["representations"])
    _name(slot, [nodes.of_representation(call.strawberry, call.context.actor, one) for one in asked])


def _name(slot: Slot, named: Sequence[nodes.Reference | None]) -> None:
    slot.bind("prefixes", TEXTS, [None if one is None else one.prefix.value for one in named])
    slot.bind("ids", UUIDS, [None if one is None else one.id for one in named])
    slot.wanted = sorted({one.prefix for one in named if one is not None})
    slot.shape, slot.first = tuple(slot.wanted), len(named)


def _object_of(compiler: Compiler, prefix: str, id: Any, at: At) -> Any:
    type_ = nodes.BY_PREFIX[Prefix(prefix)]
    of = compiler.selections.schema.type_map[type_.__name__]
    return compiler.by_id(type_.kept, id, At(_field_of(of), at.nodes))


def _field_of(type_: Any) -> Any:
    return GraphQLField(type_)


# --- Matches --------------------------------------------------------------------------------------------------------


def matches(compiler: Compiler, _: Source, at: At) -> Pieces:
    """For each value its matches, the best first: exact before a match key before the nearest picture."""
    slot = compiler.slot(Way("matches"), at)
    ranked = _ranked(compiler, slot)
    best: list[Any] = []

    def member(name: str, part: At) -> Pieces:
        if name == "index":
            return [value.c.n - 1]
        if name == "problem":
            return _problem(compiler, slot, part, value.c.n)
        best.append(_shown_matches(compiler, ranked, part, best=name == "best").label(f"m{len(best)}"))
        return [
            func.coalesce(literal_column(f"matched.m{len(best) - 1}", Text), constant(NULL if name == "best" else "[]"))
        ]

    counted = func.generate_series(1, slot.bound("count", Integer())).table_valued("n")
    value = counted.render_derived(compiler.writing.row())
    with compiler.within(slot.name):
        json = glued(_members(compiler, at, member))
    listed = func.string_agg(json, aggregate_order_by(constant(","), value.c.n))
    whole: Any = value
    if best:
        matched = select(ranked.c.n, *best).select_from(ranked).group_by(ranked.c.n).subquery("matched")
        whole = value.outerjoin(matched, matched.c.n == value.c.n)
    return ["[", compiler.part(select(func.coalesce(listed, constant(""))).select_from(whole)), "]"]


def _ranked(compiler: Compiler, slot: Slot) -> Any:
    """Each signal once for each value, by its best match; only so many as are shown."""
    numbered, numbers = ARRAY(Integer), slot.bound
    exact: Any = func.unnest(numbers("n", numbered), numbers("types", TEXTS), numbers("tags", _BYTES))
    exact = exact.table_valued(column("n", Integer), column("type", Text), column("tag", LargeBinary)).render_derived()
    loose: Any = func.unnest(numbers("loose_n", numbered), numbers("loose_tags", _BYTES))
    loose = loose.table_valued(column("n", Integer), column("tag", LargeBinary)).render_derived()
    near: Any = func.unnest(
        numbers("near_n", numbered), numbers("near_ids", UUIDS), numbers("near_distances", numbered)
    )
    near = near.table_valued(column("n", Integer), column("id", Uuid), column("distance", Integer)).render_derived()
    of, key, picture = aliased(SignalRow), aliased(SignalMatchKeyRow), aliased(SignalRow)
    nothing = literal_column("NULL::int", Integer).label("distance")
    kinds = [literal_column(str(place), Integer).label("kind") for place in range(len(_KINDS))]
    hits = union_all(
        select(exact.c.n, col(of.id).label("id"), kinds[0], nothing).join_from(
            exact, of, and_(col(of.type) == exact.c.type, col(of.tag) == exact.c.tag)
        ),
        select(loose.c.n, col(key.signal_id).label("id"), kinds[1], nothing).join_from(
            loose, key, col(key.tag) == loose.c.tag
        ),
        # Found in memory, where no wall stands: the row behind the wall says whether it is there.
        select(near.c.n, col(picture.id).label("id"), kinds[2], near.c.distance).join_from(
            near, picture, col(picture.id) == near.c.id
        ),
    ).subquery()
    rank = (hits.c.n, hits.c.id)
    once = (
        select(*hits.c)
        .ext(distinct_on(*rank))
        .where(signals.named_visible_to(compiler.viewpoint, hits.c.id))
        .order_by(*rank, hits.c.kind, hits.c.distance)
        .subquery()
    )
    order = (once.c.kind, func.coalesce(once.c.distance, 0), once.c.id)
    place = func.row_number().over(partition_by=once.c.n, order_by=order).label("place")
    numbered_hits = select(*once.c, place).subquery()
    shown = select(*numbered_hits.c).where(numbered_hits.c.place <= 1 + MAX_NEAR)
    return shown.subquery(compiler.writing.row())


def _shown_matches(compiler: Compiler, ranked: Any, at: At, *, best: bool) -> Any:
    def member(name: str, part: At) -> Pieces:
        if name == "kind":
            return [text.word_of(ranked.c.kind, [kind.value for kind in _KINDS])]
        if name == "distance":
            return text.unless_null(ranked.c.distance, [ranked.c.distance], nullable=True)
        return [compiler.by_id(signals.by_ids, literal_column(f"{ranked.name}.id", Uuid()), part)]

    json = glued(_members(compiler, at, member))
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


# --- The feed -------------------------------------------------------------------------------------------------------


def change_page(compiler: Compiler, _: Source, at: At) -> Pieces:
    slot = compiler.slot(Way("changes"), at)
    union: Any = get_named_type(at.type)
    members = {type_.name: type_ for type_ in compiler.selections.schema.get_possible_types(union)}
    if slot.wanted is None:
        show = compiler.value(At(_field_of(members["ResyncRequired"]), at.nodes))
        return compiler.given(slot, lambda given, filling: show(_resync(filling)))
    with compiler.within(slot.name):
        return _page_of_changes(compiler, slot, At(_field_of(members["ChangePage"]), at.nodes))


def _resync(filling: Filling) -> ResyncRequired:
    actor = filling.context.actor
    return ResyncRequired.of(FreshStart(filling.context.cursors.of_place(Place(actor.feed_epoch))))


def _page_of_changes(compiler: Compiler, slot: Slot, at: At) -> Pieces:
    """The head of the feed is read by the same statement as the page, so the page holds everything up to it."""
    position, first = slot.bound("position", BigInteger()), slot.bound("first", Integer())
    head = select(func.feed_head(type_=BigInteger).label("head")).subquery()
    began = case((position > 0, slot.bound("began", BigInteger())), else_=head.c.head)
    following = changes.following(compiler.viewpoint, _Symbolic(position, began), first)
    of = following.correlate(head).lateral("following")
    place = func.row_number().over(order_by=of.c.position).label("place")
    numbered = select(of.c.position, of.c.signal_id, place).select_from(of).correlate(head).lateral("numbered")
    id = literal_column("numbered.signal_id", Uuid())

    def item(name: str, part: At) -> Pieces:
        if name == "signalId":
            return ['"sig_', text.id_digits(id), '"']
        if name == "signal":
            return [compiler.by_id(signals.by_ids, id, part)]
        return [text.truth(~signals.named_visible_to(compiler.viewpoint, id))]

    def member(name: str, part: At) -> Pieces:
        if name == "items":
            json = case((numbered.c.place <= first, glued(_members(compiler, part, item))))
            listed = func.string_agg(json, aggregate_order_by(constant(","), numbered.c.place))
            return ["[", func.coalesce(listed, constant("")), "]"]
        if name == "caughtUp":
            return [text.truth(func.count(numbered.c.place) <= first)]
        if name == "normaliserVersion":
            return [str(NORMALISER_VERSION)]
        if name == "matchKeyEpoch":
            compiler.tags_matches = True
            return compiler.hole(_newest_epoch)
        if name == "startCursor":
            return compiler.given(slot, lambda place, filling: orjson.dumps(filling.context.cursors.of_place(place)))
        return compiler.hole(_end_cursor(slot), *_end(numbered, first, began, head))

    json = glued(_members(compiler, at, member))
    return [compiler.part(select(json).select_from(head.outerjoin(numbered, true())).group_by(head.c.head))]


class _Symbolic:
    """A place in the feed that a statement takes as parameters."""

    def __init__(self, position: Any, began: Any) -> None:
        self.position, self.began = position, began


def _newest_epoch(filling: Filling, _: bytes) -> bytes:
    return orjson.dumps(filling.taggers[0].epoch if filling.taggers else None)


def _end(numbered: Any, first: Any, began: Any, head: Any) -> list[Piece]:
    """The last position of the page, where the feed had come to, whether more follow, and where the reader began."""
    last = func.coalesce(func.max(case((numbered.c.place <= first, numbered.c.position))), -1)
    more = text.truth(func.count(numbered.c.place) > first)
    return [last, _BETWEEN, head.c.head, _BETWEEN, more, _BETWEEN, began]


def _end_cursor(slot: Slot) -> Any:
    def shown(filling: Filling, held: bytes) -> bytes:
        last, head, more, began = (orjson.loads(part) for part in held.split(BETWEEN))
        start: Place = filling.given[slot.name]
        reached = start.position if last < 0 else last
        # Past what is hidden, or every poll would search through it again; the cursor's text does not tell (R18).
        end = reached if more else max(reached, head)
        return orjson.dumps(filling.context.cursors.of_place(Place(start.epoch, end, began)))

    return shown


def _changes(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    check_page(given["first"])
    start = Place(call.context.actor.feed_epoch)
    place = start if given["after"] is None else call.context.cursors.place(given["after"])
    slot.given, slot.first = place, given["first"]
    slot.bind("position", BigInteger(), place.position)
    slot.bind("began", BigInteger(), place.began)
    slot.bind("first", Integer(), given["first"])
    slot.wanted = True if place.epoch == start.epoch else None
    slot.shape = slot.wanted


# --- Guard lists ----------------------------------------------------------------------------------------------------


def guard_lists(compiler: Compiler, _: Source, at: At) -> Pieces:
    """Each list with its size, in the order of the lists."""
    entry = aliased(GuardEntryRow)
    sizes: Any = select(col(entry.guard_list).label("name"), func.count().label("count")).group_by(
        col(entry.guard_list)
    )
    size = sizes.subquery()
    counted = select(text.object_of(size.c.name, size.c.count)).select_from(size)
    show = compiler.value(at)

    def shown(_: Filling, held: bytes) -> bytes:
        sizes = orjson.loads(held)
        return show([GuardListSize(guard_list=name, entries=sizes.get(name.value, 0)) for name in GuardList])

    return compiler.hole(shown, compiler.part(counted))


WAYS = {
    "viewer": viewer,
    "impact": impact,
    "node": node,
    "nodes": several,
    "entities": several,
    "matches": matches,
    "changes": change_page,
    "guard_lists": guard_lists,
}
FILLS = {
    "impact": _impact,
    "node": _node,
    "nodes": _nodes,
    "entities": _entities,
    "matches": _matches,
    "changes": _changes,
}
