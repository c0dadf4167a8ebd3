"""What all commands that talk to a running server have in common: their options, and how they say what is wrong."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from mock_amp.cli.completion import complete_file
from mock_amp.cli.streams import print_json_text
from mock_amp.core.instants import SECOND, parse_duration
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from mock_amp.client import Account, Client

USUAL_URL: Final = "http://127.0.0.1:8042"
DEFAULT_ACCOUNT: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server, and which account of it is meant: by its id, by a token of it, or the default one."""

    url: str
    service_url: str | None
    admin_key: str | None
    account_id: str | None
    token: str | None
    ca_file: str | None

    @contextmanager
    def client(self) -> Iterator["Client"]:
        """The control plane."""
        from mock_amp.client import Client

        try:
            client = Client(self.url, admin_key=self.admin_key, ca=self.ca_file)
        except ValueError as error:
            raise click.ClickException(str(error)) from error
        with client:
            yield client

    @contextmanager
    def account(self) -> Iterator["Account"]:
        """The account that is meant. A token that no account has is told, and that is the end."""
        with self.client() as client:
            yield self.account_of(client)

    def account_of(self, client: "Client", *, stranger: bool = False) -> "Account":
        """The account that is meant; for a `stranger`, a token that no account has, the default one."""
        from mock_amp.client import NotFound

        if self.token:
            found = client.account_of(self.token)
            if found is not None or stranger:
                return found or client.account()
            raise click.ClickException(f"no account of {self.url} has the token {visible(self.token)}")
        wanted = self.account_id or DEFAULT_ACCOUNT
        try:
            return client.account(wanted)
        except NotFound as error:
            raise click.ClickException(f"{self.url} has no account {visible(wanted)}") from error

    def service(self, account: "Account") -> "Account":
        """The account where the service answers, which may be on another port than the control plane; it can send."""
        from mock_amp.client import Account
        from mock_amp.client.links import Address, Link

        if not self.token and not account.token:
            raise click.ClickException(
                f"the account {visible(account.id)} has no token any more: add one by the control plane, or name "
                "one by --token"
            )
        if not self.service_url:
            return account
        try:
            return Account(Link(Address(self.service_url, ca=self.ca_file)), account.here)
        except ValueError as error:
            raise click.ClickException(str(error)) from error


Command = Callable[..., None]

_OPTIONS: Final = (
    click.option(
        "--url",
        metavar="BASE",
        envvar="MOCK_AMP_URL",
        default=USUAL_URL,
        show_default=True,
        help="The running server.",
    ),
    click.option("--admin-key", metavar="TEXT", envvar="MOCK_AMP_ADMIN_KEY", help="The admin-key of that server."),
    click.option(
        "--account", "account_id", metavar="ID", envvar="MOCK_AMP_ACCOUNT", help="The account. [default: default]"
    ),
    click.option("--token", metavar="TOKEN", envvar="MOCK_AMP_TOKEN", help="The account by one of its tokens instead."),
    click.option(
        "--ca",
        "ca_file",
        metavar="FILE",
        envvar="MOCK_AMP_CLIENT_CA",
        help="A CA to trust, in PEM, where BASE is https.",
        shell_complete=complete_file,
    ),
    click.option("--json", "as_json", is_flag=True, help="For machines: JSON instead of tables."),
)


def asks(command: Command) -> Command:
    """Gives a command the options of all that talk to a server, as `server` and `as_json`, last in its help."""

    @functools.wraps(command)
    def asked(
        *arguments: Any,
        url: str,
        admin_key: str | None,
        account_id: str | None,
        token: str | None,
        ca_file: str | None,
        service_url: str | None = None,
        **more: Any,
    ) -> None:
        if account_id and token:
            raise click.UsageError("an account is named by --account or by --token, not by both")
        server = Server(
            url=url.rstrip("/"),
            service_url=service_url,
            admin_key=admin_key,
            account_id=account_id,
            token=token,
            ca_file=ca_file,
        )
        with told():
            command(*arguments, server=server, **more)

    for option in reversed(_OPTIONS):
        asked = option(asked)
    return asked


on_service = click.option(
    "--service-url",
    metavar="BASE",
    envvar="MOCK_AMP_SERVICE_URL",
    help="The service, where the control plane has a port of its own. [default: --url]",
)
"""For the commands that send, too."""


@contextmanager
def told() -> Iterator[None]:
    """What the server says no to ends the command with 1; what makes no sense to it, or could not be asked, with 2."""
    from mock_amp.client import AmpError, NotReached, Refused

    try:
        yield
    except NotReached as error:
        raise click.ClickException(str(error)) from error
    except Refused as error:
        if error.status in (401, 403) and error.rule is None:
            raise click.ClickException(f"{error.problem.get('detail', error)}; --admin-key says it") from error
        text = str(error).removeprefix(f"{error.status}: ")
        if error.status == 400:
            raise click.ClickException(text) from error
        no(text)
    except AmpError as error:
        no(str(error))
    except UnicodeError as error:
        raise click.ClickException(f"that is not UTF-8, and can be said to no server: {error}") from error
    except ValueError as error:  # the client holds what no server could be asked
        raise click.ClickException(str(error)) from error


def no(text: str) -> NoReturn:
    """The answer is no: says so, and ends the command with 1."""
    click.echo("mock-amp: " + "\n".join(visible(line) for line in text.split("\n")), err=True)
    raise click.exceptions.Exit(1)


def seconds_of(option: str, text: str) -> float:
    """A duration in seconds. Raises ClickException with the option's name."""
    try:
        return parse_duration(text) / SECOND
    except ValueError as error:
        raise click.ClickException(f"{option}: {error}") from error


def print_json(value: object) -> None:
    """On one line, as the control plane writes it."""
    from msgspec.json import encode

    print_json_text(encode(value).decode())


def pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE` of an option that may be given several times."""
    for each in given:
        if "=" not in each:
            raise click.UsageError(f"{option} {each!r} has no =; write NAME=VALUE")
    return dict(each.split("=", 1) for each in given)
