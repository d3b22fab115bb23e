"""How those fields of signals, contributions and feedback are read that no declaration by columns describes."""

from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import Integer, Text, Uuid, case, cast, column, func, literal, literal_column, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.errors import TooMany
from app.graphql.engine import text
from app.graphql.engine.arguments import Call, Slot, windowed
from app.graphql.engine.compiler import At, Compiler, Pieces
from app.graphql.engine.holes import BETWEEN, Filling, kept
from app.graphql.engine.opened_texts import opened_text
from app.graphql.engine.pages import Paged
from app.graphql.engine.repeated import Repeated
from app.graphql.engine.sources import Source, source_of
from app.graphql.engine.text import NULL, constant, glued, or_null
from app.graphql.engine.unanswerable import Unanswerable
from app.graphql.readings import Way
from app.graphql.types.feedback import FeedbackSummary
from app.graphql.types.signal import MatchTag
from app.rules.cursors import Key
from app.rules.links import MAX_LINKS_AT_ONCE, MAX_NETWORK_EDGES, MAX_NETWORKS, check_network
from app.rules.normal_forms import Canonical
from app.rules.verdicts import Verdict
from app.services.match_keys import MatchTagger
from app.store import contributions, feedback_lists, links, network, participants, signals
from app.store.feedback import TALLIES
from app.store.feedback_lists import MAX_VERSION
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackVersionRow, VictimReportRow
from app.store.tables.link import LinkRow
from app.store.tables.participant import ParticipantRow
from app.store.tables.row import TEXT, UUIDS
from app.store.tables.signal import SignalRow

_BETWEEN = BETWEEN.decode()


def contributors(compiler: Compiler, source: Source, at: At) -> Pieces:
    """In the order in which they came; who has left is left out."""
    viewer, said = compiler.viewpoint, aliased(ContributionRow, name=compiler.writing.row())
    of = aliased(ParticipantRow, name=compiler.writing.row())
    json = glued(compiler.object(at, source_of(ParticipantRow, of)))
    in_order = aggregate_order_by(constant(","), col(said.created_at), col(said.participant_id))
    found = (
        select(func.coalesce(func.string_agg(json, in_order), constant("")))
        .join_from(said, of, col(of.id) == col(said.participant_id))
        .where(contributions.on_signals.belongs(viewer, said, source["id"]), participants.visible_to(viewer, of))
    )
    return ["[", compiler.part(found), "]"]


def own_value(compiler: Compiler, source: Source, _: At) -> Pieces:
    of = aliased(SignalRow, name=compiler.writing.row())
    json = glued(compiler.hole(opened_text, text.sealed(col(of.sealed_value), col(of.id))))
    found = select(json).where(col(of.id) == source["signal_id"], signals.visible_to(compiler.viewpoint, of))
    is_own = source["participant_id"] == compiler.viewpoint.participant_id
    return [case((is_own, or_null(compiler.part(found))), else_=constant(NULL))]


def match_tag(compiler: Compiler, source: Source, at: At) -> Pieces:
    show, chosen = compiler.value(at), _of_epoch(compiler.slot(Way("match_tag"), at))
    return _tagged(compiler, source, chosen, lambda by, form, normaliser: show(MatchTag.of(by, form, normaliser)))


def near_match_tags(compiler: Compiler, source: Source, at: At) -> Pieces:
    show, chosen = compiler.value(at), _of_epoch(compiler.slot(Way("near_match_tags"), at))
    return _tagged(compiler, source, chosen, lambda by, form, normaliser: show(by.near_tags(form, normaliser)))


def _of_epoch(slot: Slot) -> Callable[[Filling], MatchTagger | None]:
    def tagger(filling: Filling) -> MatchTagger | None:
        epoch = filling.given[slot.name]
        return next((tagger for tagger in filling.taggers if epoch in (None, tagger.epoch)), None)

    return tagger


def match_tag_key(compiler: Compiler, source: Source, at: At) -> Pieces:
    show = compiler.value(at)

    def newest(filling: Filling) -> MatchTagger | None:
        return next(iter(filling.taggers), None)

    return _tagged(compiler, source, newest, lambda by, form, normaliser: show(by.tag_key(form, normaliser)))


def _tagged(
    compiler: Compiler,
    source: Source,
    chosen: Callable[[Filling], MatchTagger | None],
    written: Callable[[MatchTagger, Canonical, int], bytes],
) -> Pieces:
    compiler.tags_matches = True

    def shown(filling: Filling, held: bytes) -> bytes:
        tagger = chosen(filling)
        if tagger is None:
            return b"null"
        form, normaliser = filling.form(held)
        return written(tagger, form, normaliser)

    sealed = text.sealed(source["sealed_value"], source["id"])
    type_, qualifier = (text.held(source[name], Text(), nullable=False) for name in ("type", "qualifier"))
    normaliser = source["normaliser_version"]
    return compiler.hole(shown, sealed, _BETWEEN, *type_, _BETWEEN, *qualifier, _BETWEEN, normaliser)


def _epoch(_: Call, slot: Slot, given: dict[str, Any]) -> None:
    slot.given = given["epoch"]


def feedback_summary(compiler: Compiler, source: Source, at: At) -> Pieces:
    show = compiler.value(at)

    @kept
    def shown(held: bytes) -> bytes:
        tally = orjson.loads(held)
        return show(FeedbackSummary.of({Verdict(verdict): count for verdict, count in tally.items()}))

    tally = TALLIES.alias(compiler.writing.row())
    counted = select(text.object_of(tally.c.verdict, tally.c.participants)).where(tally.c.signal_id == source["id"])
    return compiler.hole(shown, compiler.part(counted))


def signal_links(compiler: Compiler, source: Source, at: At) -> Pieces:
    slot = compiler.slot(Way("links"), at)
    of = links.at(compiler.viewpoint, source["id"], slot.wanted, slot.window)

    def counted(filling: Filling, _: bytes) -> bytes:
        filling.links_asked += filling.given[slot.name]
        if filling.links_asked > MAX_LINKS_AT_ONCE:
            raise TooMany("too many links")
        return b""

    numbered = func.row_number().over(order_by=(col(of.created_at), col(of.id))).label("place_")
    rows = select(of, col(of.created_at).label("moment_"), col(of.id).label("last_"), numbered)
    # One end of each is this signal.
    ends = Repeated.of(rows, compiler.writing.row(), "a_id", "b_id")
    link = source_of(LinkRow, aliased(LinkRow, ends.rows), ends)
    page = Paged(ends.rows, slot, lambda inner, edge: inner.object(edge, link), repeated=ends)
    return [*compiler.hole(counted), *compiler.page(page, at)]


def _links(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    windowed(call, slot, given)
    relation = given["relation"]
    if relation is not None:
        slot.wanted = slot.bind("relation", TEXT, relation.value)
    slot.shape = (slot.shape, relation is not None)
    slot.given = given["first"]


def signal_network(compiler: Compiler, source: Source, at: At) -> Pieces:
    slot = compiler.slot(Way("network"), at)
    compiler.networks.append(tuple(compiler.around))
    depth, limit = slot.bound("depth", Integer()), slot.bound("limit", Integer())
    walked = network.reached(compiler.viewpoint, source["id"], depth, limit).lateral(compiler.writing.row())

    def counted(filling: Filling, _: bytes) -> bytes:
        filling.networks_asked += 1
        if filling.networks_asked > MAX_NETWORKS:
            raise Unanswerable("it asks for more networks than there may be in one operation")
        return b""

    with compiler.within(None):
        return [*compiler.hole(counted), *_network_of(compiler, walked, at)]


def _network_of(compiler: Compiler, walked: Any, at: At) -> Pieces:
    """The links are found once, however many parts of the network speak of them."""
    reached = literal_column(f"{walked.name}.reached", UUIDS)
    among = network.among(compiler.viewpoint, reached, literal(MAX_NETWORK_EDGES + 1, Integer))
    in_order = func.row_number().over(order_by=(among.c.place, among.c.far_place, among.c.id)).label("place_")
    ends = Repeated.of(select(*among.c, in_order).select_from(among), compiler.writing.row(), "a_id", "b_id")
    edges: list[Any] = []
    name = compiler.writing.row()

    def part(at: At) -> Pieces:
        if at.name == "edges":
            edges.append(_network_edges(compiler, ends, at).label(f"edges_{len(edges)}"))
            return [literal_column(f"{name}.{edges[-1].name}", Text)]
        if at.name == "truncated":
            count = literal_column(f"{name}.count", Integer)
            return [text.truth(walked.c.truncated.op("OR")(count > MAX_NETWORK_EDGES))]
        return _network_nodes(compiler, reached, at)

    json = glued(compiler.written(at, part))
    linked = select(func.count().label("count"), *edges).select_from(ends.joined()).lateral(name)
    return [compiler.part(select(json).select_from(walked.join(linked, true())))]


def _network_edges(compiler: Compiler, ends: Repeated, at: At) -> Any:
    json = glued(compiler.object(at, source_of(LinkRow, aliased(LinkRow, ends.rows), ends)))
    place = ends.rows.c.place_
    listed = func.string_agg(case((place <= MAX_NETWORK_EDGES, json)), aggregate_order_by(constant(","), place))
    return glued(["[", func.coalesce(listed, constant("")), "]"])


def _network_nodes(compiler: Compiler, reached: Any, at: At) -> Pieces:
    met = func.unnest(reached).table_valued(column("id", Uuid()), with_ordinality="place")
    each = met.render_derived(compiler.writing.row())
    json = compiler.found(signals.by_ids, literal_column(f"{each.name}.id", Uuid()), at)
    listed = func.string_agg(json, aggregate_order_by(constant(","), each.c.place))
    return ["[", compiler.part(select(func.coalesce(listed, constant(""))).select_from(each)), "]"]


def _network(_: Call, slot: Slot, given: dict[str, Any]) -> None:
    depth, limit = given["depth"], given["limit"]
    check_network(depth, limit)
    slot.bind("depth", Integer(), depth)
    slot.bind("limit", Integer(), limit)


def victim_report(compiler: Compiler, source: Source, _: At) -> Pieces:
    """What became of the newest report that came with the viewer's own feedback."""
    of, own = aliased(VictimReportRow, name=compiler.writing.row()), compiler.viewpoint.participant_id
    found = (
        select(cast(func.to_json(col(of.state)), Text))
        .where(col(of.feedback_id) == source["id"], col(of.author_id) == own, source["author_id"] == own)
        .order_by(col(of.created_at).desc())
        .limit(1)
    )
    return [or_null(compiler.part(found))]


def history(compiler: Compiler, source: Source, at: At) -> Pieces:
    """Within one feedback the version makes the order, so it takes the place of the id in cursors."""
    slot = compiler.slot(Way("history"), at)
    of = aliased(FeedbackVersionRow, name=compiler.writing.row())
    version = col(of.version)
    query = select(
        of,
        col(of.recorded_at).label("moment_"),
        version.label("last_"),
        func.row_number().over(order_by=version.desc()).label("place_"),
    ).where(feedback_lists.versions(compiler.viewpoint, of, source["id"]))
    if slot.window.after is not None:
        query = query.where(version < slot.bound("version", Integer()))
    rows = query.order_by(version.desc()).limit(slot.window.first + 1).subquery(compiler.writing.row())
    shown = source_of(FeedbackVersionRow, aliased(FeedbackVersionRow, rows))
    page = Paged(
        rows,
        slot,
        lambda inner, edge: inner.object(edge, shown),
        lambda last: func.lpad(func.to_hex(last), 32, constant("0")),
    )
    return compiler.page(page, at)


def _history(call: Call, slot: Slot, given: dict[str, Any]) -> None:
    windowed(call, slot, given)
    after: Key | None = call.context.cursors.key(given["after"])
    if after is not None:
        # A cursor of another list holds an id there, far beyond any version.
        slot.bind("version", Integer(), min(after.id.int, MAX_VERSION))


WAYS = {
    "contributors": contributors,
    "own_value": own_value,
    "match_tag": match_tag,
    "near_match_tags": near_match_tags,
    "match_tag_key": match_tag_key,
    "feedback_summary": feedback_summary,
    "links": signal_links,
    "network": signal_network,
    "victim_report": victim_report,
    "history": history,
}
FILLS = {"match_tag": _epoch, "near_match_tags": _epoch, "links": _links, "network": _network, "history": _history}
