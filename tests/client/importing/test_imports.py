"""What comes of a file: every row, the later before the earlier, the rejected ones to be mended; and once only."""

import csv
import gzip
import json
import os
import signal
import stat
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from app.client.cli import exits
from tests.client.importing.checking import check, rejected
from tests.client.importing.gateway import gateway
from tests.client.importing.runs import Partner
from tests.client.importing.truth import LABELS, Truth, mixed
from tests.waiting import PATIENCE

HEADER = "type,value,violations,severity,confidence,note\n"
ROW = "DOMAIN,{}.bad.example,MISLEADING_DOMAIN_OR_WORDS,LOW,{},\n"


def test_a_mixed_file_comes_to_the_exchange_as_it_says(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 2_500, seed=1)
    ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    assert ended.code == exits.SOME_REJECTED
    check(partner, truth, ended)


def test_a_packed_file_is_imported_like_any_other(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 300, seed=2)
    plain = truth.write(tmp_path / "plain.jsonl")
    packed = tmp_path / "signals.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    ended = partner.run(packed)
    check(partner, truth, ended)
    assert Path(ended.told[0]["rejected_file"]).name == "signals.rejected.jsonl"


def test_the_later_row_decides_in_any_spelling(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = Truth(prefix)
    for confidence in range(1, 30):
        truth.domain(0, confidence, ("{}", "{}.", " {}")[confidence % 3])
        truth.domain(1, 50)
    check(partner, truth, partner.run(truth.write(tmp_path / "signals.jsonl")))
    assert truth.counts["unchanged"] == 56


def test_what_was_imported_is_not_imported_again_unless_that_is_asked_for(
    partner: Partner, prefix: str, tmp_path: Path
) -> None:
    truth = Truth(prefix)
    for number in range(1_200):
        truth.domain(number)
    file = truth.write(tmp_path / "signals.jsonl")
    first, second, third = partner.run(file), partner.run(file), partner.run("--again", file)
    assert (first.told[0]["was_finished"], second.told[0]["was_finished"]) == (False, True)
    assert "--again" in second.notes
    assert first.counts == second.counts == truth.counts
    assert third.counts == {"created": 0, "updated": 0, "unchanged": 1_200, "rejected": 0}
    assert {one["version"] for one in partner.contributions(prefix)} == {1}


def test_another_mapping_or_default_is_another_import(partner: Partner, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "hosts.csv"
    file.write_text(f"host,value\n{prefix}a.bad.example,{prefix}b.bad.example\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[columns]\nvalue = "host"\n')
    said = ("--type", "DOMAIN", "--violation", "MISLEADING_DOMAIN_OR_WORDS", "--confidence", "50")
    plain = partner.run(file, *said, "--severity", "LOW")
    mapped = partner.run(file, *said, "--severity", "LOW", "--mapping", mapping)
    higher = partner.run(file, *said, "--severity", "HIGH")
    assert [one.counts["created"] for one in (plain, mapped, higher)] == [1, 1, 0]
    assert higher.counts["updated"] == 1


def test_rejected_rows_of_csv_are_mended_and_imported(partner: Partner, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    file.write_text(HEADER + ROW.format(f"{prefix}a", 50) + ROW.format(f"{prefix}b", 500) + "DOMAIN,com,x\n")
    ended = partner.run(file)
    assert ended.counts == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 2}
    path = tmp_path / "signals.rejected.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(newline="") as opened:
        first, second = csv.DictReader(opened)
    assert (first["value"], first["problem_code"], first["problem_field"]) == (
        f"{prefix}b.bad.example",
        "OUT_OF_RANGE",
        "confidence",
    )
    assert (second["value"], second["problem_code"], second["problem_line"]) == ("", "UNEVEN_ROW", "DOMAIN,com,x")
    assert partner.run(path).counts["rejected"] == 2
    mended = path.read_text().replace(",500,", ",60,").splitlines()
    path.write_text("\n".join(mended[:-1]) + "\n")
    again = partner.run(path)
    assert (again.code, again.counts["created"], again.counts["rejected"]) == (exits.DONE, 1, 0)


def test_rejected_rows_of_json_lines_are_mended_and_imported(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = Truth(prefix)
    truth.domain(0)
    truth.broken()
    truth.lines.append("no object")
    truth.bad()
    ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    assert rejected(ended) == [(2, "OUT_OF_RANGE"), (3, "MALFORMED"), (4, "PUBLIC_SUFFIX")]
    path = Path(ended.told[0]["rejected_file"])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[1]["line"] == "no object"
    first, _, last = lines
    mended = [first | {"value": f"{prefix}1.bad.example", "confidence": 50}, last | {"value": f"{prefix}2.bad.example"}]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in mended))
    assert partner.run(path).counts == {"created": 2, "updated": 0, "unchanged": 0, "rejected": 0}


def test_rejected_lines_of_a_list_are_mended_and_imported(partner: Partner, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "hosts.txt"
    file.write_text(f"{prefix}a.bad.example\n{prefix} b.bad.example\n")
    said = ("--type", "DOMAIN", "--violation", "SEXTORTION_FINANCIAL", "--severity", "LOW", "--confidence", "50")
    assert partner.run(file, *said).counts["rejected"] == 1
    path = tmp_path / "hosts.rejected.jsonl"
    assert json.loads(path.read_text())["value"] == f"{prefix} b.bad.example"
    assert Path(partner.run(path, *said).told[0]["rejected_file"]).name == "hosts.rejected-2.jsonl"
    path.write_text(path.read_text().replace(f"{prefix} b", f"{prefix}b"))
    assert partner.run(path, *said).counts == {"created": 1, "updated": 0, "unchanged": 0, "rejected": 0}


def test_what_a_source_does_not_mean_to_be_matched_comes_when_asked_for(
    partner: Partner, prefix: str, tmp_path: Path
) -> None:
    attribute = {"type": "domain", "value": f"{prefix}a.bad.example", "to_ids": False}
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"Event": {"Attribute": [attribute]}}))
    said = ("--violation", "SEXTORTION_FINANCIAL", "--severity", "LOW", "--confidence", "50")
    assert partner.run(file, *said).told[0]["skipped"] == {"NOT_FOR_DETECTION": 1}
    assert partner.run("--all-attributes", file, *said).counts["created"] == 1


def test_rows_that_somebody_mends_are_not_written_over(partner: Partner, tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    row = {"type": "DOMAIN", "value": "com", "confidence": 50, **LABELS}
    file.write_text(json.dumps(row) + "\n")
    theirs = tmp_path / "signals.rejected.jsonl"
    theirs.write_text("being mended")
    assert partner.run(file).told[0]["rejected_file"] == str(tmp_path / "signals.rejected-2.jsonl")
    assert partner.run("--again", "--rejected", theirs, file).code == exits.USAGE
    named = partner.run("--again", "--rejected", tmp_path / "bad.jsonl", file)
    assert named.told[0]["rejected_file"] == str(tmp_path / "bad.jsonl")
    assert theirs.read_text() == "being mended"


def test_links_are_made_when_both_ends_are_there_and_rejected_else(
    partner: Partner, prefix: str, tmp_path: Path
) -> None:
    truth = Truth(prefix)
    truth.domain(0, ref="a")
    truth.refs["b"] = f"{prefix}1.bad.example"
    truth.link("a", "b")
    truth.domain(1, ref="b")
    truth.link("b", "nowhere")
    truth.lines.append({"type": "DOMAIN", "value": "com", "confidence": 50, "ref": "bad", **LABELS})
    truth.lines.append({"link": {"from": "bad", "to": "a", "relation": "SAME_ACTOR"}})
    ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    told = ended.told[0]
    assert (told["links_created"], told["links_rejected"], told["rejected"]) == (1, 2, 1)
    assert rejected(ended)[-3:] == [(4, "END_NOT_IN_FILE"), (5, "PUBLIC_SUFFIX"), (6, "END_REJECTED")]
    again = partner.run("--again", tmp_path / "signals.jsonl").told[0]
    assert (again["links_created"], again["links_unchanged"]) == (0, 1)


def test_a_rehearsal_tells_of_every_row_and_changes_nothing(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 400, seed=3)
    file = truth.write(tmp_path / "signals.jsonl")
    for more in ((), ("--offline",)):
        ended = partner.run("--dry-run", *more, file)
        told = [(one["place"], one["code"]) for one in ended.told if one["outcome"] == "REJECTED"]
        local = [one for one in truth.rejected if one[1] not in ("END_NOT_IN_FILE", "EQUAL_ENDS")]
        assert [one for one in told if one[1] != "DUPLICATE_IN_BATCH"] == local
        assert len(ended.told) == sum("link" not in line for line in truth.lines)
    assert partner.contributions(prefix) == []
    assert list(tmp_path.glob("*.rejected*")) == []


def test_a_rehearsal_shows_no_value(partner: Partner, prefix: str, tmp_path: Path) -> None:
    file = mixed(prefix, 50, seed=4).write(tmp_path / "signals.jsonl")
    run = partner.begin("--dry-run", file, as_json=False)
    run.end()
    said = run.said.with_suffix(".out").read_text() + run.said.with_suffix(".err").read_text()
    assert "REJECTED" in said
    assert prefix not in said


def test_two_imports_of_one_file_are_not_under_way_at_once(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 3_000, seed=5)
    file = truth.write(tmp_path / "signals.jsonl")
    first = partner.begin(file)
    journal = partner.home / "main" / "imports"
    while not list(journal.glob("*.db-wal")):
        first.process.join(0.05)
    second = Partner(partner.url, partner.credentials, partner.home)
    other = second.begin(file)
    assert first.is_alive
    assert (other.end().code, first.is_alive) == (exits.NOT_READY, True)
    first.process.join()
    check(partner, truth, partner.run(file))


def test_a_file_that_changed_meanwhile_is_noticed(partner: Partner, prefix: str, tmp_path: Path) -> None:
    file = mixed(prefix, 3_000, seed=6).write(tmp_path / "signals.jsonl")
    run = replace(partner, batch=20).begin(file)
    while not run.has_begun:
        run.process.join(0.01)
    run.process.join(0.3)
    assert run.kill()
    other = Truth(f"{prefix}other")
    other.domain(0)
    other.write(file)
    refused = partner.run(file)
    assert (refused.code, refused.told) == (exits.USAGE, [])
    assert "--again" in refused.notes
    check(partner, other, partner.run("--again", file))


def test_a_finished_file_with_other_content_is_a_new_import(partner: Partner, prefix: str, tmp_path: Path) -> None:
    for number in range(2):
        truth = Truth(f"{prefix}v{number}x")
        truth.domain(number)
        check(partner, truth, partner.run(truth.write(tmp_path / "daily.jsonl")))


def test_a_file_that_went_is_named(partner: Partner, tmp_path: Path) -> None:
    ended = partner.run(tmp_path / "absent.jsonl")
    assert ended.code == exits.USAGE
    assert "absent.jsonl" in ended.notes.replace("\n", "")


def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = mixed(prefix, 3_000, seed=8)
    file = truth.write(tmp_path / "signals.jsonl")
    is_held, goes_on = Event(), Event()

    def hold(path: str, body: bytes, number: int) -> None:
        if path == "/graphql" and number > 2:
            is_held.set()
            goes_on.wait(PATIENCE)

    with gateway(partner.url, hold) as before:
        behind = replace(partner, url=before.url, more={"EXCHANGE_ISSUER": partner.url})
        run = behind.begin(file)
        is_held.wait(PATIENCE)
        os.kill(run.process.pid, signal.SIGINT)
        stopped = run.end()
        goes_on.set()
        assert stopped.code == exits.STOPPED
        assert "goes on" in stopped.notes
        check(partner, truth, behind.run(file))


def test_what_a_finished_import_keeps_holds_no_value(partner: Partner, prefix: str, tmp_path: Path) -> None:
    partner.run(mixed(prefix, 500, seed=9).write(tmp_path / "signals.jsonl"))
    state = [path for path in partner.home.rglob("*") if path.is_file() and "said" not in path.name]
    assert any(path.suffix == ".db" for path in state)
    for path in state:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name
        assert prefix.encode() not in path.read_bytes()
        assert b"bad.example" not in path.read_bytes()


@pytest.mark.parametrize("words", [("--offline",), ("--rejected", "x", "a.jsonl")])
def test_options_that_do_not_go_together_are_refused(partner: Partner, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert partner.run(*words, tmp_path / "b.jsonl").code == exits.USAGE


def test_a_link_that_stands_for_thousands_is_rejected(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = Truth(prefix)
    for number in range(40):
        truth.domain(number, ref="same")
    truth.lines.append({"link": {"from": "same", "to": "same", "relation": "SAME_ACTOR"}})
    ended = partner.run(truth.write(tmp_path / "signals.jsonl"))
    assert (ended.told[0]["created"], ended.told[0]["links_created"], ended.told[0]["links_rejected"]) == (40, 0, 1)
    assert rejected(ended)[-1][1] == "TOO_MANY"


def test_a_damaged_journal_is_told(partner: Partner, prefix: str, tmp_path: Path) -> None:
    truth = Truth(prefix)
    truth.domain(1)
    file = truth.write(tmp_path / "signals.jsonl")
    check(partner, truth, partner.run(file))
    (journal,) = partner.home.glob("*/imports/*.db")
    journal.write_bytes(b"something else" * 1_000)
    damaged = partner.run(file)
    assert damaged.code == exits.NOT_READY
    assert journal.name in damaged.notes.replace("\n", "")
    journal.unlink()
    assert partner.run(file).counts["unchanged"] == 1


def test_a_file_whose_name_is_no_text_is_to_be_renamed(partner: Partner, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    file.write_text("{}")
    ended = partner.run(file)
    assert ended.code == exits.USAGE
    assert "rename" in ended.notes
