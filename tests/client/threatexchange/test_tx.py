"""`tx` itself, as its users run it: what it fetches, what it matches, and what becomes of a label."""

import re
import shlex
from secrets import token_hex

import pytest

from app.client import operations
from tests.client.installed import ROOT
from tests.client.threatexchange.world import COLLAB, World, near

README = ROOT / "README.md"
PHOTO, VIDEO = ("-H", "-S", "pdq"), ("-H", "-S", "video_md5")
WITHDRAW = """mutation ($input: RemoveGroupMembersInput!) { removeGroupMembers(input: $input) {
    ... on SharingGroup { id } ... on Problem { code message } } }"""
ADMIT = WITHDRAW.replace("RemoveGroupMembers", "AddGroupMembers").replace("removeGroupMembers", "addGroupMembers")


@pytest.fixture
def pdq() -> list[str]:
    """Of nothing, and two or more: an index of one is empty when `tx` reads it again."""
    first, second = token_hex(32), token_hex(32)
    return [first, second, near(second)]


def test_tx_fetches_what_is_new_and_forgets_what_is_removed(lantern: World, pdq: list[str]) -> None:
    lantern.fetched()
    contributions = lantern.share(*(("HASH_PDQ", value) for value in pdq), ("HASH_MD5", token_hex(16)))
    lantern.settle(*pdq)
    assert lantern.fetched() == [4]
    assert lantern.fetched() == [0]
    digest = token_hex(32)
    lantern.share(("HASH_SHA256", digest))
    lantern.settle(digest)
    assert lantern.fetched() == [1]
    assert {*pdq, digest} <= lantern.kept()
    assert len(lantern.matched("photo", pdq[2], *PHOTO, "-A")) == 2
    lantern.alder.ask(operations.retract(contributions[2:3], "ERROR"))
    lantern.settle()
    lantern.fetched()
    assert pdq[2] not in lantern.kept()
    assert len(lantern.matched("photo", pdq[2], *PHOTO, "-A")) == 1  # of the other that is near


def test_a_feed_of_several_pages_comes_whole(lantern: World) -> None:
    before = sum(lantern.fetched())
    values = [token_hex(16) for _ in range(2_100)]
    for start in range(0, len(values), 1_000):
        lantern.share(*(("HASH_MD5", value) for value in values[start : start + 1_000]))
    lantern.settle(*values)
    assert lantern.fetched("--limit", "1000") == [1_000]
    assert lantern.fetched() == [1_000, 100]
    assert set(values) <= lantern.kept()
    lantern.tx("fetch", "--clear")
    assert sum(lantern.fetched()) == before + len(values)


def test_tx_matches_what_is_shared_and_no_more(lantern: World, pdq: list[str]) -> None:
    video, url, person = token_hex(16), f"https://files.example/F/{token_hex(8)}#Zp3", f"{token_hex(4)}@mail.example"
    lantern.share(*(("HASH_PDQ", value) for value in pdq), ("HASH_MD5", video), ("URL", url), ("EMAIL_ADDRESS", person))
    lantern.share(("KEYWORD", f"Trading  Phrase {video}"), language="en")
    lantern.settle(*pdq, video, url)
    lantern.fetched()
    (hit,) = lantern.matched("photo", pdq[0], *PHOTO)
    assert hit.startswith(f"pdq 0 ({COLLAB}) INVESTIGATION_SEED ")
    assert {"violation:CSAM_POSSESSION_DISTRIBUTION", "severity:HIGH", "handling:AMBER"} == set(
        hit.split()[-1].split(",")
    )
    assert lantern.matched("video", video.upper(), *VIDEO)
    assert not lantern.matched("video", video[::-1], *VIDEO)
    # Path and fragment are kept as they are: another spelling is another address.
    assert lantern.matched("url", url)
    assert not lantern.matched("url", url.lower())
    assert lantern.matched("text", f"the TRADING\nphrase {video}, it says")
    assert not lantern.matched("text", f"the trading phrase {video}s")
    told = lantern.tx("dataset", "-P").stdout
    assert video in told
    assert person not in told
    assert "@" not in told


def test_a_label_arrives_as_feedback(lantern: World, pdq: list[str]) -> None:
    lantern.share(*(("HASH_PDQ", value) for value in pdq))
    lantern.settle(*pdq)
    lantern.fetched()
    lantern.label("pdq", pdq[1], "-l", "seen,in-queue-3")
    assert lantern.received(pdq[1]) == [("MATCHED", None)]
    (given,) = lantern.given(pdq[1])
    assert (given["reviewStatus"], given["note"]) == ("UNREVIEWED", "Labels: in-queue-3, seen")
    lantern.tx("config", "collab", "edit", "lantern", COLLAB, "--reviewer-role", "Child safety investigator")
    lantern.label("pdq", pdq[1])
    assert lantern.received(pdq[1]) == [("CONFIRMED_VIOLATION", None)]
    assert lantern.received(pdq[2]) == []
    (given,) = lantern.given(pdq[1])
    assert (given["reviewStatus"], given["reviewerRole"]) == ("REVIEWED_MANUALLY", "Child safety investigator")
    assert given["reviewedAt"]
    lantern.settle()
    lantern.fetched()
    hits = sorted(" ".join(hit.split()[:4]) for hit in lantern.matched("photo", pdq[1], *PHOTO, "-A"))
    assert hits == [f"pdq 0 ({COLLAB}) POSITIVE_CLASS", f"pdq 16 ({COLLAB}) INVESTIGATION_SEED"]


def test_a_label_of_what_others_do_not_share_is_refused(lantern: World, pdq: list[str]) -> None:
    lantern.share(("HASH_PDQ", pdq[1]))
    lantern.share(("HASH_PDQ", pdq[0]), by=lantern.birch)
    assert "NOT_FOUND" in lantern.not_labelled("pdq", pdq[2])  # only near to what is shared
    assert "Nobody but you contributed this signal" in lantern.not_labelled("pdq", pdq[0])
    assert lantern.received(pdq[1]) == []


def test_what_goes_out_of_sight_at_once_is_not_left_over(lantern: World, pdq: list[str]) -> None:
    video = token_hex(16)
    given = {"groupId": lantern.ids["PAYMENTS_WATCH_GROUP"], "participantIds": [lantern.ids["BIRCH_PARTICIPANT"]]}
    lantern.share(*(("HASH_PDQ", value) for value in pdq))
    lantern.share(("HASH_MD5", video), audienceGroups=[given["groupId"]])
    lantern.settle(*pdq, video)
    lantern.fetched()
    assert lantern.matched("video", video, *VIDEO)
    lantern.do(lantern.operator, WITHDRAW, input=given)
    assert lantern.fetched() == [0]  # it is told to start afresh, and does next time
    assert sum(lantern.fetched()) >= len(pdq)
    assert set(pdq) <= lantern.kept()
    assert video not in lantern.kept()
    assert not lantern.matched("video", video, *VIDEO)
    lantern.do(lantern.operator, ADMIT, input=given)


def test_the_readmes_commands_connect_it(lantern: World) -> None:
    (block,) = re.findall(r"^```sh connect-tx\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    first, *commands = [shlex.split(line) for line in block.splitlines()]
    assert first == ["pip", "install", ".[threatexchange]"]  # as the environment was made
    told = [lantern.tx(*words, TX_STATEDIR=str(lantern.home / "fresh")) for _, *words in commands]
    assert "[lantern] exchange - Up to date" in told[-1].stderr


def test_credentials_are_kept_elsewhere_and_never_told(lantern: World) -> None:
    secret = lantern.home / "wrong"
    secret.write_text("wrong-secret-1234")
    secret.chmod(0o600)
    told = lantern.refused("fetch", EXCHANGE_SECRET_FILE=str(secret))
    assert "Invalid auth for lantern" in told
    assert "wrong-secret" not in told
    right = (lantern.home / "secret").read_text()
    kept = [file.read_bytes() for file in (lantern.home / "tx").rglob("*") if file.is_file()]
    assert kept
    assert not [content for content in kept if right.encode() in content or lantern.birch.url.encode() in content]
