"""Which account a call is about."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

DEFAULT_ACCOUNT: Final = "default"
"""The account that every server has."""


@dataclass(frozen=True, slots=True)
class Here:
    """An account by its id, with the token that its sends bring; None for an account that has none any more."""

    account: str
    token: str | None

    def path(self, *parts: str) -> str:
        """The path of a call about this account; `parts` may be anything, since they are quoted."""
        return "/".join(["/__admin/accounts", *map(quoted, [self.account, *parts])])

    def authorization(self, token: str | None) -> dict[str, str]:
        """The header of a send: with the account's token, or another. Raises ValueError for what no header can hold."""
        mine = token or self.token
        if not mine or not mine.isascii() or not mine.isprintable():
            raise ValueError(f"a send needs a token of visible ASCII characters, not {mine!r}; add_token makes one")
        return {"Authorization": f"Token {mine}"}


def quoted(part: str) -> str:
    """A part of a path, whatever it holds. Raises ValueError for those that mean another path, quoted or not."""
    if part in ("", ".", ".."):
        raise ValueError(f"{part!r} names nothing on a server")
    return quote(part, safe="")
