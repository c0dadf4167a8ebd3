"""What fuzzing found: strange inputs are refused in their own words, and in a time that grows with them alone."""

import orjson
import pytest

from mock_amp.adapters.detours import Detours
from mock_amp.adapters.files import read_schema
from mock_amp.adapters.library import ScenarioLibrary
from mock_amp.core.authority import read_authority, read_mapping
from mock_amp.core.faults import Faults
from mock_amp.core.refusals import Refused, violation
from mock_amp.core.scenario import Delays
from mock_amp.core.validation import RequestRules
from mock_amp.ports import BadScript
from mock_amp.web.media import _fits
from mock_amp.web.stages import _is_json
from tests.unit.builders import a_token

STRANGE = (
    pytest.param("application/json; charset*" + "1" * 4_400 + "*=utf-8", id="a part of a huge number"),
    pytest.param("application/json; charset*; charset*0*=x", id="parts and no part"),
    pytest.param("ap\udcfe\u0185/json", id="bytes that are no text"),
)


@pytest.mark.parametrize("said", STRANGE)
def test_a_content_type_that_cannot_be_read_is_not_json(said: str) -> None:
    """H-4: it is the client's fault, so never 500."""
    assert not _is_json(said)
    assert not _fits(said, yaml=True)


def test_a_host_that_is_all_colons_is_refused_at_once() -> None:
    """A header may have 8,190 of them: with the cube of the time nobody would be answered for minutes."""
    with pytest.raises(ValueError, match="is not a host"):
        read_authority(":" * 100_000 + "x")


@pytest.mark.parametrize("text", ["localhost..", "a..:80", ".."])
def test_a_host_ends_with_one_dot_at_most(text: str) -> None:
    """Or it would be another host when it is read again."""
    with pytest.raises(ValueError, match="is not a host"):
        read_authority(text)


@pytest.mark.parametrize("host", ["xn--l" + "o" * 300_000, "\u05d0." * 300_000, "user:" + "x" * 5_000 + "@a.test"])
def test_a_url_whose_host_is_no_name_for_its_length_is_not_decoded(host: str) -> None:
    """A body may hold a name of 32 MiB: for minutes nobody would be answered."""
    detours = Detours([read_mapping("localhost=host.test:81")])

    with pytest.raises(ValueError, match="too long"):
        detours.of(f"http://{host}/reports")

    assert detours.of("http://a.test/" + "x" * 300_000).url.host == "a.test"


def test_what_is_counted_alone_is_counted_as_if_it_were_kept() -> None:
    """R-7: the answer says how many more there are."""
    document = {
        "destinations": [{"number": str(35_699_000_000 + at)} for at in range(300)],
        "sms_content": {"message": "".join(f"{{#{at}}}" for at in range(7))},
    }

    refused = RequestRules(read_schema("im-request")).judge(orjson.dumps(document), a_token())

    assert isinstance(refused, Refused)
    assert (refused.status, refused.total, len(refused.violations)) == (403, 2_100, 100)
    assert refused.reason.endswith("; and 2090 more")


def test_a_status_that_comes_late_is_still_kept_in_words() -> None:
    """H-9: the winning status is never without a reason."""
    faults = Faults()
    for _ in range(200):
        faults.add(violation("placeholder", key="A", number="1"))

    assert faults.enough(403)
    assert not faults.enough(400)


def test_a_scenario_with_a_name_without_end_is_not_told_in_full() -> None:
    with pytest.raises(BadScript) as bad:
        ScenarioLibrary(Delays()).read_text(orjson.dumps("no-such" * 100_000), "the body")

    assert len(str(bad.value)) < 1_000
