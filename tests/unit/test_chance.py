"""D11: dice that come from an account's seed."""

import pytest

from mock_amp.core.chance import chosen, fraction, reaches, throws

ALL = range(1_000)


def test_the_same_event_of_the_same_seed_throws_the_same() -> None:
    """D11: the same seed, requests and scenario give the same bytes."""
    assert [*throws(7, "rule/0", 3, 50)] == [*throws(7, "rule/0", 3, 50)]
    assert chosen(0.3, ALL, 7, "rule/0", 3) == chosen(0.3, ALL, 7, "rule/0", 3)
    assert fraction(7, "reach/SMS", "356") == fraction(7, "reach/SMS", "356")


@pytest.mark.parametrize(("seed", "purpose", "number"), [(8, "rule/0", 3), (7, "rule/1", 3), (7, "rule/0", 4)])
def test_another_seed_purpose_or_event_throws_otherwise(seed: int, purpose: str, number: int) -> None:
    """D11: one rule's dice tell nothing of another's."""
    assert chosen(0.3, ALL, seed, purpose, number) != chosen(0.3, ALL, 7, "rule/0", 3)


def test_longer_throws_begin_as_shorter_ones_do() -> None:
    assert [*throws(7, "jitter", 1, 100)][:10] == [*throws(7, "jitter", 1, 10)]


def test_a_fraction_lies_between_0_and_1() -> None:
    thrown = [fraction(seed, "reach", "356") for seed in range(1_000)]

    assert 0 <= min(thrown) < 0.01
    assert 0.99 < max(thrown) < 1


@pytest.mark.parametrize("share", [0.001, 0.1, 0.3, 0.5, 0.999])
def test_a_share_of_many_is_as_many_as_it_comes_to(share: float) -> None:
    found = chosen(share, ALL, 7, "rule/0", 1)

    assert len(found) == pytest.approx(share * len(ALL), abs=1)
    assert found == sorted(set(found))


def test_a_share_of_all_is_all() -> None:
    assert chosen(1.0, [3, 5], 7, "rule/0", 1) == [3, 5]


def test_the_share_of_nobody_is_nobody() -> None:
    assert chosen(0.5, [], 7, "rule/0", 1) == []


def test_positions_keep_their_order_and_their_values() -> None:
    positions = range(0, 1_000, 7)

    found = chosen(0.5, positions, 7, "rule/0", 1)

    assert set(found) < set(positions)
    assert found == sorted(found)


def test_of_single_ones_a_share_is_taken_by_chance() -> None:
    """One destination a request: over many requests it comes to the share."""
    taken = sum(len(chosen(0.3, [0], 7, "rule/0", job)) for job in range(10_000))

    assert taken == pytest.approx(3_000, rel=0.05)


@pytest.mark.parametrize("seed", range(20))
def test_a_share_of_a_campaign_is_within_one_percent(seed: int) -> None:
    """Issue 4: `share: 0.3` over 50,000 destinations lands within 1 % of 30 %."""
    assert len(chosen(0.3, range(50_000), seed, "rule/0", 1)) == pytest.approx(15_000, rel=0.01)


def test_whom_a_share_takes_is_spread_over_the_whole() -> None:
    found = chosen(0.3, range(10_000), 7, "rule/0", 1)

    for tenth in range(10):
        assert sum(each // 1_000 == tenth for each in found) == pytest.approx(300, rel=0.3)


def test_a_channel_reaches_a_number_always_or_never() -> None:
    """L-3: the handset has the messenger or not, whatever is sent to it."""
    assert {reaches(7, "VIBER", "35699000001", 0.5) for _ in range(5)} in ({True}, {False})


@pytest.mark.parametrize(("share", "expected"), [(0, 0), (0.3, 3_000), (1, 10_000)])
def test_a_channel_reaches_its_fraction_of_numbers(share: float, expected: int) -> None:
    reached = sum(reaches(7, "VIBER", f"356990{number:05}", share) for number in range(10_000))

    assert reached == pytest.approx(expected, rel=0.05)


def test_who_is_reached_with_a_small_reach_is_reached_with_a_larger_one() -> None:
    few, many = ({at for at in range(1_000) if reaches(7, "RCS", f"356{at}", share)} for share in (0.2, 0.6))

    assert few < many
