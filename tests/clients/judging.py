"""What an answer to any GraphQL request has to be, whatever was asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_schema, execute_sync, is_enum_type

from app.errors import ExchangeError
from app.graphql.documents import PARSE_FAILED, VALIDATION_FAILED
from app.rules.scopes import Scope
from tests.clients.asked import Asked
from tests.clients.wordings import is_our_word, is_ours

# Of errors that a client can cause.
CODES = {error.code for error in ExchangeError.__subclasses__()} | {PARSE_FAILED, VALIDATION_FAILED}
# Characters of a generated text from which on no answer repeats it by chance.
LONG = 6


@dataclass(frozen=True)
class Reply:
    status: int
    text: str


@cache
def contract() -> GraphQLSchema:
    text = (Path(__file__).resolve().parents[2] / "schema.graphql").read_text()
    return build_schema(text, assume_valid=True)


def wrong_with(asked: Asked, reply: Reply) -> list[str]:
    """All that the answer should not be; empty if nothing."""
    if reply.status >= 500:
        return [f"the status {reply.status}"]
    try:
        answer = json.loads(reply.text)
    except ValueError:
        return ["no JSON"]
    if not isinstance(answer, dict) or not {"data", "errors"} & answer.keys() or answer.get("errors") == []:
        return ["no answer of GraphQL"]
    errors, data = answer.get("errors") or [], answer.get("data")
    wrong = [f"an error that is not ours: {error}" for error in errors if not _is_ours(error)]
    wrong += [f"words that are not ours: {told['message']}" for told in problems(data) if not is_ours(told["message"])]
    told = json.dumps([_said(error) for error in [*errors, *problems(data)]], ensure_ascii=False)
    wrong += [f"what was sent: {text}" for text in _long_texts(asked) if text in told]
    return wrong + (_misshapen(asked, data) if data is not None else [])


def codes(reply: Reply) -> list[str]:
    """Of all that was refused, at the top or within; that of a row is its reason."""
    said = json.loads(reply.text)
    within = [str(problem.get("code") or problem.get("reason") or "A ROW") for problem in problems(said.get("data"))]
    return [error["extensions"]["code"] for error in said.get("errors") or []] + within


def problems(data: Any) -> Iterator[dict[str, Any]]:
    """Refusals within an answer: of the types that have a message."""
    waiting = [data]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(part.get("message"), str):
                yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _is_ours(error: Any) -> bool:
    if not isinstance(error, dict) or error.keys() - {"message", "locations", "path", "extensions"}:
        return False
    extensions = error.get("extensions")
    has_code = isinstance(extensions, dict) and extensions.get("code") in CODES
    return has_code and is_ours(error["message"])


def _said(error: Any) -> list[Any]:
    """What an error or a problem says by itself; the place in the document is the client's own."""
    return [value for key, value in error.items() if key not in ("path", "locations")]


def _long_texts(asked: Asked) -> set[str]:
    """The values that were sent and that an error could repeat, as they would stand in JSON.

    Without the words of our own errors: the generator finds some in the sources.
    """
    found = {json.dumps(value, ensure_ascii=False)[1:-1] for value in asked.values() if value not in _names()}
    return {text for text in found if len(text) >= LONG and not is_our_word(text)}


@cache
def _names() -> frozenset[str]:
    """Names of the schema and of scopes, which errors are free to speak of."""
    enums = (type_ for type_ in contract().type_map.values() if is_enum_type(type_))
    return frozenset((*contract().type_map, *(value for type_ in enums for value in type_.values), *map(str, Scope)))


def _misshapen(asked: Asked, data: Any) -> list[str]:
    """Lets graphql-core answer from the answer: the same comes out only if it fits the document and the schema."""

    def answered(source: Any, info: Any, **_arguments: Any) -> Any:
        return source[info.path.key]

    def named(value: Any, *_: Any) -> str:
        return str(value["__typename"])

    document, variables = asked.document, dict(asked.variables)
    again = execute_sync(
        contract(), document, data, variable_values=variables, field_resolver=answered, type_resolver=named
    )
    if again.errors:
        return [f"not what the schema says: {again.errors[0]}"]
    return [] if again.data == data else ["more or other than was asked for"]
