"""An upload whose connection is cut after any byte, of the question or of the answer, has its effect once."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.client.cutting_proxy import CuttingProxy, Way, cutting_proxy
from tests.client.importing.checking import check
from tests.client.importing.runs import Partner
from tests.client.importing.truth import Truth
from tests.client.restartable import Restartable

# Cuts of each way, spread over all bytes that pass.
CUTS, CUTS_IN_FULL = 6, 120


def _truth(prefix: str) -> Truth:
    """Three batches of rows, of which one is rejected and one overridden, and one of a link."""
    truth = Truth(prefix)
    for number in range(8):
        truth.domain(number, ref=f"r{number}")
    truth.bad()
    truth.domain(3, 70)
    truth.link("r0", "r1")
    return truth


def _import(own: Restartable, proxy: CuttingProxy, name: str, directory: Path) -> None:
    partner = Partner(proxy.url, own.clients["alder"], directory / name, {"EXCHANGE_ISSUER": own.url}, batch=4)
    truth = _truth(name)
    ended = partner.run(truth.write(directory / f"{name}.jsonl"))
    direct = Partner(own.url, own.clients["alder"], directory / "direct")
    check(direct, truth, ended)


def test_an_import_that_is_cut_after_any_byte_has_its_effect_once(
    own: Restartable, tmp_path: Path, evidence: Callable[[str], None], pytestconfig: pytest.Config
) -> None:
    wanted = CUTS_IN_FULL if pytestconfig.getoption("--full") else CUTS
    address = urlsplit(own.url)
    with cutting_proxy(address.hostname or "", address.port or 0) as proxy:
        _import(own, proxy, "cut0x", tmp_path)
        whole = dict(proxy.passed)
        number = cuts = 0
        for way in Way:
            for after in range(1, whole[way], max(1, whole[way] // wanted)):
                number += 1
                proxy.cut(way, after)
                before = proxy.cuts
                _import(own, proxy, f"cut{number}x", tmp_path)
                cuts += proxy.cuts - before
    assert cuts >= number - 2, "the cuts do not come to pass"
    evidence(f"{cuts} cuts after different bytes of {whole}")
