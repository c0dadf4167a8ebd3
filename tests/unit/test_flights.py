"""What an account has in the air: which attempts may be out at once, and which wait for which (C-3)."""

from dataclasses import replace

from mock_amp.core.account import Account, AccountSpec
from mock_amp.core.bundles import Bundle, Item, runs_of
from mock_amp.core.records import REPLY, REPORT, Callback, CallbackState, Injected
from mock_amp.engine.flights import Flight, Places, Trip
from tests.unit.builders import T0, later

ACCOUNT = Account(key=1, id="one", created_at=T0, spec=AccountSpec(), clock=AccountSpec().clock(T0))


def a_callback(key: int, *positions: int, job: int = 1, host: str = "one.example", **changes: object) -> Callback:
    bundle: Bundle = (Item(1, 0, runs_of(positions)),)
    usual = Callback(
        key=key,
        job=job,
        kind=REPORT,
        url=f"http://{host}/reports",
        state=CallbackState.DUE,
        due_at=T0,
        tried=0,
        bundle=bundle,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def a_flight(*callbacks: Callback, per_host: int = 64, most: int = 256, places: Places | None = None) -> Flight:
    flight = Flight(per_host, most, places or Places(2_048))
    for callback in callbacks:
        flight.enter(ACCOUNT, callback, again=callback.state is CallbackState.DELIVERED)
    return flight


def taken(flight: Flight) -> list[Trip]:
    """All that have a place at this moment."""
    found = []
    while trip := flight.take():
        found.append(trip)
    return found


def keys(trips: list[Trip]) -> list[int]:
    return [trip.callback.key for trip in trips]


def done(flight: Flight, *trips: Trip) -> None:
    for trip in trips:
        flight.leave(trip)
        flight.land(trip)


def test_attempts_about_different_messages_are_made_side_by_side() -> None:
    """C-3: in whatever order their destinations stand in the job."""
    flight = a_flight(*(a_callback(at, (at * 7) % 100) for at in range(100)), per_host=100)

    assert keys(taken(flight)) == list(range(100))


def test_a_second_report_about_a_message_waits_for_the_first() -> None:
    """C-3: and for all others of its wave; a third waits for the second."""
    flight = a_flight(a_callback(1, 5), a_callback(2, 6), a_callback(3, 5), a_callback(4, 5, 6), a_callback(5, 9))
    first, second = taken(flight)

    done(flight, first)
    early = taken(flight)
    done(flight, second)
    third = taken(flight)
    done(flight, *third)

    assert (keys([first, second]), early, keys(third), keys(taken(flight))) == ([1, 2], [], [3], [4, 5])


def test_other_jobs_and_replies_wait_for_nothing() -> None:
    """C-3: a lane is of a job and a kind."""
    flight = a_flight(a_callback(1, 5), a_callback(2, 5, job=2), a_callback(3, 5, kind=REPLY), a_callback(4, 5))

    assert keys(taken(flight)) == [1, 2, 3]


def test_a_retry_overtakes() -> None:
    """C-3: only first attempts keep their order."""
    flight = a_flight(a_callback(1, 5), a_callback(2, 5, tried=1, state=CallbackState.RETRYING))

    assert keys(taken(flight)) == [1, 2]


def test_one_that_was_held_back_follows_all_others() -> None:
    """A callback with `reorder` waits, whatever it is about."""
    held = Injected(rule="late", faults={"reorder": True})
    flight = a_flight(a_callback(1, 5), a_callback(2, 6, injected=held))
    (first,) = taken(flight)

    done(flight, first)

    assert keys(taken(flight)) == [2]


def test_attempts_asked_for_of_one_callback_are_made_one_after_the_other() -> None:
    """C-5: each as the one before has left it, so the next goes once that is written down."""
    over = a_callback(1, 5, state=CallbackState.DELIVERED, tried=1)
    flight = a_flight(over, replace(over, due_at=later(1)))
    (first,) = taken(flight)

    flight.leave(first)
    made = taken(flight)
    flight.land(first)

    assert (made, keys(taken(flight))) == ([], [1])


def test_no_more_are_out_than_there_are_places() -> None:
    """DESIGN: so many to a host, and so many in all; whoever has a place gives it to the next."""
    hosts = [a_callback(at, at, host=f"{at % 3}.example") for at in range(30)]
    flight = a_flight(*hosts, per_host=4, most=10)

    first = taken(flight)
    done(flight, first[0])
    second = taken(flight)

    assert sorted(trip.callback.url for trip in first) == sorted(
        f"http://{host}.example/reports" for host in (0, 0, 0, 0, 1, 1, 1, 2, 2, 2)
    )
    assert len(second) == 1


def test_a_host_with_much_to_come_does_not_keep_others_from_theirs() -> None:
    """DESIGN: nobody waits for others; hosts take turns."""
    flight = a_flight(*(a_callback(at, at) for at in range(9)), a_callback(9, 9, host="two.example"), most=2)
    first, second = taken(flight)

    done(flight, first)

    assert keys([first, second]) == [0, 9]
    assert keys(taken(flight)) == [1]


def test_what_has_been_made_is_carried_until_it_is_written_down() -> None:
    """D8: an account is idle only when the outcome is in the store."""
    flight = a_flight(a_callback(1, 5), a_callback(2, 5, job=2))
    trips = taken(flight)

    for trip in trips:
        flight.leave(trip)
    made = flight.carried
    flight.land(trips[0])

    assert (made, flight.carried, set(flight.jobs)) == (2, 1, {2})


def test_nothing_leaves_a_flight_that_was_abandoned() -> None:
    """D8: neither who stood in line nor who waited for the attempt before."""
    flight = a_flight(a_callback(1, 5), a_callback(2, 5), a_callback(3, 6), per_host=1)
    (out,) = taken(flight)

    flight.abandon()
    flight.leave(out)

    assert taken(flight) == []


def a_host_of(key: int, count: int, places: Places, **bounds: int) -> Flight:
    """A flight with so many callbacks, whose keys are told by the first digit."""
    return a_flight(*(a_callback(key * 10 + at, at) for at in range(count)), places=places, **bounds)


def test_no_more_are_out_than_there_are_places_for_all_accounts() -> None:
    """The setting max-callbacks: what one has, another has not."""
    places = Places(3)
    one, two = a_host_of(1, 5, places, most=2), a_host_of(2, 5, places)

    assert (keys(taken(one)), keys(taken(two)), places.free) == ([10, 11], [20], 0)


def test_a_place_goes_to_the_account_that_waits_longest() -> None:
    """The setting max-callbacks: accounts take turns, however many callbacks each of them has."""
    places = Places(1)
    one, two, three = (a_host_of(key, count, places) for key, count in ((1, 9), (2, 1), (3, 9)))
    owner, (trip, *_) = one, [*taken(one), *taken(two), *taken(three)]
    order = []

    for _ in range(6):
        done(owner, trip)
        owner = places.next or owner
        (trip,) = taken(owner)  # who has more asks for another place, and stands behind the others
        order.append(trip.callback.key)

    assert order == [11, 20, 30, 12, 31, 13]


def test_nobody_takes_the_place_of_one_who_waits() -> None:
    """The setting max-callbacks: who asks while a place is free asks behind those who have asked before."""
    places = Places(1)
    one, two, three = (a_host_of(key, 1, places) for key in (1, 2, 3))
    (out,) = taken(one)
    taken(two)

    done(one, out)

    assert (taken(three), keys(taken(two)), places.free) == ([], [20], 0)


def test_an_account_that_has_its_share_stands_in_no_line() -> None:
    """The setting max-callbacks-per-account: who hangs with all that it may have out keeps nobody from a place."""
    places = Places(2)
    one, two = a_host_of(1, 5, places, most=1), a_host_of(2, 1, places)

    assert (keys(taken(one)), keys(taken(two)), places.free, places.next) == ([10], [20], 0, None)


def test_an_account_that_cannot_write_down_what_it_has_made_begins_nothing() -> None:
    """D8: or there would be ever more to be kept; once it can, it goes on."""
    flight = a_flight(*(a_callback(at, at) for at in range(4)), most=2)
    first = taken(flight)

    flight.stuck = "the disk is full"
    for trip in first:
        flight.leave(trip)
    meanwhile = taken(flight)
    flight.stuck = None

    assert (keys(first), meanwhile, keys(taken(flight))) == ([0, 1], [], [2, 3])


def test_an_abandoned_flight_gives_its_places_back() -> None:
    """Whether those who had them have begun or not; and it waits for none."""
    places = Places(2)
    one, two = a_host_of(1, 3, places), a_host_of(2, 3, places)
    out = taken(one)
    taken(two)
    taken(one)

    two.abandon()
    nobody = places.next
    one.abandon()
    one.leave(out[0])
    one.clear()

    assert (nobody, places.next, places.free) == (None, None, 2)
