"""What the client asks is of the schema, and its types say of the answers neither more nor less than comes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from itertools import combinations
from types import UnionType
from typing import Any, Literal, NotRequired, TypedDict, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    get_variable_values,
    parse,
    validate,
)

from app.client import inputs, operating, operations
from app.client.operations import Operation
from tests.client.installed import ROOT

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SIGNAL = "sig_00000000000000000000000000000001"
# A call of each function, and where within the field that is asked for stands what it gives.
CALLS: Mapping[Callable[..., Operation[Any]], tuple[tuple[Any, ...], Mapping[str, Any], str]] = {
    operations.viewer: ((), {"participant": True}, ""),
    operations.impact: ((NOW, NOW), {}, "impact"),
    operations.upload: (
        ([{"type": "KEYWORD", "value": "x", "violations": [], "severity": "LOW", "confidence": 1}],),
        {},
        "rows",
    ),
    operations.link: (([{"from": SIGNAL, "to": SIGNAL, "relation": "SAME_ACTOR"}],), {}, "rows"),
    operations.retract: (([SIGNAL], "ERROR"), {}, "contributions"),
    operations.match: (([{"type": "KEYWORD", "value": "x", "language": "en"}],), {}, ""),
    operations.changes: ((), {"scopes": ["signals:match"]}, ""),
    operations.record: (([{"signalId": SIGNAL, "verdict": "MATCHED"}],), {}, "rows"),
    operations.reveal: (([SIGNAL], "MATCH_REVIEW", "an example"), {}, "values"),
    operations.issue_match_key: ((), {}, ""),
    operations.match_key_epoch: ((), {}, "matchKeyEpoch"),
    operations.acknowledge: (("a cursor",), {}, "acknowledgedAt"),
    operations.load_guard_entries: (("TOP_SITES", ["example.com"]), {}, "changed"),
}
# What `conversation` raises instead of giving it.
ERRORS = {"Problem", "InvalidInput"}
SCALARS = {"String": str, "ID": str, "DateTime": str, "Int": int, "BigInt": int, "Boolean": bool, "Float": float}
INPUTS = [one for name, one in vars(inputs).items() if is_typeddict(one)]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema.graphql").read_text("utf-8"), assume_valid=True)


def name_of(one: Callable[..., Operation[Any]]) -> str:
    return one.__name__


def document_names(folder: str = "") -> Iterator[str]:
    for file in files("app.client").joinpath("documents", folder).iterdir():
        if file.is_file():
            yield file.name.removesuffix(".graphql")


@pytest.mark.parametrize("name", [*document_names(), *(f"operating/{name}" for name in document_names("operating"))])
def test_a_document_is_valid(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, parse(operations.document(name))) == []


def test_each_document_is_called_here() -> None:
    assert set(document_names()) == {call.__name__ for call in CALLS}


def test_each_change_and_list_of_operators_has_its_document() -> None:
    assert set(document_names("operating")) == {*get_args(operating.Change), *get_args(operating.Listed)}


@pytest.mark.parametrize("name", get_args(operating.Listed))
@pytest.mark.parametrize("scopes", [(), ("participants:read",)])
def test_a_list_of_operators_is_valid_with_and_without_whose_each_is(
    name: operating.Listed, scopes: tuple[str, ...], schema: GraphQLSchema
) -> None:
    operation = operating.page(name, scopes)
    assert validate(schema, parse(operation.document)) == []
    assert "Boolean" not in operation.document
    if name != "participants":
        assert ("slug" in operation.document) == bool(scopes)


@pytest.mark.parametrize("name", ["changes", "viewer"])
def test_a_document_is_valid_with_any_of_its_parts(name: str, schema: GraphQLSchema) -> None:
    whole = {"changes": ["feedback", "participants", "tags"], "viewer": ["participant"]}[name]
    for count in range(len(whole) + 1):
        for parts in combinations(whole, count):
            text = operations.document_with(name, frozenset(parts))
            assert validate(schema, parse(text)) == []
            assert "Boolean" not in text
            assert "include" not in text
            assert ("matchTag" in text, "contributors" in text) == ("tags" in parts, "participants" in parts)


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_the_variables_are_those_of_the_document(call: Callable[..., Operation[Any]], schema: GraphQLSchema) -> None:
    given, named, _ = CALLS[call]
    operation = call(*given, **named)
    (definition,) = (d for d in parse(operation.document).definitions if isinstance(d, OperationDefinitionNode))
    declared = definition.variable_definitions or ()
    assert operation.variables.keys() <= {variable.variable.name.value for variable in declared}
    coerced = get_variable_values(schema, declared, dict(operation.variables))
    assert not isinstance(coerced, list), coerced


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_an_answer_is_what_its_types_say(call: Callable[..., Operation[Any]], schema: GraphQLSchema) -> None:
    place = CALLS[call][2]
    document = parse(operations.document(call.__name__))
    (wanted,) = get_args(get_type_hints(call)["return"])
    assert list(Walk(schema, document).differences(wanted, place)) == []


@pytest.mark.parametrize("wanted", INPUTS, ids=lambda one: one.__name__)
def test_an_input_is_that_of_the_schema(wanted: Any, schema: GraphQLSchema) -> None:
    kind = schema.type_map[wanted.__name__]
    assert isinstance(kind, GraphQLInputObjectType)
    said = get_type_hints(wanted)
    assert said.keys() == kind.fields.keys()
    for name, field in kind.fields.items():
        assert (name in wanted.__required_keys__) == is_required(field), name
        assert not list(Walk(schema, parse("{ a }")).of_type(field.type, said[name], [], name))


def is_required(field: Any) -> bool:
    return isinstance(field.type, GraphQLNonNull) and field.ast_node.default_value is None


@pytest.mark.parametrize(
    ("selected", "said"),
    [
        ("clientId", {"clientId": str, "scopes": list[str]}),
        ("clientId scopes", {"clientId": str}),
        ("person { id }", {"person": TypedDict("Person", {"id": str})}),
        ("scopes", {"scopes": str}),
        ("scopes", {"scopes": list[str | None]}),
        ("clientId", {"clientId": int}),
        ("clientId", {"clientId": str | None}),
        ("clientId @include(if: $given)", {"clientId": str}),
        ("clientId", {"clientId": NotRequired[str]}),
        (
            "participant { participantClass }",
            {"participant": TypedDict("P", {"participantClass": Literal["A"]}) | None},
        ),
    ],
)
def test_a_type_that_lies_is_found(selected: str, said: dict[str, Any], schema: GraphQLSchema) -> None:
    document = parse(f"query ($given: Boolean!) {{ viewer {{ {selected} }} }}")
    assert list(Walk(schema, document).differences(TypedDict("Told", said), ""))  # type: ignore[operator]


class Walk:
    """Along the selections of one document, beside the types that speak of them."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        definitions = document.definitions
        self.fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        (self.operation,) = (d for d in definitions if isinstance(d, OperationDefinitionNode))

    def differences(self, wanted: Any, place: str) -> Iterator[str]:
        root = self.schema.get_root_type(self.operation.operation)
        (field,) = self.operation.selection_set.selections
        assert isinstance(field, FieldNode)
        kind, sets = root.fields[field.name.value].type, [field.selection_set]
        if place:
            found = [(on, f) for on, f, _ in self.selected(get_named_type(kind), sets) if f.name.value == place]
            ((on, inner),) = found
            kind, sets = on.fields[place].type, [inner.selection_set]
        yield from self.of_type(kind, wanted, sets, field.name.value)

    def of_type(self, kind: Any, wanted: Any, sets: list[SelectionSetNode | None], where: str) -> Iterator[str]:
        members = get_args(wanted) if get_origin(wanted) in (Union, UnionType) else (wanted,)
        given = tuple(member for member in members if member is not type(None))
        if isinstance(kind, GraphQLNonNull) == (type(None) in members):
            yield f"{where}: null or not"
        inner = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(inner, GraphQLList):
            if get_origin(given[0]) is list:
                yield from self.of_type(inner.of_type, get_args(given[0])[0], sets, where)
            else:
                yield f"{where}: a list"
        elif isinstance(inner, GraphQLEnumType):
            # A text says less than the enum, and nothing wrong.
            if given != (str,) and get_args(given[0]) != tuple(inner.values):
                yield f"{where}: other words"
        elif isinstance(inner, GraphQLInputObjectType):
            if given[0].__name__ != inner.name:
                yield f"{where}: {inner.name}"
        elif inner.name in SCALARS:
            if given != (SCALARS[inner.name],):
                yield f"{where}: {inner.name}"
        else:
            yield from self.of_objects(inner, given, sets, where)

    def of_objects(self, kind: Any, given: Any, sets: list[SelectionSetNode | None], where: str) -> Iterator[str]:
        by_type: dict[str, dict[str, tuple[Any, FieldNode, bool]]] = {}
        for on, field, optional in self.selected(kind, sets):
            if on.name not in ERRORS:
                by_type.setdefault(on.name, {})[field.name.value] = (on, field, optional)
        if len(by_type) != len(given):
            yield f"{where}: {len(by_type)} types"
            return
        for one in given:
            fields = by_type[one.__name__] if len(given) > 1 else next(iter(by_type.values()))
            said = get_type_hints(one)
            if said.keys() != fields.keys():
                yield f"{where}: {said.keys() ^ fields.keys()}"
                continue
            for name, (on, field, optional) in fields.items():
                if optional == (name in one.__required_keys__):
                    yield f"{where}.{name}: there or not"
                yield from self.of_type(on.fields[name].type, said[name], [field.selection_set], f"{where}.{name}")

    def selected(self, kind: Any, sets: list[SelectionSetNode | None]) -> Iterator[tuple[Any, FieldNode, bool]]:
        """Of which type, which field, and whether it may be left out."""
        for selection in (one for chosen in sets if chosen is not None for one in chosen.selections):
            if isinstance(selection, FieldNode):
                yield kind, selection, bool(selection.directives)
            elif isinstance(selection, InlineFragmentNode):
                assert selection.type_condition is not None
                on = self.schema.type_map[selection.type_condition.name.value]
                yield from self.selected(on, [selection.selection_set])
            elif isinstance(selection, FragmentSpreadNode):
                fragment = self.fragments[selection.name.value]
                on = self.schema.type_map[fragment.type_condition.name.value]
                yield from self.selected(on, [fragment.selection_set])
