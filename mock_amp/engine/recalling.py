"""One-time codes as a test reads them off the handset: the last of a number, and the digits in its texts."""

from mock_amp.core.handset import Screen, screen
from mock_amp.core.listed import sent_code
from mock_amp.core.records import Page, Sort, Sought
from mock_amp.core.shapes import Shape
from mock_amp.engine.contents import content_of
from mock_amp.engine.errors import NoSuch
from mock_amp.engine.world import World
from mock_amp.ports import Books


class Recalling:
    def __init__(self, world: World) -> None:
        self._world = world

    def code(self, account_id: str, number: str) -> Shape:
        """The last code sent to a number, and the digits in the last text, of whatever product. Raises NoSuch (F-6)."""
        account = self._world.account(account_id)

        def read(books: Books) -> Shape:
            code, shown = books.codes.latest(account.key, number), _last_screen(books, account.key, number)
            if code is None and shown is None:
                if books.retention.lost(account.key, Sort.MESSAGE).count:
                    raise NoSuch(
                        f"nothing that account {account.id} keeps was sent to {number}, and older ones are gone"
                    )
                raise NoSuch(f"nothing was sent to {number}")
            return sent_code(number, code, shown, self._world.shown(account), self._world.terms.node)

        return self._world.store.read(read)


def _last_screen(books: Books, account: int, number: str) -> Screen | None:
    """What the last message to a number shows."""
    sought = Sought(fields={"to": (number,)})
    for message in books.sending.messages(account, sought, Page(limit=1, descending=True)):
        return screen(message, content_of(message.job))
    return None
