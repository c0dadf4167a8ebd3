"""How much an account has ahead of it, and that past a limit it takes no more: what waits must not grow for ever.

Statuses and callbacks wait on the agenda, and those callbacks that have left it, before their receivers.
"""

from mock_amp.core.refusals import Refused, refuse
from mock_amp.engine.delivering import Courier
from mock_amp.engine.errors import Conflict
from mock_amp.engine.world import World
from mock_amp.ports import Books


def refusal_of(world: World, courier: Courier, books: Books, account: int) -> Refused | None:
    """What a send is answered that would add to too much; None while there is room."""
    ahead = books.agenda.size(account) + courier.carried(account)
    return None if ahead < world.terms.agenda else refuse("agenda_full", ahead)


def check_room(world: World, courier: Courier, books: Books, account: int) -> None:
    """The same for the control plane. Raises Conflict."""
    if refusal := refusal_of(world, courier, books, account):
        raise Conflict(f"{refusal.violations[0].reason} It wants {refusal.violations[0].expected}.")
