"""What TAXII's own words ask for: objects by id, filters and times."""

from datetime import timedelta

import pytest

from app.rules.stix import objects
from app.rules.stix.names import id_of
from tests.feed.world import Program, draft
from tests.live_exchange import LiveExchange
from tests.taxii.reading import COLLECTION, MANIFEST, OBJECTS, get, refused, told
from tests.taxii.world import fill

STANDING = len(objects.STANDING)


async def test_an_object_is_found_by_its_id(program: Program, served: LiveExchange) -> None:
    await fill(program)
    everything = await told(served)
    for one in everything:
        found = await get(served, "birch", f"{OBJECTS}{one['id']}/")
        if one["type"] == "identity" and one not in objects.STANDING:
            assert refused(found) == (404, "NOT_FOUND")  # those of participants come with what they share
            continue
        assert found.json() == {"more": False, "objects": [one]}
        versions = (await get(served, "birch", f"{OBJECTS}{one['id']}/versions/")).json()
        assert versions["versions"] == [one.get("modified", one["created"])]


@pytest.mark.parametrize(
    "id", [id_of("indicator", f"sig_{'7' * 12}4{'7' * 3}8{'7' * 15}"), "indicator--x", "x", "'", "%00", "sig_1", "..."]
)
async def test_what_there_is_not_is_not_found(program: Program, served: LiveExchange, id: str) -> None:
    assert refused(await get(served, "birch", f"{OBJECTS}{id}/")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "path", ["/taxii2/other/", "/taxii2/exchange/status/1/", "/taxii2/exchange/collections/none/", f"{COLLECTION}more/"]
)
async def test_other_paths_are_not_found(served: LiveExchange, path: str) -> None:
    assert refused(await get(served, "birch", path)) == (404, "NOT_FOUND")


async def test_the_alias_of_the_collection_is_a_path_too(served: LiveExchange) -> None:
    alias = "/taxii2/exchange/collections/signals/"
    assert (await get(served, "birch", alias)).json() == (await get(served, "birch", COLLECTION)).json()


async def test_filters_let_through_what_they_name(program: Program, served: LiveExchange) -> None:
    await fill(program)
    everything = await told(served)
    indicators = [one for one in everything if one["type"] == "indicator"]
    assert await told(served, **{"match[type]": "indicator"}) == indicators
    both = await told(served, **{"match[type]": "opinion,sighting"})
    assert {one["type"] for one in both} == {"opinion", "sighting"}
    two = sorted([indicators[0]["id"], everything[0]["id"]])
    assert sorted(one["id"] for one in await told(served, **{"match[id]": ",".join(two)})) == two
    for version, count in (("last", len(indicators)), ("all,first", len(indicators)), ("2020-01-01T00:00:00.000Z", 0)):
        assert len(await told(served, **{"match[version]": version, "match[type]": "indicator"})) == count
    assert await told(served, **{"match[version]": indicators[0]["modified"], "match[type]": "indicator"}) == indicators
    assert await told(served, **{"match[spec_version]": "2.0"}) == []
    assert len(await told(served, path=MANIFEST, **{"match[type]": "indicator"})) == len(indicators)


async def test_a_filtered_reading_pages_through(program: Program, served: LiveExchange) -> None:
    await fill(program)
    found, query = [], {"match[type]": "indicator", "limit": 3}
    while True:
        envelope = (await get(served, "birch", **query)).json()
        found += envelope.get("objects", [])
        query["next"] = envelope["next"]
        if not envelope["more"]:
            break
    assert len({one["id"] for one in found}) == len(found) == 13


async def test_added_after_leaves_out_what_was_last_changed_before(program: Program, served: LiveExchange) -> None:
    await program.share("alder", draft("early"))
    program.clock.forward(days=1)
    await program.share("alder", draft("late"))
    await program.settle()
    between = (program.clock() - timedelta(hours=1)).isoformat()
    answer = await get(served, "birch", added_after=between)
    (late,) = [one for one in answer.json()["objects"] if one["type"] == "indicator"]
    assert late["pattern"] == "[domain-name:value = 'late.example']"
    last = answer.headers["x-taxii-date-added-last"]
    assert await told(served, added_after=last, **{"match[type]": "indicator"}) == []
    assert last == program.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_an_answer_tells_when_its_objects_were_added(program: Program, served: LiveExchange) -> None:
    await program.share("alder", draft("one"))
    await program.settle()
    answer = await get(served, "birch")
    assert answer.headers["x-taxii-date-added-first"] < answer.headers["x-taxii-date-added-last"]
    nothing = await get(served, "birch", next=answer.json()["next"])
    assert nothing.json() == {"more": False, "next": nothing.json()["next"]}
    assert "x-taxii-date-added-last" not in nothing.headers
