"""The Ids port: secrets that nobody can guess."""

import re

from mock_amp.adapters.ids import RandomIds
from mock_amp.ports import Ids

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def test_a_token_is_a_random_uuid() -> None:
    """A-1: as the vendor hands them out."""
    ids: Ids = RandomIds()

    assert UUID4.fullmatch(ids.token())


def test_ids_do_not_repeat_themselves() -> None:
    """D11: account ids and tokens do not come from a seed; two processes draw different ones."""
    one, other = RandomIds(), RandomIds()

    drawn = [draw() for ids in (one, other) for draw in (ids.token, ids.account) for _ in range(500)]

    assert len(set(drawn)) == len(drawn)


def test_a_drawn_seed_can_be_written_and_read_by_every_client() -> None:
    """D11: a whole number that JavaScript keeps exactly; not always the same one."""
    seeds = {RandomIds().seed() for _ in range(50)}

    assert all(0 <= seed <= 2**53 - 1 for seed in seeds)
    assert len(seeds) > 1
