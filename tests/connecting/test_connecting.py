"""The worked examples of the README do what a participant has to: people decide, nothing is lost, nothing is told."""

from secrets import token_hex

from app.client import operations
from tests.client.cutting_proxy import Way
from tests.connecting.platform import Platform, World, block, pasted
from tests.waiting import until

ACTION = {"action": "ACCOUNT_REMOVED", "count": 1}
CONFIRMED = {"verdict": "CONFIRMED_VIOLATION", "policy": "Child safety policy, 2.3", "actions": [ACTION]}


def somebody() -> tuple[str, str]:
    """An account, and an address that the exchange spells otherwise."""
    name = token_hex(6)
    return f"account-{token_hex(4)}", f"{name.upper()}@Mail.example"


def test_a_hit_waits_for_a_person_whose_decision_is_reported(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email.lower())
    hit = platform.queued(account, email)
    signal = hit["match"]["signal"]
    assert (hit["match"]["kind"], signal["severity"], signal["violations"]) == (
        "EXACT",
        "HIGH",
        ["SEXTORTION_FINANCIAL"],
    )
    # Nobody is told anything before a person decides, and neither queue nor answer holds the value.
    assert lantern.received(signal["id"]) == []
    assert email.lower() not in platform.get("/queue").text.lower()
    assert platform.decide(hit, **CONFIRMED).status_code == 200
    (received,) = until(lambda: lantern.received(signal["id"]))
    assert (received["verdict"], received["actions"]) == ("CONFIRMED_VIOLATION", [ACTION])
    (given,) = lantern.given(signal["id"])
    assert (given["reviewStatus"], given["reviewerRole"]) == ("REVIEWED_MANUALLY", "Child safety investigator")
    assert given["policyReference"] == "Child safety policy, 2.3"
    assert given["reviewedAt"]
    assert platform.hits(account) == []
    assert platform.kept(account) == [(None, signal["id"])]
    assert platform.decide(hit, **CONFIRMED).status_code == 404
    # Another look does not bring back what was decided.
    platform.sign_up(account, email)
    until(lambda: platform.kept(account) == [(None, signal["id"])])
    assert platform.hits(account) == []


def test_what_matches_nothing_is_not_kept(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    shared, other = somebody()
    lantern.share(other)
    platform.sign_up(account, email)
    platform.queued(shared, other)
    assert platform.hits(account) == []
    until(lambda: platform.kept(account) == [])


def test_a_denial_is_reported_with_its_reason(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email)
    hit = platform.queued(account, email)
    assert platform.decide(hit, verdict="FALSE_POSITIVE", reason="IDENTITY_REASSIGNED").status_code == 200
    (received,) = until(lambda: lantern.received(hit["match"]["signal"]["id"]))
    assert (received["verdict"], received["actions"]) == ("FALSE_POSITIVE", [])


def test_what_is_withdrawn_goes_out_of_the_queue(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    contributions = lantern.share(email)
    hit = platform.queued(account, email)
    lantern.alder.ask(operations.retract(contributions, "ERROR"))
    until(lambda: platform.hits(account) == [])
    assert platform.kept(account) == []
    assert platform.decide(hit, **CONFIRMED).status_code == 404


def test_the_queue_survives_a_kill(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email)
    hit = platform.queued(account, email)
    platform.kill()
    platform.start()
    assert platform.hits(account) == [hit]


def test_no_report_is_lost_while_the_exchange_is_away(platform: Platform, lantern: World) -> None:
    (account, email), (later, unseen) = somebody(), somebody()
    lantern.share(email)
    hit = platform.queued(account, email)
    signal = hit["match"]["signal"]["id"]
    with lantern.away():
        cuts = lantern.proxy.cuts
        platform.sign_up(later, unseen)
        assert platform.decide(hit, **CONFIRMED).status_code == 200
        until(lambda: lantern.proxy.cuts > cuts)
        platform.kill()
        platform.start()
        assert lantern.received(signal) == []
    (received,) = until(lambda: lantern.received(signal))
    assert received["actions"] == [ACTION]
    until(lambda: platform.kept(later) == [])


def test_a_report_whose_answer_is_lost_counts_once(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email)
    hit = platform.queued(account, email)
    lantern.proxy.cut(Way.TO_CLIENT, 40, times=6)
    assert platform.decide(hit, **CONFIRMED).status_code == 200
    (received,) = until(lambda: lantern.received(hit["match"]["signal"]["id"]))
    assert received["actions"] == [ACTION]
    until(lambda: lantern.proxy.cuts >= 6)
    lantern.proxy.mend()
    account, email = somebody()
    lantern.share(email)
    platform.queued(account, email)  # it goes on


def test_no_value_and_no_secret_is_logged(platform: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email)
    platform.queued(account, email)
    for content in (email.encode(), f'{{"account": "{account}", "email": "{email}"'.encode()):
        assert platform.post("/sign-ups", content.decode()).status_code == 400
    with lantern.away():
        cuts = lantern.proxy.cuts
        platform.sign_up(*somebody())
        until(lambda: lantern.proxy.cuts > cuts)
    told = platform.log.lower()
    assert told  # it was away
    assert "mail.example" not in told
    assert account not in told
    assert lantern.secret not in platform.log


def test_an_action_without_a_policy_of_ones_own_is_not_taken(python: Platform, lantern: World) -> None:
    account, email = somebody()
    lantern.share(email)
    hit = python.queued(account, email)
    refused = python.decide(hit, verdict="CONFIRMED_VIOLATION", actions=[ACTION])
    assert refused.status_code == 400
    assert "policyReference" in refused.json()["error"]
    assert python.hits(account) == [hit]


def test_the_readmes_reviewer_decides(python: Platform, lantern: World) -> None:
    lantern.share("jane.doe@mail.example")
    hit = python.queued("4711", "Jane.Doe@mail.example")
    said = pasted(block("sh connect-try").replace("8080", str(python.port)), python.directory, python.directory)
    assert hit["match"]["signal"]["id"] in said
    until(lambda: lantern.received(hit["match"]["signal"]["id"]))


def test_the_examples_are_short() -> None:
    for kind in ("python connect-python", "ts connect-typescript"):
        lines = block(kind).splitlines()
        assert len(lines) <= 150
        assert max(map(len, lines)) <= 120
