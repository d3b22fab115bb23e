"""The same questions in the words of PostGraphile, where it has any of its own; of several ways, the fastest."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from tests.bench.calls import Call
from tests.bench.contender import Contender
from tests.bench.limit_sql import FIRST_CASE_SIGNALS, FIRST_LINKS, FIRST_NOTES, SECOND_LINKS
from tests.bench.workloads import Workload

# Values, titles and notes stay sealed, and what the exchange derives for a viewer is left to the client.
_STATEMENTS = "statementsList { contributor { name } violations severity confidence }"

_MATCH = f"""query Match($types: [String]!, $tags: [Base64EncodedBinary]!, $loose: [Base64EncodedBinary]!) {{
  matchSignals: matchSignalsList(types: $types, tags: $tags, loose: $loose) {{
    rowId tag type sealedValue {_STATEMENTS} feedbacksList {{ verdict }} }} }}"""

_FEED = """query Feed($after: BigInt!, $first: Int!) {
  changes: changesList(afterPosition: $after, size: $first) { position signal {
    rowId type qualifier sealedValue
    statementsList { violations severity confidence handling createdAt updatedAt } } } }"""

_GRAPH = f"""query Graph($id: UUID!) {{
  signal: signalByRowId(rowId: $id) {{
    rowId type sealedValue
    {_STATEMENTS}
    inCasesList {{ sharedCaseByCaseId {{ rowId sealedTitle status }} }}
    linksList(size: {FIRST_LINKS}) {{
      rowId relation confidence assertedBy {{ name }} from {{ ...Near }} to {{ ...Near }} }} }} }}
fragment Near on Signal {{
  rowId type sealedValue severity
  linksList(size: {SECOND_LINKS}) {{
    relation confidence from {{ rowId type sealedValue }} to {{ rowId type sealedValue }} }} }}"""

_SIGNAL = """query One($id: UUID!) {
  signal: signalByRowId(rowId: $id) { rowId type sealedValue severity confidence } }"""

_CASE = f"""query Case($id: UUID!) {{
  node: sharedCaseByRowId(rowId: $id) {{
    rowId sealedTitle status updatedAt opener {{ name }}
    caseMembersByCaseIdList {{ joinedAt participant {{ name }} }}
    signals: caseSignalsByCaseIdList(first: {FIRST_CASE_SIGNALS}) {{
      addedAt adder {{ name }} signal {{ rowId type sealedValue severity confidence }} }}
    notes: caseNotesByCaseIdList(first: {FIRST_NOTES}) {{ rowId sealedText createdAt author {{ name }} }} }} }}"""

_FEEDBACK = """mutation Record($input: RecordFeedbackInput!) {
  recordFeedback(input: $input) { result { index outcome feedbackId } } }"""

_UPLOAD = """mutation Upload($input: UploadSignalsInput!) {
  uploadSignals(input: $input) { result { index outcome signalId contributionId } } }"""


def _base64(digits: str | None) -> str | None:
    return None if digits is None else b64encode(bytes.fromhex(digits)).decode()


def _uuid(digits: str) -> str:
    return str(UUID(hex=digits))


def _of_id(said: dict[str, Any]) -> dict[str, Any]:
    return {"id": _uuid(said["id"])}


def _of_match(said: dict[str, Any]) -> dict[str, Any]:
    return {"types": said["types"]} | {name: [_base64(tag) for tag in said[name]] for name in ("tags", "loose")}


def _of_feed(said: dict[str, Any]) -> dict[str, Any]:
    return {"after": str(said["after"]), "first": said["first"]}


_BINARY = {"tags": "tags", "sealed": "sealed", "key_tags": "keyTags"}
_IDS = {"groups": "groups", "ids": "ids", "signals": "signals", "contributions": "contributions"}
_IDS |= {"key_ids": "keyIds"}


def _of_write(said: dict[str, Any]) -> dict[str, Any]:
    given = dict(said, viewer=_uuid(said["viewer"]))
    for names, written in ((_BINARY, _base64), (_IDS, _uuid)):
        for name in names.keys() & given.keys():
            given[names[name]] = [written(each) for each in given.pop(name)]
    return {"input": given}


_ASKED: Mapping[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType(
    {
        "match": (_MATCH, _of_match),
        "feed": (_FEED, _of_feed),
        "graph": (_GRAPH, _of_id),
        "signal": (_SIGNAL, _of_id),
        "case": (_CASE, _of_id),
        "feedback": (_FEEDBACK, _of_write),
        "feedback100": (_FEEDBACK, _of_write),
        "upload": (_UPLOAD, _of_write),
    }
)


class PostGraphile(Contender):
    """It works as the owner of the tables: no token, no scope, no policy, no sight, and nothing is decrypted."""

    @property
    def knows_viewers(self) -> bool:
        return False

    def body(self, workload: Workload, call: Call) -> bytes:
        document, variables = _ASKED[workload.name]
        return orjson.dumps({"query": document, "variables": variables(call.finished)})

    def token(self, viewer: int) -> str | None:
        return None

    def looks_right(self, workload: Workload) -> Callable[[bytes], bool]:
        if workload.writes:
            return lambda body: b'"errors"' not in body and body.count(b'"CREATED"') == workload.rows
        return lambda body: b'"errors"' not in body

    def counted(self, workload: Workload, data: Any) -> int:
        found = data[workload.field]
        if workload.name in ("match", "feed"):
            return len(found)
        if workload.name == "case":
            return len(found["signals"]) + len(found["notes"])
        if workload.name == "graph":
            return len(found["linksList"]) + len(found["inCasesList"])
        return len(found["result"]) if workload.writes else int(found is not None)
