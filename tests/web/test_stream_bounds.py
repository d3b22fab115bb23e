"""How many sockets there may be, by where they come from."""

from contextlib import ExitStack

import pytest

from app.errors import TooMany
from app.rules.limits import MAX_NEW_SOCKETS
from app.web.stream_bounds import StreamBounds


def test_who_has_many_addresses_of_one_network_has_no_more_sockets() -> None:
    bounds = StreamBounds()
    with ExitStack() as held:
        for number in range(MAX_NEW_SOCKETS):
            held.enter_context(bounds.of_address(f"2001:db8::{number:x}"))
        with pytest.raises(TooMany):
            held.enter_context(bounds.of_address("2001:db8::ffff:1"))
        held.enter_context(bounds.of_address("2001:db8:0:1::1"))
        held.enter_context(bounds.of_address("192.0.2.1"))
    with bounds.of_address("2001:db8::1"):
        pass
