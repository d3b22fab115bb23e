"""What must hold of the schema as a whole: the contract, the federation's entities, mutations and lists."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLType,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    SchemaDefinitionNode,
    execute_sync,
    get_named_type,
    is_introspection_type,
    is_required_argument,
    parse,
    print_ast,
)

from app.graphql import nodes
from app.graphql import schema as app_schema
from app.graphql.schema import printed, schema

GRAPH = schema._schema
CONTRACT = Path(__file__).parents[2] / "schema.graphql"
DOCUMENT = parse(printed())

# Lists without pages, and what bounds each. What is listed by enum has at most its values.
BOUNDED = {
    "Query._entities": "at most 1,000 representations",
    "Query.nodes": "at most 1,000 ids",
    "Query.matchSignals": "at most 1,000 values",
    "Query.guardLists": "one for each guard list",
    "Viewer.scopes": "the scopes that there are",
    "ApiClient.scopes": "the scopes that there are",
    "TrustedDocument.operationNames": "at most 100, the definitions of a document",
    "ApiClient.redirectUris": "at most 10",
    "ApiClient.keyIds": "at most 5 keys",
    "Participant.groups": "the groups of one participant; the operator makes them by hand",
    "Signal.nearMatchTags": "at most 1, as no type has two kinds of looser spellings",
    "Signal.contributors": "each participant once",
    "Signal.contributions": "each participant once",
    "Signal.cases": "at most 100",
    "Contribution.audienceGroups": "at most 50",
    "Case.members": "each participant once",
    "ChangePage.items": "at most 1,000",
    "CaseActivityPage.items": "at most 100",
    "ReceivedFeedbackPage.items": "at most 100",
    "MatchOutcome.others": "at most 20",
    "Network.nodes": "at most 500",
    "Network.edges": "at most 2,000",
    "Feedback.actions": "each action once",
    "FeedbackVersion.actions": "each action once",
    "FeedbackSummary.verdicts": "each verdict once",
    "ImpactFunnel.actions": "each action once",
    "Impact.bySignalType": "each type once",
    "Impact.byViolation": "each violation once",
    "Impact.byParticipantClass": "each class once",
    # As many as the call had items, 1,000 at most.
    "UploadSignalsPayload.rows": "the drafts",
    "LinkSignalsPayload.rows": "the links",
    "UnlinkSignalsPayload.rows": "the ids",
    "RecordFeedbackPayload.rows": "the findings",
    "AddSignalsToCasePayload.rows": "the signals",
    "ContributionsPayload.contributions": "the ids",
    "DecidedPayload.decided": "the ids",
    "RegisterDocumentsPayload.rows": "the documents, 50 at most",
    "RetireDocumentsPayload.rows": "the ids, 50 at most",
    "RevealValuesPayload.values": "the ids, 100 at most",
}

# Mutations that need nothing from the caller.
WITHOUT_INPUT = {"issueMatchKey"}

# Words of what this version leaves out.
ABSENT = ("Dispute", "Appeal", "Training", "Compliance", "InformationRequest", "Referral")


def test_the_committed_contract_is_what_the_code_says() -> None:
    assert CONTRACT.read_text().rstrip() == printed().rstrip(), "run scripts/schema and review the difference"


def test_every_entity_is_found_through_the_policy() -> None:
    keyed = {part.name.value for part in _object_types() if "key" in _directives(part)}
    union = GRAPH.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    assert keyed == {type_.name for type_ in union.types} == {type_.__name__ for type_ in nodes.TYPES.values()}
    assert keyed == {"Signal", "Contribution", "Participant", "Case", "Feedback"}


def test_every_node_is_found_by_its_id() -> None:
    node = GRAPH.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    found = {**nodes.TYPES, **nodes.OWN_TYPES}
    assert {type_.name for type_ in GRAPH.get_possible_types(node)} == {type_.__name__ for type_ in found.values()}
    for type_ in found.values():
        assert "kept" in vars(type_), type_


def test_the_federation_is_of_the_version_that_every_composer_accepts() -> None:
    (definition,) = [part for part in DOCUMENT.definitions if isinstance(part, SchemaDefinitionNode)]
    (link,) = [directive for directive in definition.directives or () if directive.name.value == "link"]
    assert '"https://specs.apollo.dev/federation/v2.9"' in print_ast(link)


def test_pages_may_come_from_other_subgraphs_too() -> None:
    (page_info,) = [part for part in _object_types() if part.name.value == "PageInfo"]
    assert "shareable" in _directives(page_info)


def test_a_mutation_takes_one_input() -> None:
    for name, field in _mutations():
        expected = {} if name in WITHOUT_INPUT else {"input": f"{get_named_type(_input(field))}!"}
        assert {argument: str(given.type) for argument, given in field.args.items()} == expected, name


def test_a_mutation_answers_with_one_success_or_a_problem() -> None:
    for name, field in _mutations():
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), name
        assert isinstance(field.type, GraphQLNonNull), name
        assert len(set(_members(field)) - PROBLEMS) == 1, name


def test_the_input_and_the_result_of_a_mutation_are_named_after_it() -> None:
    for name, field in _mutations():
        own = name[0].upper() + name[1:]
        assert get_named_type(field.type).name == f"{own}Result"
        assert [get_named_type(given.type).name for given in field.args.values()] in ([f"{own}Input"], []), name


def test_an_id_in_an_input_says_of_what_it_is() -> None:
    for type_ in GRAPH.type_map.values():
        if isinstance(type_, GraphQLInputObjectType):
            assert not {"id", "ids"} & set(type_.fields), type_


def test_a_mutation_names_every_problem_that_it_can_end_in() -> None:
    for name, field in _mutations():
        assert _expected_problems(field) <= set(_members(field)), name


def test_every_list_is_bounded() -> None:
    """By pages, by an enum, or as declared above."""
    found = {coordinate for coordinate, field in _fields() if _is_long_list(field.type)}
    assert found == set(BOUNDED)


def test_every_page_is_asked_for_by_size_and_cursor() -> None:
    for coordinate, field in _fields():
        if get_named_type(field.type).name.endswith("Connection"):
            assert {"first", "after"} <= set(field.args), coordinate
            assert not any(is_required_argument(field.args[name]) for name in ("first", "after")), coordinate


def test_what_comes_later_is_absent() -> None:
    assert [name for name in GRAPH.type_map if any(word in name for word in ABSENT)] == []


def _object_types() -> Iterator[ObjectTypeDefinitionNode]:
    return (part for part in DOCUMENT.definitions if isinstance(part, ObjectTypeDefinitionNode))


def _directives(part: ObjectTypeDefinitionNode) -> set[str]:
    return {directive.name.value for directive in part.directives or ()}


def _mutations() -> Iterator[tuple[str, GraphQLField]]:
    assert GRAPH.mutation_type is not None
    return iter(GRAPH.mutation_type.fields.items())


def _members(field: GraphQLField) -> list[str]:
    result = get_named_type(field.type)
    assert isinstance(result, GraphQLUnionType)
    return [type_.name for type_ in result.types]


def _problems() -> set[str]:
    problem = GRAPH.type_map["Problem"]
    assert isinstance(problem, GraphQLInterfaceType)
    return {type_.name for type_ in GRAPH.get_possible_types(problem)}


PROBLEMS = _problems()


def _input(field: GraphQLField) -> GraphQLNamedType:
    return get_named_type(field.args["input"].type)


def _expected_problems(field: GraphQLField) -> set[str]:
    """What follows from the input alone; services may add to it, which shows when they are called."""
    # Whoever is restricted or suspended may call nothing that writes.
    expected = {"Forbidden"}
    if not field.args:
        return expected
    input_type = _input(field)
    assert isinstance(input_type, GraphQLInputObjectType)
    for name, given in input_type.fields.items():
        leaf, listed = get_named_type(given.type), _is_list(given.type)
        expected |= {"Conflict"} if name == "idempotencyKey" else set()
        # One that is not found among many is a row of the result.
        expected |= {"NotFound"} if leaf.name == "ID" and not listed else set()
        expected |= {"InvalidInput"} if listed or leaf.name in ("String", "Int", "DateTime") else set()
    return expected


def _fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_ in GRAPH.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            yield from ((f"{type_.name}.{name}", field) for name, field in type_.fields.items())


def _is_long_list(type_: GraphQLType) -> bool:
    leaf = get_named_type(type_)
    return _is_list(type_) and not isinstance(leaf, GraphQLEnumType) and not leaf.name.endswith("Edge")


def _is_list(type_: GraphQLType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)


def test_the_schema_is_printed_once_however_often_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    printing: list[str] = []
    real = schema.as_str
    monkeypatch.setattr(schema, "as_str", lambda: printing.append("printed") or real())
    app_schema.sdl.cache_clear()
    document = parse("{ " + " ".join(f"a{i}: _service {{ sdl }}" for i in range(50)) + " }")
    answer = execute_sync(schema._schema, document)
    assert (answer.errors, printing) == (None, ["printed"])
    assert answer.data is not None
    assert answer.data["a0"]["sdl"] == answer.data["a49"]["sdl"] == real()
