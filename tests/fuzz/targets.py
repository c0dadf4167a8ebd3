"""All that is fuzzed, by name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import MappingProxyType
from typing import Final

from tests.fuzz import calls, hosts, matches, requests, texts
from tests.fuzz.target import Target

Opening = Callable[[], AbstractContextManager[Target]]


def _plain(make: Callable[[], Target]) -> Opening:
    @contextmanager
    def opened() -> Iterator[Target]:
        yield make()

    return opened


TARGETS: Final[Mapping[str, Opening]] = MappingProxyType(
    {
        "im": _plain(partial(requests.judging, "im", "im-request")),
        "im-strict": _plain(partial(requests.judging, "im-strict", "im-request", strict=True)),
        "sms": _plain(partial(requests.judging, "sms", "sms-request")),
        "2fa": _plain(requests.two_factor),
        "authorization": _plain(requests.authorization),
        "content-type": _plain(requests.content_type),
        "heads": _plain(requests.heads),
        "body": _plain(requests.bodies),
        "authority": _plain(hosts.authority),
        "guard": _plain(hosts.guard),
        "scenario": _plain(texts.scenarios),
        "yaml": _plain(texts.yaml),
        "settings-file": texts.settings_file,
        "settings-values": _plain(texts.settings_values),
        "clock": _plain(texts.clocks),
        "match": _plain(matches.matching),
        "pattern": _plain(matches.patterns),
        "callback-url": _plain(hosts.callback_urls),
        "both-ways": calls.both_ways,
        "control-plane": calls.control_plane,
        "snapshot": calls.snapshots,
    }
)
"""The last three are whole servers."""
