"""What is asked: one GraphQL document for each workload, the same for every server that speaks our schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.bench.limit_sql import FIRST_CASE_SIGNALS, FIRST_LINKS, FIRST_NOTES, SECOND_LINKS

MATCHED_VALUES = 100
FEED_PAGE = 1_000
BULK_FEEDBACK = 100
UPLOADED = 1_000

_CONTRIBUTIONS = "contributions { contributor { name } violations severity confidence }"

MATCH = f"""query Match($values: [MatchValueInput!]!) {{
  matchSignals(values: $values) {{
    index
    best {{ kind signal {{ id type maskedValue severity {_CONTRIBUTIONS}
      feedbackSummary {{ opinion verdicts {{ verdict participants }} }} }} }} }} }}"""

FEED = """query Feed($after: String, $first: Int!) {
  changes(after: $after, first: $first) {
    ... on ChangePage {
      items { signalId removed signal {
        id type level qualifier maskedValue value violations severity confidence handling createdAt updatedAt } }
      endCursor caughtUp }
    ... on ResyncRequired { startCursor } } }"""

GRAPH = f"""query Graph($id: ID!) {{
  signal(id: $id) {{
    id type maskedValue severity confidence
    {_CONTRIBUTIONS}
    cases {{ id title status }}
    links(first: {FIRST_LINKS}) {{ edges {{ node {{
      id relation confidence assertedBy {{ name }} from {{ ...Near }} to {{ ...Near }} }} }} }} }} }}
fragment Near on Signal {{
  id type maskedValue severity
  links(first: {SECOND_LINKS}) {{ edges {{ node {{
    relation confidence from {{ id type maskedValue }} to {{ id type maskedValue }} }} }} }} }}"""

SIGNAL = """query One($id: ID!) { signal(id: $id) { id type maskedValue severity confidence } }"""

CASE = f"""query Case($id: ID!) {{
  node(id: $id) {{ ... on Case {{
    id title status updatedAt openedBy {{ name }}
    members {{ joinedAt participant {{ name }} }}
    signals(first: {FIRST_CASE_SIGNALS}) {{ edges {{ node {{
      addedAt addedBy {{ name }} signal {{ id type maskedValue severity confidence }} }} }} }}
    notes(first: {FIRST_NOTES}) {{ edges {{ node {{ id text createdAt author {{ name }} }} }} }} }} }} }}"""

FEEDBACK = """mutation Record($input: RecordFeedbackInput!) {
  recordFeedback(input: $input) {
    ... on RecordFeedbackPayload { created rejected rows { index outcome feedbackId } }
    ... on Problem { code message } } }"""

UPLOAD = """mutation Upload($input: UploadSignalsInput!) {
  uploadSignals(input: $input) {
    ... on UploadSignalsPayload { created rejected rows { index outcome signalId contributionId } }
    ... on Problem { code message } } }"""


@dataclass(frozen=True, slots=True)
class Workload:
    """`rows` is what one request is about, where that is more than one thing."""

    name: str
    document: str
    field: str
    writes: bool = False
    rows: int = 1


WORKLOADS: Mapping[str, Workload] = MappingProxyType(
    {
        w.name: w
        for w in (
            Workload("match", MATCH, "matchSignals", rows=MATCHED_VALUES),
            Workload("feed", FEED, "changes", rows=FEED_PAGE),
            Workload("graph", GRAPH, "signal"),
            Workload("signal", SIGNAL, "signal"),
            Workload("case", CASE, "node"),
            Workload("feedback", FEEDBACK, "recordFeedback", writes=True),
            Workload("feedback100", FEEDBACK, "recordFeedback", writes=True, rows=BULK_FEEDBACK),
            Workload("upload", UPLOAD, "uploadSignals", writes=True, rows=UPLOADED),
        )
    }
)
