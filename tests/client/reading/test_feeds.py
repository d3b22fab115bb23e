"""Public feeds as their publishers write them: every line and every object is accounted for.

What is expected is counted here by other means than the readers'.
"""

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.client.reading.checks import check
from app.client.reading.defaults import Defaults
from app.client.reading.formats import Format, Source, open_source
from app.client.reading.mapping import ColumnMapping, mapping_of
from app.client.reading.rows import GuardEntry, SourceLink, SourceRow, UnreadableFile
from tests.client.reading.files import LABELS, written
from tests.rules.case_files import path

SEEN = Defaults.of({"observedAt": "2026-07-01T12:00:00Z"}).over(LABELS)

STIX = ("cytrox", "novispy", "wintego_helios")

# Lines with a value.
AMNESTY = {
    "2018-12-19_best_practice__domains.txt": 216,
    "2019-03-06_egypt_oauth__domains.txt": 34,
    "2019-03-06_egypt_oauth__emails.txt": 5,
    "2019-08-16_evolving_phishing__emails.txt": 15,
    "2020-06-15_india__emails.txt": 5,
    "2020-06-15_india__ips.txt": 5,
    "2020-06-15_india__sha256.txt": 12,
    "2021-10-07_donot__sha256.txt": 228,
}
AMNESTY_TYPES = {"domains": "DOMAIN", "emails": "EMAIL_ADDRESS", "ips": "IP_ADDRESS", "sha256": "HASH_SHA256"}

# Lines with a value, and of those the ones that are no value of any type: paths alone, and regular expressions.
MALTRAIL = {
    "android_parcel": (668, 8),
    "android_sandrorat": (874, 0),
    "aurora": (889, 6),
    "azorult": (2626, 123),
    "bianlian": (2485, 0),
    "collector": (789, 0),
    "elf_xorddos": (402, 1),
    "latrodectus": (1040, 1),
    "luminositylinkrat": (2809, 0),
    "valleyrat": (678, 1),
    "winnti": (382, 2),
    "xfiles": (184, 1),
}

# Entries, and of those the ones that a guard list holds.
WARNING_LISTS = {
    "common-contact-emails": (1, 0),
    "common-ioc-false-positive": (69, 0),
    "disposable-email": (8126, 0),
    "dynamic-dns": (35191, 35191),
    "eicar.com": (15, 0),
    "empty-hashes": (6, 0),
    "link-in-bio": (91, 91),
    "phone_numbers": (33, 0),
    "public-dns-v4": (10000, 10000),
    "public-dns-v6": (269, 269),
    "public-ipfs-gateways": (89, 89),
    "rfc1918": (3, 3),
    "rfc3849": (1, 1),
    "rfc5735": (15, 13),
    "rfc6598": (1, 1),
    "rfc6761": (21, 21),
    "second-level-tlds": (10194, 10194),
    "ti-falsepositives": (8000, 0),
    "tlds": (1429, 1429),
    "tranco10k": (9706, 9706),
    "university_domains": (10552, 10552),
    "url-shortener": (255, 255),
    "vpn-ipv6": (1250, 1248),
}


def opened(name: str, format: Format | None = None, mapping: ColumnMapping | None = None) -> Source:
    return open_source(path(f"feeds/{name}"), format, SEEN, mapping)


def text(name: str) -> str:
    file = path(f"feeds/{name}")
    return (gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()).decode()


def tally(source: Source) -> Counter[str]:
    """Rows by the type of their draft or the code of their problem, links and guard entries by what they are."""
    found: Counter[str] = Counter()
    for item in source.rows():
        if isinstance(item, SourceRow):
            found[item.draft.type if item.draft else item.problem.code] += 1  # type: ignore[union-attr]
        else:
            found["link" if isinstance(item, SourceLink) else item.guard_list] += 1
    return found


@pytest.mark.parametrize("name", STIX)
def test_bundles_hold_what_their_counts_say(name: str, evidence: Any) -> None:
    stated = json.loads(path("feeds/stix/expected_counts.json").read_text())[f"shared/feeds/stix/{name}.stix2.json.gz"]
    values: dict[str, set[str]] = defaultdict(set)
    rows: Counter[str] = Counter()
    for item in opened(f"stix/{name}.stix2.json.gz").rows():
        assert isinstance(item, SourceRow)
        kind = (item.ref or "").split("--")[0]
        rows[kind] += 1
        if kind == "indicator":
            written = item.original["value"] if item.draft is None else item.draft.value  # type: ignore[index, call-overload]
            values[item.draft.type if item.draft else item.problem.code].add(written)  # type: ignore[union-attr]
    by_path = stated["distinct_values_by_stix_path"]
    supported = {"DOMAIN": by_path.get("domain-name:value", 0), "HASH_SHA256": by_path.get("file:hashes.sha256", 0)}
    unsupported = sum(by_path.values()) - sum(supported.values()) + stated["other_patterns"]
    assert (rows["indicator"], rows["relationship"]) == (stated["indicators"], stated["relationships"])
    assert {kind: len(values[kind]) for kind in supported} == supported
    assert len(values["UNSUPPORTED_PATTERN"]) == unsupported
    evidence(f"{name}: {dict(rows)}, distinct values { ({kind: len(found) for kind, found in values.items()}) }")


def test_what_a_taxii_server_keeps_is_no_bundle_but_its_objects_are_all_read(tmp_path: Path) -> None:
    whole = path("feeds/stix/medallion_default_data.json")
    with pytest.raises(UnreadableFile, match="objects"):
        list(open_source(whole, Format.STIX, SEEN).rows())
    collections = json.loads(whole.read_text())["trustgroup1"]["collections"]
    objects = [one for collection in collections for one in collection.get("objects", [])]
    bundle = written(tmp_path / "a.json", json.dumps({"type": "bundle", "objects": objects}))
    found = list(open_source(bundle, Format.STIX, SEEN).rows())
    assert {item.place.number for item in found} == set(range(1, len(objects) + 1))
    signals = [one for one in objects if one["type"] == "indicator"]
    assert len([item for item in found if isinstance(item, SourceRow) and item.draft]) == len(signals) == 4


@pytest.mark.parametrize("name", AMNESTY)
def test_lists_of_amnesty_have_a_row_for_every_line(name: str) -> None:
    lines = [line for line in text(f"amnesty/{name}").split("\n") if line.strip()]
    type = AMNESTY_TYPES[name.removesuffix(".txt").rsplit("__", maxsplit=1)[1]]
    assert len(lines) == AMNESTY[name]
    assert tally(opened(f"amnesty/{name}")) == {type: len(lines)}


def test_of_amnesty_two_addresses_have_no_host_that_takes_mail() -> None:
    drafts = [item.draft for name in AMNESTY for item in opened(f"amnesty/{name}").rows()]  # type: ignore[union-attr]
    refused = [found for draft in drafts if draft and (found := check(draft, datetime(2026, 11, 1, tzinfo=UTC)))]
    assert [problem.code for problem in refused] == ["NOT_AN_EMAIL_ADDRESS"] * 2
    assert len(drafts) == sum(AMNESTY.values())


def kind_of_traffic(line: str) -> str:
    """What maltrail means by a line, told by other rules than the reader's."""
    if line.startswith(("http://", "https://")):
        return "URL"
    if line.startswith("/") or "\\" in line:
        return "UNCLEAR_TYPE"
    if "/" in line:
        return "URL"
    return "IP_ADDRESS" if re.fullmatch(r"\d+\.\d+\.\d+\.\d+(:\d+)?", line) else "DOMAIN"


@pytest.mark.parametrize("name", MALTRAIL)
def test_lists_of_maltrail_have_a_row_for_every_line_that_is_no_remark(name: str) -> None:
    lines = [line.strip() for line in text(f"maltrail_native/{name}.txt").split("\n")]
    values = [line.split(" #")[0].strip() for line in lines if line and line[0] != "#"]
    expected = Counter(map(kind_of_traffic, values))
    assert (len(values), expected["UNCLEAR_TYPE"]) == MALTRAIL[name]
    assert tally(opened(f"maltrail_native/{name}.txt")) == {kind: n for kind, n in expected.items() if n}


@pytest.mark.parametrize("name", WARNING_LISTS)
def test_warning_lists_have_an_item_for_every_entry(name: str) -> None:
    entries = json.loads(text(f"misp_warninglists/{name}.json.gz"))["list"]
    found = tally(opened(f"misp_warninglists/{name}.json.gz"))
    assert (len(entries), found["SHARED_INFRASTRUCTURE"]) == WARNING_LISTS[name]
    assert found.total() == len(entries)


def test_entries_are_those_of_the_file() -> None:
    name = "misp_warninglists/link-in-bio.json.gz"
    found = [item.entry for item in opened(name).rows() if isinstance(item, GuardEntry)]
    assert found == json.loads(text(name))["list"]


def test_stalkerware_hosts_come_through_a_mapping() -> None:
    rows = list(csv.DictReader(text("stalkerware/network.csv.gz").splitlines()))
    kinds = Counter(row["type"] for row in rows)
    mapping = mapping_of(
        {
            "columns": {"value": "indicator", "type": "type", "context": "app"},
            "types": {"domain": "DOMAIN", "ip": "IP_ADDRESS", "ipv4": "IP_ADDRESS"},
        }
    )
    found = tally(opened("stalkerware/network.csv.gz", mapping=mapping))
    assert found == {"DOMAIN": kinds["domain"], "IP_ADDRESS": kinds.total() - kinds["domain"]}
    assert found.total() == len(rows) == 1034


def test_stalkerware_samples_come_through_a_mapping() -> None:
    mapping = mapping_of({"columns": {"value": "SHA256", "context": "App"}, "values": {"type": "HASH_SHA256"}})
    source = opened("stalkerware/samples.csv.gz", mapping=mapping)
    lines = text("stalkerware/samples.csv.gz").strip().split("\n")
    assert tally(source) == {"HASH_SHA256": len(lines) - 1} == {"HASH_SHA256": 3228}
    assert source.unread_columns == ("Package Name", "Certificate", "Version")


def test_whoever_has_no_feeds_is_told(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match="shared case file"):
        path("feeds/nothing.txt")
