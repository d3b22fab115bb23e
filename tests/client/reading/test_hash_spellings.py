"""Hashes in base64 and base32: read where one reading is left, never across types."""

import base64
import hashlib

import pytest

from app.client.reading.hash_spellings import hexadecimal

DIGESTS = {
    "HASH_MD5": hashlib.md5(b"x", usedforsecurity=False).digest(),
    "HASH_SHA1": hashlib.sha1(b"x", usedforsecurity=False).digest(),
    "HASH_SHA256": hashlib.sha256(b"x").digest(),
    "HASH_PDQ": hashlib.sha256(b"y").digest(),
}
SPELLINGS = {
    "hexadecimal": lambda digest: digest.hex(),
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64 without padding": lambda digest: base64.b64encode(digest).decode().rstrip("="),
    "base32": lambda digest: base64.b32encode(digest).decode(),
    "base32 without padding": lambda digest: base64.b32encode(digest).decode().rstrip("="),
}


@pytest.mark.parametrize("type", DIGESTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_hash_of_its_type_is_read_in_every_spelling(type: str, spelling: str) -> None:
    assert hexadecimal(type, SPELLINGS[spelling](DIGESTS[type])) == DIGESTS[type].hex()


@pytest.mark.parametrize("type", DIGESTS)
@pytest.mark.parametrize("other", DIGESTS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_hash_of_another_length_stays_as_it_was(type: str, other: str, spelling: str) -> None:
    if len(DIGESTS[type]) != len(DIGESTS[other]):
        text = SPELLINGS[spelling](DIGESTS[other])
        assert hexadecimal(type, text) == text


def test_an_md5_that_is_valid_base32_is_no_sha1() -> None:
    for text in ("a" * 16 + "234567" * 2 + "abcd", ("A" * 16 + "234567" * 2 + "ABCD")):
        assert hexadecimal("HASH_SHA1", text) == text


def test_bits_that_would_be_guessed_leave_a_text_as_it_was() -> None:
    text = base64.b64encode(DIGESTS["HASH_MD5"]).decode()
    crooked = text[:21] + ("B" if text[21] != "B" else "R") + "=="
    assert hexadecimal("HASH_MD5", crooked) == crooked


def test_other_types_are_left_alone() -> None:
    text = base64.b64encode(DIGESTS["HASH_MD5"]).decode()
    assert hexadecimal("KEYWORD", text) == text
