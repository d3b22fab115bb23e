"""Our schema composes with a partner's, in the composers that gateways use, and keeps what it says of scopes."""

import re
from pathlib import Path

import pytest
from graphql import parse, print_ast

from app.graphql.schema import printed as our_schema
from tests.federation import installed, subgraphs
from tests.federation.subgraphs import Composed

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])"""
# What gateways refuse by, and count with.
KEPT = frozenset({"requiresScopes", "authenticated", "cost", "listSize"})
COMPOSERS = {subgraphs.GUILD: installed.federation, subgraphs.APOLLO: installed.apollo}


async def composed(composer: str, directory: Path, files: dict[str, Path]) -> Composed:
    where = {name: (f"http://{name}.example/graphql", file) for name, file in files.items()}
    return await subgraphs.compose(COMPOSERS[composer](), composer, directory, where)


async def composed_with(composer: str, directory: Path, theirs: str) -> Composed:
    """Of ours with one other schema."""
    other = directory / "other.graphql"
    other.write_text(f"{LINK}\n{theirs}")
    return await composed(composer, directory, {"exchange": subgraphs.CONTRACT, "other": other})


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_our_schema_composes_with_a_partners(composer: str, tmp_path: Path, contracts: dict[str, Path]) -> None:
    supergraph = (await composed(composer, tmp_path, contracts)).supergraph
    types = {getattr(part, "name", None) and part.name.value: part for part in parse(supergraph).definitions}
    fields = {field.name.value for field in types["Signal"].fields}
    assert {"maskedValue", "localMatches", "localNote", "localAccounts"} <= fields
    assert {"signals", "watchlist", "accounts"} <= {field.name.value for field in types["Query"].fields}
    assert {"uploadSignals", "watchSignal"} <= {field.name.value for field in types["Mutation"].fields}


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_the_supergraph_asks_for_what_we_ask_for(
    composer: str, tmp_path: Path, contracts: dict[str, Path]
) -> None:
    asked = kept_in((await composed(composer, tmp_path, contracts)).supergraph)
    ours = kept_in(our_schema())
    assert len(ours) > 100
    assert {at: said for at, said in asked.items() if at in ours} == ours


async def test_a_scope_that_gets_lost_shows(tmp_path: Path, contracts: dict[str, Path]) -> None:
    lost = tmp_path / "lost.graphql"
    lost.write_text(our_schema().replace(' @requiresScopes(scopes: [["signals:match"]])', "", 1))
    supergraph = (await composed(subgraphs.GUILD, tmp_path, contracts | {"exchange": lost})).supergraph
    assert not kept_in(our_schema()).keys() <= kept_in(supergraph).keys()


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_a_partner_that_takes_over_a_field_of_ours_is_refused(composer: str, tmp_path: Path) -> None:
    theirs = 'type Query { watchlist: [Signal!]! } type Signal @key(fields: "id") { id: ID! maskedValue: String! }'
    refused = await composed_with(composer, tmp_path, theirs)
    assert refused.supergraph == ""
    assert "INVALID_FIELD_SHARING" in refused.said


@pytest.mark.parametrize("composer", COMPOSERS)
async def test_a_partner_may_refer_by_every_key_and_return_the_values_that_are_shared(
    composer: str, tmp_path: Path
) -> None:
    """The enums of these are copied word for word, from the schema itself."""
    copied = [printed_type(name) for name in ("PageInfo", "ActionCount", "EnforcementAction", "SignalType", "Problem")]
    copied += [printed_type(name) for name in ("InvalidInput", "NotFound", "Conflict", "Forbidden", "Refusal")]
    theirs = """
      type Query { seen: Seen! }
      type Seen { signal: Signal participant: Participant pageInfo: PageInfo! counts: [ActionCount!]! refused: Problem }
      type Signal @key(fields: "type matchTagKey") { type: SignalType! matchTagKey: String localScore: Int! }
      type Participant @key(fields: "slug") { slug: String! ourContact: String! }"""
    done = await composed_with(composer, tmp_path, "\n".join([*copied, theirs]))
    assert {"localScore", "ourContact"} <= set(re.findall(r"\w+", done.supergraph)), done.said


def printed_type(name: str) -> str:
    (found,) = [
        part for part in parse(our_schema()).definitions if getattr(getattr(part, "name", None), "value", "") == name
    ]
    return print_ast(found)


def kept_in(sdl: str) -> dict[tuple[str, str, str], str]:
    """What gateways are told by types, fields and inputs: by coordinate, directive and argument."""
    found = {}
    for part in parse(sdl).definitions:
        name = part.name.value if hasattr(part, "fields") else ""
        at = {name: part} | {f"{name}.{field.name.value}": field for field in getattr(part, "fields", None) or ()}
        for where, node in at.items():
            for directive in getattr(node, "directives", None) or ():
                if (said := directive.name.value) in KEPT:
                    found[where, said, ""] = ""
                    stated = directive.arguments or ()
                    found |= {(where, said, given.name.value): print_ast(given.value) for given in stated}
    return found
