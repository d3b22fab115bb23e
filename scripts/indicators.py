"""Indicators of the data files in the words of the exchange, and the two calls that send them."""

from datetime import datetime

TYPES = {
    "domain": "DOMAIN",
    "url": "URL",
    "ip": "IP_ADDRESS",
    "md5": "HASH_MD5",
    "sha1": "HASH_SHA1",
    "sha256": "HASH_SHA256",
}
LABELS = {"violations": ["MISLEADING_DOMAIN_OR_WORDS"], "severity": "LOW", "confidence": 50}

UPLOAD = """mutation Upload($input: UploadSignalsInput!) { uploadSignals(input: $input) {
  ... on UploadSignalsPayload { rows { outcome signalId contributionId problem { reason } } }
  ... on Problem { code message }
} }"""
LINK = """mutation Link($input: LinkSignalsInput!) { linkSignals(input: $input) {
  ... on LinkSignalsPayload { rows { outcome linkId problem { reason } } }
  ... on Problem { code message }
} }"""


def draft(kind: str, value: str, observed_at: datetime) -> dict[str, object]:
    """A draft of an upload; only addresses need a time."""
    made = {"type": TYPES[kind], "value": value, **LABELS}
    return made | {"observedAt": observed_at.isoformat()} if kind == "ip" else made


def link(start: str, end: str) -> dict[str, object]:
    return {"from": start, "to": end, "relation": "SAME_INCIDENT"}
