"""OASIS's client reads the collection, and gets what the feed tells, to whom it tells it."""

import json
from typing import Any

import pytest
import requests
import stix2
from taxii2client.v21 import ApiRoot, Server, as_pages

from app.graphql.execution import ReadEngine
from app.rules.ids import Prefix, shown
from app.rules.labels import RetractionReason
from app.rules.stix.names import id_of
from app.services import contributions
from app.web import asgi
from tests.demo_exchange import ISSUER
from tests.feed.world import Program, draft
from tests.live_exchange import LiveExchange, live
from tests.served_exchange import UNBOUNDED
from tests.taxii import reading
from tests.taxii.reading import BearerAuth, all_of, apart, collection, feed, paged
from tests.taxii.world import EMAIL, URL, fill


async def test_a_client_finds_its_way_from_the_discovery(served: LiveExchange) -> None:
    auth = BearerAuth(served.token("birch"))

    def found() -> Any:
        (root,) = Server(f"http://{served.address}/taxii2/", auth=auth).api_roots
        assert root.url == f"{ISSUER}/taxii2/exchange/"
        here = ApiRoot(root.url.replace(ISSUER, f"http://{served.address}"), auth=auth)
        assert (here.title, here.versions) == ("The Lantern exchange", [reading.MEDIA_TYPE])
        (only,) = here.collections
        return only

    only = await apart(found)
    assert (only.id, only.alias, only.can_read, only.can_write) == (reading.COLLECTION_ID, "signals", True, False)


@pytest.mark.parametrize("per_request", [1, 2, 3, 9, 50, 1_000])
async def test_a_client_pages_through_what_the_feed_tells(
    program: Program, served: LiveExchange, per_request: int
) -> None:
    await fill(program)
    items = await feed(served, "birch")
    assert len(items) == 13
    envelopes = await paged(served, "birch", per_request)
    told = all_of(envelopes)
    assert {one["id"]: one for one in told} == reading.expected(items, program.clock())
    assert all(len(envelope.get("objects", [])) <= per_request for envelope in envelopes)
    kinds = {one["type"] for one in told}
    assert kinds >= {"indicator", "identity", "sighting", "opinion", "relationship", "marking-definition"}


async def test_both_engines_tell_the_same(program: Program, served: LiveExchange) -> None:
    await fill(program)
    compiled = all_of(await paged(served, "birch", 40))
    serving = asgi.Serving(ReadEngine.STANDARD, cost_per_second=UNBOUNDED)
    async with live(program.exchange, serving) as standard:
        assert all_of(await paged(standard, "birch", 40)) == compiled


async def test_every_object_is_strict_stix_and_none_holds_what_is_not_revealed(
    program: Program, served: LiveExchange
) -> None:
    await fill(program)
    told = all_of(await paged(served, "birch", 100))
    for one in told:
        assert stix2.parse(json.dumps(one), allow_custom=False).id == one["id"]
    text = json.dumps(told, ensure_ascii=False)
    assert EMAIL not in text
    assert "jane_doe_77" not in text
    assert json.dumps(URL.replace("ünïcode", "%C3%BCn%C3%AFcode").partition("'")[0])[1:-1] in text


async def test_the_manifest_names_the_same_objects_in_the_same_versions(program: Program, served: LiveExchange) -> None:
    await fill(program)
    told = all_of(await paged(served, "birch", 7))
    named = all_of(await paged(served, "birch", 7, manifest=True))
    assert [(one["id"], one["version"]) for one in named] == [
        (one["id"], one.get("modified", one["created"])) for one in told
    ]
    assert {one["media_type"] for one in named} == {"application/stix+json;version=2.1"}


async def test_who_is_outside_of_the_audience_sees_nothing_of_it(program: Program, served: LiveExchange) -> None:
    (row,) = await program.share("alder", draft("secret", program.payments))
    await program.sequence()
    assert row.signal_id is not None
    id = id_of("indicator", shown(Prefix.SIGNAL, row.signal_id))
    assert id in {one["id"] for one in all_of(await paged(served, "birch", 100))}
    assert "secret" not in json.dumps(await paged(served, "elm", 100))
    elm, birch = collection(served, "elm"), collection(served, "birch")
    assert (await apart(birch.get_object, id))["objects"][0]["pattern"] == "[domain-name:value = 'secret.example']"
    for ask in (elm.get_object, elm.object_versions):
        with pytest.raises(requests.HTTPError, match="404"):
            await apart(ask, id)
    assert await apart(elm.get_objects, id=id) == await apart(elm.get_manifest, id=id) == {"more": False}


async def test_what_goes_out_of_sight_arrives_revoked(program: Program, served: LiveExchange) -> None:
    (row,) = await program.share("alder", draft("gone"))
    await program.sequence()
    birch = collection(served, "birch")
    before = (await apart(birch.get_objects))["next"]
    await program.do("alder", contributions.retract, [row.subject_id], RetractionReason.ERROR)
    await program.sequence()
    envelope = await apart(birch.get_objects, next=before)
    (tombstone,) = envelope["objects"]
    assert row.signal_id is not None
    assert tombstone["id"] == id_of("indicator", shown(Prefix.SIGNAL, row.signal_id))
    assert (tombstone["revoked"], envelope["more"]) == (True, False)
    assert "gone.example" not in json.dumps(envelope)
    with pytest.raises(requests.HTTPError, match="404"):
        await apart(birch.get_object, tombstone["id"])


async def test_pages_by_default_hold_as_much_as_there_may_be(program: Program, served: LiveExchange) -> None:
    await fill(program)
    birch = collection(served, "birch")
    envelopes = await apart(lambda: list(as_pages(birch.get_objects)))
    assert len(envelopes) == 1
    assert envelopes[0]["next"]


async def test_objects_that_are_asked_for_by_id_come_in_pages_too(program: Program, served: LiveExchange) -> None:
    await fill(program)
    birch = collection(served, "birch")
    everything = {one["id"]: one for one in all_of(await paged(served, "birch", 1_000)) if one["type"] != "identity"}
    ids = [*everything, id_of("indicator", f"sig_{'7' * 32}")]
    envelopes = await apart(lambda: list(as_pages(birch.get_objects, 10, id=ids)))
    assert {one["id"]: one for one in all_of(envelopes)} == everything
    assert max(len(envelope.get("objects", [])) for envelope in envelopes) <= 10
