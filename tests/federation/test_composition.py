"""Our schema composes with a partner's, in the composers that gateways use, and keeps what it says of scopes."""

from pathlib import Path

import pytest
from graphql import DirectiveNode, parse, print_ast

from app.graphql.schema import printed as our_schema
from tests.federation import installed, subgraphs
from tests.federation.subgraphs import Composed

COMPOSERS = {subgraphs.GUILD: installed.federation, subgraphs.APOLLO: installed.apollo}


async def composed(composer: str, directory: Path, theirs: str | None = None) -> Composed:
    partner = await subgraphs.printed(directory)
    if theirs is not None:
        partner.write_text(theirs)
    where = {
        "exchange": ("http://exchange.example/graphql", subgraphs.CONTRACT),
        "partner": ("http://partner.example/graphql", partner),
    }
    return await subgraphs.compose(COMPOSERS[composer](), composer, directory, where)


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_our_schema_composes_with_a_partners(composer: str, tmp_path: Path) -> None:
    supergraph = (await composed(composer, tmp_path)).supergraph
    types = {getattr(part, "name", None) and part.name.value: part for part in parse(supergraph).definitions}
    fields = {field.name.value for field in types["Signal"].fields}
    assert {"maskedValue", "localMatches", "localNote"} <= fields
    assert {"signals", "watchlist"} <= {field.name.value for field in types["Query"].fields}
    assert {"uploadSignals", "watchSignal"} <= {field.name.value for field in types["Mutation"].fields}


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_the_supergraph_asks_for_the_scopes_that_we_ask_for(composer: str, tmp_path: Path) -> None:
    asked = scopes_in((await composed(composer, tmp_path)).supergraph)
    ours = scopes_in(our_schema())
    assert len(ours) > 50
    assert {at: said for at, said in asked.items() if at in ours} == ours


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_a_partner_that_takes_over_a_field_of_ours_is_refused(composer: str, tmp_path: Path) -> None:
    theirs = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
      type Query { watchlist: [Signal!]! } type Signal @key(fields: "id") { id: ID! maskedValue: String! }"""
    refused = await composed(composer, tmp_path, theirs)
    assert refused.supergraph == ""
    assert "INVALID_FIELD_SHARING" in refused.said


def scopes_in(sdl: str) -> dict[str, str]:
    """What types and their fields ask for, by coordinate."""
    found = {}
    for part in parse(sdl).definitions:
        name = part.name.value if hasattr(part, "fields") else ""
        at = {name: part} | {f"{name}.{field.name.value}": field for field in getattr(part, "fields", None) or ()}
        found |= {where: said for where, node in at.items() if (said := _scopes(getattr(node, "directives", ())))}
    return found


def _scopes(directives: tuple[DirectiveNode, ...]) -> str:
    return "".join(print_ast(one) for one in directives or () if one.name.value == "requiresScopes")
