"""The settings: one table, from which flags, variables and the keys of the settings file all come (D16).

A flag beats a variable, a variable beats the file, the file beats the default. Unknown keys are errors.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from mock_amp.core.authority import read_authority, read_mapping, read_name, read_target
from mock_amp.core.instants import Duration, parse_duration
from mock_amp.core.veils import visible

DEFAULT_TOKEN: Final = "00000000-0000-4000-8000-000000000042"  # noqa: S105 - printed at every start, opens nothing real
PREFIX: Final = "MOCK_AMP_"

_SEND_PATH: Final = re.compile(r"/[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)*")
_KEY: Final = re.compile(r"[!-~]+")
MEMORY: Final = "memory"
SQLITE: Final = "sqlite:///"
_OURS: Final = ("/__admin", "/livez", "/readyz", "/metrics", "/1/im")


class BadSetting(ValueError):
    """A setting that is unknown or has an impossible value; the message is one line for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One row: its name as a flag and as a key, what it takes, its default, and a line of help."""

    name: str
    kind: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper().replace("-", "_")

    @property
    def many(self) -> bool:
        """Whether it may be repeated; in a variable, commas are between the values."""
        return self.kind in ("list", "hosts", "names", "mappings", "targets")

    @property
    def field(self) -> str:
        return self.name.replace("-", "_")


def _row(name: str, kind: str, default: Any, help_: str, **more: Any) -> Setting:
    return Setting(name=name, kind=kind, default=default, help=help_, **more)


TABLE: Final = (
    _row("host", "text", "127.0.0.1", "Address to listen on."),
    _row("port", "integer", 8042, "Port to listen on; 0 takes a free one.", least=0, most=65535),
    _row("port-file", "text", None, "File that gets the port, once the server answers."),
    _row("admin-port", "integer", None, "Port for the control plane alone; 0 takes a free one.", least=0, most=65535),
    _row("admin-host", "text", None, "Address for the control plane to listen on, where it has a port of its own."),
    _row("admin-port-file", "text", None, "File that gets the port of the control plane, once it answers there."),
    _row("admin-key", "secret", None, "Key that every call of the control plane has to bring."),
    _row("allowed-host", "hosts", (), "Host name that the control plane answers to, or * for all. May be repeated."),
    _row("tls", "switch", default=False, help_="Serve HTTPS too, with certificates of a CA that is made once."),
    _row("tls-port", "integer", 8442, "Port for HTTPS; 0 takes a free one.", least=0, most=65535),
    _row("tls-port-file", "text", None, "File that gets the port for HTTPS, once the server answers there."),
    _row("tls-host", "names", (), "Further host name or address to serve HTTPS for. May be repeated."),
    _row("tls-ca", "text", None, "PEM file of a CA to serve HTTPS by, instead of one that is made."),
    _row("tls-ca-key", "text", None, "PEM file of the private key of that CA."),
    _row("tls-dir", "text", None, "Folder where the CA that is made is kept; else it is with the user's data."),
    _row("proxy-port", "integer", None, "Port for a proxy to the HTTPS here; 0 takes a free one.", least=0, most=65535),
    _row("proxy-port-file", "text", None, "File that gets the port of the proxy, once it answers."),
    _row("random-seed", "integer", None, "Seed of the accounts' ids, for repeatable runs.", least=0, most=2**53 - 1),
    _row("clock", "choice", "real", "The default account's clock.", choices=("real", "frozen", "scaled")),
    _row("clock-rate", "number", 60.0, "Seconds that a scaled clock makes of one.", least=0.000001, most=1_000_000),
    _row("scenario", "text", "magic-numbers", "Scenario in force: a shipped one by name, or a file."),
    _row("accepted-after", "duration", "200ms", "When a channel takes a message, from its start."),
    _row("delivered-after", "duration", "1s", "When a channel delivers a message, from its start."),
    _row("seen-after", "duration", "3s", "When an instant message is seen, from the start of its channel."),
    _row("callback-timeout", "duration", "30s", "Real time that a receiver has to answer a callback."),
    _row("callback-attempts", "integer", 3, "How often a callback is tried.", least=1, most=100),
    _row("callback-interval", "duration", "5m", "Time between the attempts, on the account's clock."),
    _row("callback-ca", "text", None, "PEM file of a CA to trust in receivers, beside the system's."),
    _row("bundle-most", "integer", 1000, "Most reports in one callback.", least=1, most=50_000),
    _row("bundle-window", "duration", "0s", "How long a report waits for others of its job to travel with it."),
    _row("intermediary-reports", "switch", default=True, help_="Report a channel's failure when another one follows."),
    _row("send-path", "list", (), "A further path that takes sends, such as /1/acme. May be repeated."),
    _row("body-limit", "integer", 33_554_432, "Largest body of a request, in bytes.", least=1_024, most=2**31),
    _row(
        "body-memory", "integer", 268_435_456, "Most bytes of bodies that come in at a time.", least=1_024, most=2**40
    ),
    _row("nesting-limit", "integer", 64, "Deepest nesting of a body that is understood.", least=8, most=500),
    _row("header-limit", "integer", 8_190, "Longest line of a request's head, in bytes.", least=1_024, most=2**20),
    _row("max-connections", "integer", 10_000, "Most connections of clients at a time.", least=1),
    _row("max-requests", "integer", 10_000, "Most requests to the service in work at a time.", least=1),
    _row("client-timeout", "duration", "60s", "Real time a client has to send a request, or to take an answer."),
    _row("idle-timeout", "duration", "1h", "Real time after which a connection without a request is closed."),
    _row("max-agenda", "integer", 1_000_000, "Most that an account may have ahead of it.", least=1),
    _row("strict", "switch", default=False, help_="Refuse with 400 what is otherwise only a warning."),
    _row("callback-source", "text", None, "Address that callbacks are posted from, for firewall rules."),
    _row("callback-map", "mappings", (), "Host map for callbacks: localhost=host.docker.internal. May be repeated."),
    _row("callback-allow", "targets", (), "Networks and hosts that callbacks may go to. May be repeated."),
    _row("callback-answer-limit", "integer", 65_536, "Most that is read of a receiver's answer, in bytes.", least=0),
    _row("max-callbacks", "integer", 2_048, "Most callbacks posted at a time, in all.", least=1),
    _row("max-callbacks-per-account", "integer", 256, "Most callbacks of an account posted at a time.", least=1),
    _row("max-callbacks-per-host", "integer", 64, "Most callbacks of an account posted to a host at a time.", least=1),
    _row("keep-messages", "integer", 100_000, "Most messages an account keeps that have come to rest.", least=1),
    _row("keep-requests", "integer", 100_000, "Most requests an account keeps in its journal.", least=1),
    _row("keep-bodies", "integer", 67_108_864, "Most bytes of bodies that an account's journal keeps.", least=65_536),
    _row("keep-for", "duration", "0s", "How long an account keeps them, on its clock; 0s keeps them for ever."),
    _row("open-accounts", "switch", default=False, help_="Let every unknown token open an account of its own."),
    _row("accounts-expire-after", "duration", "1h", "Real time after which such an account is forgotten when unused."),
    _row("max-accounts", "integer", 10_000, "Most accounts at a time.", least=1),
    _row("store", "store", "memory", "Where all state is: memory, or sqlite:///FILE to keep it."),
    _row(
        "durability",
        "choice",
        "normal",
        "What a file outlives: normal a killed process, full a loss of power too.",
        choices=("normal", "full"),
    ),
    _row("node", "integer", 4003, "Last four digits of message ids.", least=0, most=9999),
    _row("log-level", "choice", "info", "How much is logged.", choices=("debug", "info", "warning", "error")),
    _row("log-format", "choice", "text", "How it is logged, on stderr.", choices=("text", "json")),
)

_BY_NAME: Final = MappingProxyType({setting.name: setting for setting in TABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings as read. Durations are microseconds."""

    host: str
    port: int
    port_file: str | None
    admin_port: int | None
    admin_host: str | None
    admin_port_file: str | None
    admin_key: str | None = field(repr=False)
    allowed_host: tuple[str, ...]
    tls: bool
    tls_port: int
    tls_port_file: str | None
    tls_host: tuple[str, ...]
    tls_ca: str | None
    tls_ca_key: str | None
    tls_dir: str | None
    proxy_port: int | None
    proxy_port_file: str | None
    random_seed: int | None
    clock: str
    clock_rate: float
    scenario: str
    accepted_after: Duration
    delivered_after: Duration
    seen_after: Duration
    callback_timeout: Duration
    callback_attempts: int
    callback_interval: Duration
    callback_ca: str | None
    bundle_most: int
    bundle_window: Duration
    intermediary_reports: bool
    send_path: tuple[str, ...]
    body_limit: int
    body_memory: int
    nesting_limit: int
    header_limit: int
    max_connections: int
    max_requests: int
    client_timeout: Duration
    idle_timeout: Duration
    max_agenda: int
    strict: bool
    callback_source: str | None
    callback_map: tuple[str, ...]
    callback_allow: tuple[str, ...]
    callback_answer_limit: int
    max_callbacks: int
    max_callbacks_per_account: int
    max_callbacks_per_host: int
    keep_messages: int
    keep_requests: int
    keep_bodies: int
    keep_for: Duration
    open_accounts: bool
    accounts_expire_after: Duration
    max_accounts: int
    store: str
    durability: str
    node: int
    log_level: str
    log_format: str


def read_settings(
    flags: Mapping[str, Any],
    variables: Mapping[str, str],
    file: Mapping[str, Any],
    file_name: str = "",
    *,
    concern: Container[str] | None = None,
) -> Settings:
    """The settings that the three sources come to. `flags` by name, those not given being None. Raises BadSetting.

    Where only some are of `concern`, by name, the others are as usual, whatever is said of them.
    """
    for key in file:
        if key not in _BY_NAME:
            raise BadSetting(f"{file_name}: unknown setting {visible(str(key))}{near(str(key), _BY_NAME)}")
    values: dict[str, Any] = {}
    for setting in TABLE:
        source, raw = setting.name, setting.default
        if concern is None or setting.name in concern:
            source, raw = _first_given(setting, flags, variables, file, file_name)
        values[setting.field] = None if raw is None else _read(setting, raw, source)
    return Settings(**values)


def near(name: str, known: Iterable[str]) -> str:
    """What may have been meant by a name that nothing has, as the end of a line that says so."""
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _first_given(
    setting: Setting, flags: Mapping[str, Any], variables: Mapping[str, str], file: Mapping[str, Any], file_name: str
) -> tuple[str, Any]:
    flag, variable = flags.get(setting.name), variables.get(setting.variable)
    if flag is not None and flag != ():
        return f"--{setting.name}", flag
    if variable:
        return setting.variable, variable.split(",") if setting.many else variable
    if file.get(setting.name) is not None:
        return f"{file_name}: {setting.name}", file[setting.name]
    return setting.name, setting.default


def _read(setting: Setting, raw: Any, source: str) -> Any:
    try:
        value = _KINDS[setting.kind](raw)
    except (TypeError, ValueError, OverflowError) as error:
        shown = "it" if setting.kind == "secret" else repr(_wrong_one(setting, raw) if setting.many else raw)
        told = setting.kind == "duration" or (setting.kind == "names" and isinstance(error, ValueError))
        wanted = str(error) if told else f"{shown} is not {_WANTED[setting.kind]}"
        raise BadSetting(f"{source}: {wanted}") from None
    if setting.choices and value not in setting.choices:
        raise BadSetting(f"{source}: {raw!r} is not one of {', '.join(setting.choices)}")
    least = float("-inf") if setting.least is None else setting.least
    most = float("inf") if setting.most is None else setting.most
    if isinstance(value, int | float) and not least <= value <= most:
        raise BadSetting(f"{source}: {raw!r} is not from {_bound(least)} to {_bound(most)}")
    return value


def _wrong_one(setting: Setting, raw: Any) -> Any:
    """Of a list the first that is wrong by itself, or else all of them."""
    if not isinstance(raw, list | tuple):
        return raw
    for each in raw:
        try:
            _KINDS[setting.kind]([each])
        except (TypeError, ValueError):
            return each
    return list(raw)


def _bound(number: float) -> str:
    return f"{number:.0f}" if number == number // 1 else f"{number:g}"


def _integer(raw: Any) -> int:
    if isinstance(raw, bool | float):
        raise TypeError
    return int(raw)


def _number(raw: Any) -> float:
    if isinstance(raw, bool):
        raise TypeError
    return float(raw)


def _switch(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    return {**dict.fromkeys(("true", "1", "yes", "on"), True), **dict.fromkeys(("false", "0", "no", "off"), False)}[
        str(raw).lower()
    ]


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or not raw:
        raise TypeError
    return raw


def _list(raw: Any) -> tuple[str, ...]:
    paths = tuple(_text(each) for each in ([raw] if isinstance(raw, str) else raw))
    if not all(_SEND_PATH.fullmatch(path) and not path.startswith(_OURS) for path in paths):
        raise ValueError
    return paths


def _secret(raw: Any) -> str:
    if not _KEY.fullmatch(_text(raw)):
        raise ValueError
    return str(raw)


def _hosts(raw: Any) -> tuple[str, ...]:
    names = tuple(_text(each).strip() for each in ([raw] if isinstance(raw, str) else raw))
    for name in names:
        if name != "*":
            read_authority(name)
    return names


def _names(raw: Any) -> tuple[str, ...]:
    return tuple(read_name(_text(each)) for each in ([raw] if isinstance(raw, str) else raw))


def _store(raw: Any) -> str:
    if raw != MEMORY and not (_text(raw).startswith(SQLITE) and len(raw) > len(SQLITE)):
        raise ValueError
    return str(raw)


def _targets(raw: Any) -> tuple[str, ...]:
    targets = tuple(_text(each).strip() for each in ([raw] if isinstance(raw, str) else raw))
    for each in targets:
        read_target(each)
    return targets


def _mappings(raw: Any) -> tuple[str, ...]:
    mappings = tuple(_text(each).strip() for each in ([raw] if isinstance(raw, str) else raw))
    if len({read_mapping(each)[0] for each in mappings}) < len(mappings):
        raise ValueError
    return mappings


_KINDS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "text": _text,
        "choice": _text,
        "integer": _integer,
        "number": _number,
        "duration": parse_duration,
        "switch": lambda raw: _or_value_error(_switch, raw),
        "list": _list,
        "secret": _secret,
        "hosts": _hosts,
        "names": _names,
        "mappings": _mappings,
        "targets": _targets,
        "store": _store,
    }
)
_WANTED: Final = {
    "text": "a text",
    "choice": "a text",
    "integer": "a whole number",
    "number": "a number",
    "switch": "true or false",
    "list": "a path like /1/acme that is free",
    "secret": "a text of visible ASCII characters",
    "hosts": "a host name, host:port or *",
    "names": "a host name, an address, or *.name for the names below one",
    "mappings": "from=to, each a host or host:port and from only once",
    "targets": "a network such as 10.0.0.0/8, an address, or a host name",
    "store": "memory or sqlite:///FILE",
}


def _or_value_error(read: Callable[[Any], Any], raw: Any) -> Any:
    try:
        return read(raw)
    except KeyError:
        raise ValueError(raw) from None
