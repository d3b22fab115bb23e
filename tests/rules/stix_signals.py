"""Signals as the exchange answers them, for what makes STIX of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.rules.signal_types import FACTS, SignalType

AT = datetime(2026, 7, 2, 9, 30, 0, 123_456, UTC)
ALDER, BIRCH = {"slug": "alder", "name": "Alder"}, {"slug": "birch", "name": "Birch & Söhne"}

# A value of each type, in its canonical form, and what belongs to its identity.
VALUES: dict[SignalType, tuple[str, str | None]] = {
    SignalType.EMAIL_ADDRESS: ("o'brien@mail.example", None),
    SignalType.USERNAME: ("jane\\doe'77", "chat"),
    SignalType.ACCOUNT_ID: ("1234567890", "game"),
    SignalType.PHONE_NUMBER: ("+442079460958", None),
    SignalType.IP_ADDRESS: ("2001:db8::1", None),
    SignalType.PAYMENT_HANDLE: ("$river", "cashapp"),
    SignalType.URL: ("https://files.example/a'b\\c?q=%27#ünïcode", None),
    SignalType.DOMAIN: ("xn--bcher-kva.example", None),
    SignalType.HASH_MD5: ("5d41402abc4b2a76b9719d911017c592", None),
    SignalType.HASH_SHA1: ("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", None),
    SignalType.HASH_SHA256: ("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", None),
    SignalType.HASH_PDQ: ("f87ca07c7c3eda39fe03cf8387e18fc181f0587994f838781c31bc791e530ca1", None),
    SignalType.KEYWORD: ("example's trading phrase", "en"),
}


def uuid_of(number: int) -> str:
    """Random in its looks, as ids are."""
    return UUID(int=number, version=4).hex


def signal(type: SignalType = SignalType.URL, number: int = 1, **said: Any) -> dict[str, Any]:
    """As shown before anything is revealed."""
    value, qualifier = VALUES[type]
    level = FACTS[type].level
    return {
        "id": f"sig_{uuid_of(number)}",
        "type": str(type),
        "level": str(level),
        "qualifier": qualifier,
        "maskedValue": "***",
        "value": value if level == "CONTENT" else None,
        "violations": ["SEXTORTION_FINANCIAL"],
        "annotations": [],
        "severity": "HIGH",
        "confidence": 70,
        "handling": "AMBER",
        "createdAt": "2026-07-01T12:00:00+00:00",
        "updatedAt": "2026-07-01T12:00:00.5+00:00",
        "contributors": [ALDER],
        **said,
    }


def link(number: int, a: dict[str, Any], b: dict[str, Any], relation: str = "SAME_ACTOR") -> dict[str, Any]:
    ends = {"from": {"id": a["id"], "handling": a["handling"]}, "to": {"id": b["id"], "handling": b["handling"]}}
    created = "2026-07-01T13:00:00Z"
    return {
        "id": f"lnk_{uuid_of(number)}",
        "relation": relation,
        "confidence": 90,
        "createdAt": created,
        "assertedBy": BIRCH,
        **ends,
    }


def feedback(opinion: str, **verdicts: int) -> dict[str, Any]:
    counts = [{"verdict": verdict, "participants": count} for verdict, count in verdicts.items()]
    return {"opinion": opinion, "participants": sum(verdicts.values()), "verdicts": counts}
