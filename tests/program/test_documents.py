"""The command that registers a folder of documents, on a program that serves, and after it has started anew."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from app.rules.trusted_documents import id_of
from scripts.exchange_client import Credentials, read_credentials
from tests.charges import taken_off
from tests.readme_exchange import CHECKOUT, Running, running

WHO = "# Who asks?\nquery Who {\n  viewer { clientId }   # an id\n}\n"
WHO_PRINTED = "query Who {\n  viewer {\n    clientId\n  }\n}"
TWO = "query Scopes { viewer { scopes } }\nmutation Key { issueMatchKey { __typename } }\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "operations"
    (folder / "more").mkdir(parents=True)
    (folder / "who.graphql").write_text(WHO)
    (folder / "more" / "two.graphql").write_text(TWO)
    (folder / "notes.txt").write_text("no document")
    return folder


async def command(folder: Path, settings: Mapping[str, str], *options: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.documents", str(folder), *options,
        cwd=CHECKOUT, env={**os.environ, **settings}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, errors = await process.communicate()
    return process.returncode or 0, told.decode(), errors.decode()


def settings(exchange: Running, credentials: Credentials) -> dict[str, str]:
    return {
        "EXCHANGE_URL": exchange.url,
        "EXCHANGE_CLIENT": credentials.client_id,
        "EXCHANGE_SECRET": credentials.secret,
    }


async def answered(exchange: Running, credentials: Credentials, document_id: str, **known: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=exchange.url, timeout=60, trust_env=False) as http:
        auth = (credentials.client_id, credentials.secret)
        token = (await http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)).json()
        headers = {"Authorization": f"Bearer {token['access_token']}", **known}
        return await http.get("/graphql", params={"documentId": document_id}, headers=headers)


async def test_a_folder_is_registered_and_served_and_still_is_after_a_restart(folder: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "data") as exchange:
        clients = read_credentials(tmp_path / "data" / "demo.env")
        alder, birch = clients["alder"], clients["birch"]
        given = settings(exchange, alder)
        first = await command(folder, given)
        again = await command(folder, given, "--manifest", str(tmp_path / "elsewhere.json"))
        wrong = await command(folder, {**given, "EXCHANGE_SECRET": "no secret"})
        nobody = await command(folder, {**given, "EXCHANGE_SECRET": ""})
        (folder / "broken.graphql").write_text("query Broken { nothing }")
        (folder / "worse.graphql").write_text("query {")
        broken = await command(folder, given)
    manifest = json.loads((folder / "trusted-documents.json").read_text())
    assert first[0] == again[0] == 0, first
    assert f"Who {id_of(WHO_PRINTED)}" in first[1].splitlines()
    assert json.loads((tmp_path / "elsewhere.json").read_text()) == manifest
    assert (manifest["format"], manifest["version"]) == ("apollo-persisted-query-manifest", 1)
    assert {(one["name"], one["type"], one["id"] == id_of(one["body"])) for one in manifest["operations"]} == {
        ("Who", "query", True),
        ("Scopes", "query", True),
        ("Key", "mutation", True),
    }
    assert (broken[0], len(broken[1].splitlines())) == (1, 2)
    assert "broken.graphql: Query has no such field. (line 2, column 3)" in broken[2]
    assert "worse.graphql: " in broken[2]
    for refused in (wrong, nobody):
        assert refused[:2] == (1, "")
        assert "no secret" not in refused[2]
    async with running(tmp_path / "data") as exchange:
        served = await answered(exchange, alder, id_of(WHO_PRINTED))
        unchanged = await answered(exchange, alder, id_of(WHO_PRINTED), **{"If-None-Match": served.headers["etag"]})
        hidden = await answered(exchange, birch, id_of(WHO_PRINTED))
    assert taken_off(served.json()) == {"data": {"viewer": {"clientId": alder.client_id}}}
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", served.headers["etag"])
    assert hidden.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"
