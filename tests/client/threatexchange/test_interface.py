"""The extension as Hasher-Matcher-Actioner calls it: the library's own classes, and what is kept between two runs."""

import json
from secrets import token_hex

from app.client import operations
from tests.client.threatexchange.world import World, near

# Fetches from a checkpoint that was kept as JSON, merges as the library says, keeps all, and tells what it holds.
_FETCH = """
import json, pathlib, pickle, sys
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest
from threatexchange.signal_type.pdq.signal import PdqSignal
from threatexchange.signal_type.raw_text import RawTextSignal
from threatexchange.signal_type.trend_query import TrendQuerySignal
from threatexchange.signal_type.url import URLSignal
from threatexchange.signal_type.url_md5 import UrlMD5Signal
from threatexchange.utils import dataclass_json

(api_class,) = ThreatExchangeExtensionManifest.load_from_module_name("lantern_exchange.client.threatexchange").apis
types = [PdqSignal, RawTextSignal, TrendQuerySignal, URLSignal, UrlMD5Signal]
collab = api_class.get_config_cls()(name="direct")
api = api_class.for_collab(collab)
kept = pathlib.Path(sys.argv[1])
checkpoint, held = None, {}
if kept.exists():
    said, held = json.loads(kept.read_text())
    checkpoint = dataclass_json.dataclass_loads(said, api_class.get_checkpoint_cls())
    held = {key: dataclass_json.dataclass_loads(text, api_class.get_record_cls()) for key, text in held.items()}
pages = []
for delta in api.fetch_iter(types, checkpoint):
    assert pickle.loads(pickle.dumps(delta)) == delta
    if checkpoint:
        assert delta.checkpoint.get_progress_timestamp() >= checkpoint.get_progress_timestamp()
    checkpoint = delta.checkpoint
    api_class.naive_fetch_merge(held, delta.updates)
    pages.append(len(delta.updates))
texts = {key: dataclass_json.dataclass_dumps(record) for key, record in held.items()}
kept.write_text(json.dumps([dataclass_json.dataclass_dumps(checkpoint), texts]))
made = api_class.naive_convert_to_signal_type(types, collab, held)
print(json.dumps({
    "pages": pages,
    "stale": checkpoint.is_stale(),
    "types": sorted({record.type for record in held.values()}),
    "made": {type.get_name(): {
        text: {
            "aggregate": record.get_as_aggregate_opinion().category.name,
            "opinions": sorted((o.category.name, o.is_mine) for o in record.get_as_opinions()),
        } for text, record in signals.items()
    } for type, signals in made.items()},
}))
"""
# Says of a signal what the arguments say: its type, its text, the category, the labels, and in which role.
_SAY = """
import sys
from threatexchange.exchanges.fetch_state import SignalOpinion, SignalOpinionCategory
from threatexchange.signal_type.pdq.signal import PdqSignal
from threatexchange.signal_type.raw_text import RawTextSignal
from threatexchange.signal_type.trend_query import TrendQuerySignal
from lantern_exchange.client.threatexchange import LanternSignalExchangeAPI as API

_, type, text, category, labels, role = sys.argv
types = {found.get_name(): found for found in (PdqSignal, RawTextSignal, TrendQuerySignal)}
api = API.for_collab(API.get_config_cls()(name="direct", reviewer_role=role))
opinion = SignalOpinion(True, SignalOpinionCategory[category], set(filter(None, labels.split(","))))
try:
    api.report_opinion(types[type], text, opinion)
except Exception as error:
    print(error.__class__.__name__, error)
"""
ROLE = "Child safety investigator"


def fetched(lantern: World) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(lantern.python(_FETCH, str(lantern.home / "kept")))
    return found


def test_what_is_kept_goes_on_from_its_checkpoint(lantern: World) -> None:
    first, second = token_hex(32), token_hex(32)
    contributions = lantern.share(("HASH_PDQ", first), ("URL", f"https://site.example/{first}?Q=A"))
    lantern.share(("DOMAIN", f"{token_hex(4)}.example"), ("EMAIL_ADDRESS", f"{token_hex(4)}@mail.example"))
    lantern.settle(first)
    whole = fetched(lantern)
    assert {"pdq", "url"} <= whole["made"].keys() <= {"pdq", "url", "trend_query"}
    assert f"https://site.example/{first}?Q=A" in whole["made"]["url"]
    assert not whole["stale"]
    # Neither persons nor what no type of the library could match is kept at all.
    assert not {"EMAIL_ADDRESS", "DOMAIN"} & set(whole["types"])
    lantern.share(("HASH_PDQ", second))
    lantern.alder.ask(operations.retract(contributions[:1], "ERROR"))
    lantern.settle()
    more = fetched(lantern)
    assert second in more["made"]["pdq"]
    assert first not in more["made"]["pdq"]
    assert whole["made"]["url"] == more["made"]["url"]
    assert fetched(lantern)["pages"] == [0]


def test_what_reviewers_say_makes_the_class_of_a_signal(lantern: World) -> None:
    first = token_hex(32)
    seed, confirmed, denied, disputed = first, near(first), token_hex(32), token_hex(32)
    lantern.share(*(("HASH_PDQ", value) for value in (seed, confirmed, denied, disputed)))
    lantern.share(("HASH_PDQ", seed), by=lantern.birch)
    lantern.settle(seed, confirmed, denied, disputed)
    for value, category in ((confirmed, "POSITIVE_CLASS"), (denied, "NEGATIVE_CLASS"), (disputed, "POSITIVE_CLASS")):
        assert said(lantern, "pdq", value, category, "", ROLE) == ""
    denial = {"verdict": "FALSE_POSITIVE", "reason": "OTHER", "reviewStatus": "REVIEWED_MANUALLY"}
    lantern.record(lantern.cedar, disputed, denial)
    lantern.settle()
    found = fetched(lantern)["made"]["pdq"]
    assert found[seed] == {
        "aggregate": "INVESTIGATION_SEED",
        "opinions": [["INVESTIGATION_SEED", False], ["INVESTIGATION_SEED", True]],
    }
    assert found[confirmed] == {
        "aggregate": "POSITIVE_CLASS",
        "opinions": [["INVESTIGATION_SEED", False], ["POSITIVE_CLASS", False]],
    }
    assert found[denied]["aggregate"] == "NEGATIVE_CLASS"
    assert found[disputed]["aggregate"] == "DISPUTED"


def test_a_denial_needs_a_review_and_takes_its_reason_from_a_label(lantern: World) -> None:
    first, second = token_hex(32), token_hex(32)
    lantern.share(("HASH_PDQ", first), ("HASH_PDQ", second))
    lantern.settle(first, second)
    assert "Misconfigured" in said(lantern, "pdq", first, "NEGATIVE_CLASS", "", "")
    assert lantern.received(first) == []
    assert said(lantern, "pdq", first, "INVESTIGATION_SEED", "", ROLE) == ""
    assert lantern.received(first) == [("MATCHED", None)]
    assert said(lantern, "pdq", first, "NEGATIVE_CLASS", "NEAR_MATCH_COLLISION", ROLE) == ""
    assert said(lantern, "pdq", second, "NEGATIVE_CLASS", "other words", ROLE) == ""
    assert lantern.received(first) == [("FALSE_POSITIVE", "NEAR_MATCH_COLLISION")]
    assert lantern.received(second) == [("FALSE_POSITIVE", "OTHER")]
    # What somebody reviewed is not undone by a label that attests nothing.
    assert "Refused" in said(lantern, "pdq", first, "POSITIVE_CLASS", "", "")


def test_a_keyword_is_known_again_by_its_query(lantern: World) -> None:
    word = token_hex(8)
    lantern.share(("KEYWORD", f"Trade {word}"), language="en")
    lantern.settle(f"trade {word}")
    (query,) = (text for text in fetched(lantern)["made"]["trend_query"] if word in text)
    assert said(lantern, "trend_query", query, "POSITIVE_CLASS", "", ROLE) == ""
    assert lantern.received(f"trade {word}") == [("CONFIRMED_VIOLATION", None)]
    other = json.dumps({"and": [{"or": [word]}], "not": []})
    assert "Refused" in said(lantern, "trend_query", other, "POSITIVE_CLASS", "", ROLE)
    assert "NotImplementedError" in said(lantern, "raw_text", word, "POSITIVE_CLASS", "", ROLE)


def said(lantern: World, *arguments: str) -> str:
    """What came of it: nothing if it was taken."""
    return lantern.python(_SAY, *arguments)
