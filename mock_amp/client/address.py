"""Where a server is, what every call to it brings, and in what words it cannot be reached."""

import os
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Final
from urllib.parse import urlencode, urlsplit

import urllib3

from mock_amp.client.errors import NotReached
from mock_amp.client.plans import Ask

USUAL_URL: Final = "http://127.0.0.1:8042"
"""Where a server listens unless told otherwise."""

_CONTROL_PLANE: Final = "/__admin"


class Address:
    """Where a server is, and what every call brings: the admin-key, if it wants one, and the CA to trust.

    `admin_url` is where the control plane is, of a server that has a port of its own for it. Raises ValueError.
    """

    def __init__(
        self,
        url: str,
        admin_key: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        admin_url: str | None = None,
    ) -> None:
        self.url = _checked(url)
        self.admin_url = self.url if admin_url is None else _checked(admin_url)
        if admin_key is not None and not (admin_key.isascii() and admin_key.isprintable()):
            raise ValueError("an admin_key is of visible ASCII characters: it goes into a header")
        self.headers: Mapping[str, str] = {"X-Admin-Key": admin_key} if admin_key else {}
        self.ca = None if ca is None else os.fspath(ca)

    def of(self, ask: Ask) -> str:
        """The whole URL of a request. Raises ValueError for a path that could name another host, or none."""
        if not ask.path.startswith("/") or ask.path.startswith("//"):
            raise ValueError(f"{ask.path!r} is no path of a server: it begins with one /")
        base = self.admin_url if ask.path.startswith(_CONTROL_PLANE) else self.url
        return f"{base}{ask.path}{'?' if ask.query else ''}{urlencode(list(ask.query))}"

    def heads(self, ask: Ask) -> dict[str, str]:
        """The headers of a request. The key goes to the control plane alone: it is none of the service's business."""
        return {**ask.headers, **(self.headers if ask.path.startswith(_CONTROL_PLANE) else {})}

    @cached_property
    def context(self) -> ssl.SSLContext | None:
        """What TLS trusts: the system's CAs and ours; None where there is no TLS. Raises NotReached."""
        if not any(url.lower().startswith("https://") for url in (self.url, self.admin_url)):
            return None
        context = ssl.create_default_context()
        if self.ca:
            try:
                context.load_verify_locations(self.ca)
            except OSError as error:
                raise NotReached(f"the CA {self.ca} cannot be read: {error}") from error
        return context

    def unreached(self, ask: Ask, error: BaseException, *, connected: bool) -> NotReached:
        """In one line, with what helps; `connected` says whether there was somebody to ask."""
        url, root = self.of(ask).partition(ask.path)[0], _root(error)
        if isinstance(root, ssl.SSLCertVerificationError):
            return NotReached(
                f"the certificate of {url} is not trusted ({root.verify_message}); name its CA, a PEM file: ca= in "
                "Python, --ca on the command line; `mock-amp ca` prints that of a mock-amp"
            )
        if not connected:
            return NotReached(f"nobody can be reached at {url} ({_words(root)}); is mock-amp serve running there?")
        if isinstance(error, TimeoutError | urllib3.exceptions.ReadTimeoutError):
            return NotReached(f"{url} did not answer in time: {ask.method} {ask.path}")
        return NotReached(f"the connection to {url} broke before {ask.method} {ask.path} was answered ({_words(root)})")


def address_of(
    url: str | None, admin_key: str | None, ca: str | os.PathLike[str] | None, admin_url: str | None = None
) -> Address:
    """Where a server is, from what was said and from the environment."""
    return Address(
        url or os.environ.get("MOCK_AMP_URL") or USUAL_URL,
        admin_key or os.environ.get("MOCK_AMP_ADMIN_KEY") or None,
        ca or os.environ.get("MOCK_AMP_CLIENT_CA") or None,
        admin_url,
    )


def _checked(url: str) -> str:
    """Without a slash at its end. Raises ValueError for what is no URL of a server."""
    plain = url.strip().rstrip("/")
    try:
        parts = urlsplit(plain)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        right = False
    if not right or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is no URL of a server: write {USUAL_URL}, say")
    if plain.endswith(_CONTROL_PLANE):
        raise ValueError(f"{url!r} is the control plane's own path: leave {_CONTROL_PLANE} away")
    return plain


def _root(error: BaseException) -> BaseException:
    """What lies at the bottom of a library's error."""
    seen = error
    for _ in range(8):
        inner = next((each for each in (*seen.args, seen.__cause__) if isinstance(each, BaseException)), None)
        if inner is None:
            break
        seen = inner
    return seen


def _words(root: BaseException) -> str:
    told = root.strerror if isinstance(root, OSError) and root.strerror else str(root)
    return " ".join(told.split()) or type(root).__name__
