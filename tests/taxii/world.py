"""A feed with something of everything in it: all types, links, feedback, and a signal for some alone."""

from uuid import UUID

from app.rules.drafts import SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.labels import Labels, Severity, Violation
from app.rules.links import LinkDraft, Relation
from app.rules.normal_forms import Hints
from app.rules.signal_types import SignalType as T
from app.rules.verdicts import Verdict
from app.services import feedback, links
from tests.feed.world import LABELS, Program, draft

EMAIL = "jane.doe.78@mail.example"
URL = "https://files.example/f/7Qk'\\?q=ünïcode#Zp3"


async def fill(program: Program) -> list[UUID]:
    """What alder shares, some of it with cedar, with what others said of it; the ids of its signals."""
    drafts = [
        SignalDraft(T.EMAIL_ADDRESS, EMAIL, LABELS),
        SignalDraft(T.USERNAME, "jane_doe_77", LABELS, Hints(platform="chat")),
        SignalDraft(T.URL, URL, LABELS),
        SignalDraft(T.HASH_PDQ, "f87ca07c7c3eda39fe03cf8387e18fc181f0587994f838781c31bc791e530ca1", LABELS),
        SignalDraft(T.KEYWORD, "example trading phrase", LABELS, Hints(language="en")),
        *(draft(f"host-{number}") for number in range(8)),
    ]
    uploaded = [row.signal_id for row in await program.share("alder", *drafts)]
    ids = [id for id in uploaded if id is not None]
    assert len(ids) == len(drafts)
    await program.share("cedar", drafts[0], drafts[2])
    keyring = program.exchange.keyring
    belonging = [LinkDraft(ids[0], other, Relation.SAME_ACTOR) for other in ids[1:5]]
    await program.do("alder", links.link, keyring, belonging)
    for slug, verdict in (("birch", Verdict.MATCHED), ("dogwood", Verdict.IN_REVIEW)):
        said = [FeedbackDraft(id, verdict) for id in ids[:2]]
        await program.do(slug, feedback.record, keyring, said)
    await program.settle()
    return ids


def severe(host: str) -> SignalDraft:
    return SignalDraft(
        T.DOMAIN, f"{host}.example", Labels((Violation.SEXTORTION_SEXUAL,), severity=Severity.HIGH, confidence=90)
    )
