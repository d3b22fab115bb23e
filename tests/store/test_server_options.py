"""The settings with which the embedded PostgreSQL starts."""

import pytest

from app.store import server_options


@pytest.mark.parametrize(
    ("memory", "held"), [(100, 128), (512, 128), (1_024, 256), (24_000, 6_000), (500_000, 8_192)], ids=str
)
def test_it_holds_a_quarter_of_the_memory_within_bounds(memory: int, held: int) -> None:
    assert server_options.held_mb(memory) == held


def test_a_durable_server_takes_what_the_machine_allows_and_one_for_tests_little() -> None:
    durable = server_options.at_start(durable=True, socket_directory="/run/x")
    fleeting = server_options.at_start(durable=False, socket_directory="/run/x")
    assert 128 <= int(durable["shared_buffers"].removesuffix("MB")) <= 8_192
    assert fleeting["shared_buffers"] == "64MB"
    assert "fsync" not in durable
