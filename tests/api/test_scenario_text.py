"""The scenario in force as a text to edit, and one that is checked without being put in force."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from mock_amp.adapters.files import data_folder
from tests.api.holding import send_sms
from tests.harness import Amp, Answer, running

SHIPPED = sorted(path.stem for path in data_folder("scenarios").glob("*.yaml"))
MINE = "# why it is there\nname: mine\nrules:\n  - {name: all, outcome: rejected}\n"
WRITTEN = "name: mine\n\nrules:\n  - name: all\n    outcome: rejected\n"
BAD = "name: mine\nrules:\n  - name: all\n    outcom: rejected\nrequests: 5\n"


async def get(amp: Amp, accept: str) -> Answer:
    path = f"/__admin/accounts/{amp.account}/scenario"
    return await amp.call("GET", path, headers={"Accept": accept})


async def text_of(amp: Amp) -> str:
    answer = await get(amp, "application/yaml")
    assert answer.status == 200, answer.body
    return str(answer.body)


async def document_of(amp: Amp) -> Any:
    return (await amp.admin("GET", "/scenario")).body["document"]


async def check(amp: Amp, text: str) -> Answer:
    path, headers = f"/__admin/accounts/{amp.account}/scenario/check", {"Content-Type": "application/yaml"}
    return await amp.call("POST", path, data=text.encode(), headers=headers)


async def test_the_text_is_yaml_in_utf_8(amp: Amp) -> None:
    await amp.play("name: mine\ndescription: Grüße 😀\n")

    answer = await get(amp, "application/yaml")

    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.raw == "name: mine\ndescription: Grüße 😀\n".encode()


@pytest.mark.parametrize("name", SHIPPED)
async def test_the_text_of_a_shipped_scenario_is_its_file_and_puts_the_same_in_force(amp: Amp, name: str) -> None:
    await amp.admin("PUT", "/scenario", name)
    before = await document_of(amp)

    text = await text_of(amp)
    again = await amp.play(text)

    assert text == (data_folder("scenarios") / f"{name}.yaml").read_text(encoding="utf-8")
    assert (again.status, again.body["document"]) == (200, before)


async def test_what_was_put_in_force_is_laid_out_without_its_comments(amp: Amp) -> None:
    """The document is kept and not the text; put back, it is the same document."""
    await amp.play(MINE)
    before = await document_of(amp)

    text = await text_of(amp)
    again = await amp.play(text)

    assert text == WRITTEN
    assert again.body["document"] == before == yaml.safe_load(MINE)


async def test_the_server_s_own_file_is_told_with_its_comments(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"\ufeff{MINE}", encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        assert await text_of(amp) == MINE


async def test_a_file_of_json_is_told_as_yaml(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"name": "mine", "rules": [{"name": "all", "outcome": "rejected"}]}', encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        assert await text_of(amp) == WRITTEN


@pytest.mark.parametrize("name", [*SHIPPED, "mine"])
async def test_with_its_faults_off_a_scenario_has_a_line_more_and_all_its_comments(tmp_path: Path, name: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(MINE, encoding="utf-8")
    async with running(scenario=name if name in SHIPPED else str(file)) as amp:
        before = await text_of(amp)
        await amp.admin("PUT", "/scenario/faults", {"on": False})

        after = await text_of(amp)
        again = await amp.play(after)

    first, rest = before.split(f"name: {name}\n")
    assert after == f"{first}name: {name}\nfaults: false\n{rest}"
    assert again.body["faults"]["on"] is False


@pytest.mark.parametrize(
    "text",
    [
        '"name": mine\ndescription: "in quotes"\n',
        'description: "of\nname: several\n  lines"\nname: mine\n',
        "name:\n  mine\ndescription: on a line of its own\n",
    ],
)
async def test_a_file_that_cannot_take_a_line_more_is_laid_out_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        await amp.admin("PUT", "/scenario/faults", {"on": False})

        told = await text_of(amp)

        assert yaml.safe_load(told) == await document_of(amp) == {**yaml.safe_load(text), "faults": False}


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("application/yaml", "yaml"),
        ("text/yaml", "yaml"),
        ("application/x-yaml; charset=utf-8", "yaml"),
        ("APPLICATION/YAML", "yaml"),
        ("application/yaml, */*;q=0.1", "yaml"),
        ("application/json;q=0.5, application/yaml", "yaml"),
        ("*/*", "json"),
        ("", "json"),
        ("application/json, application/yaml", "json"),
        ("application/yaml;q=0.5, application/json", "json"),
        ("application/yaml;q=0", "json"),
        ("application/yaml;q=much", "yaml"),
        (";;,;q=,", "json"),
        ("text/html", "json"),
    ],
)
async def test_whoever_does_not_rather_have_yaml_gets_json(amp: Amp, accept: str, wanted: str) -> None:
    answer = await get(amp, accept)

    assert (answer.status, answer.headers["Content-Type"]) == (200, f"application/{wanted}; charset=utf-8")
    assert answer.headers["Vary"] == "Accept"


async def test_the_shipped_scenarios_are_listed_with_their_files(server: Amp) -> None:
    items = (await server.call("GET", "/__admin/scenarios")).body["items"]

    assert {each["name"]: each["text"] for each in items} == {
        name: (data_folder("scenarios") / f"{name}.yaml").read_text(encoding="utf-8") for name in SHIPPED
    }
    assert {each["name"]: each["faults"]["callbacks"] for each in items if each["faults"]["callbacks"]} == {
        "flaky-receiver": 5
    }


async def test_a_check_says_what_is_in_a_scenario_and_changes_nothing(amp: Amp) -> None:
    await amp.admin("PUT", "/scenario", "two-way")
    before = await amp.admin("GET", "/scenario")

    answer = await check(
        amp,
        "name: mine\ndescription: Mine.\nfaults: false\ndefaults: {jitter: 1s}\nrules: [{name: a, outcome: seen}]\n"
        "requests:\n  - {name: b, status: 500}\n  - {name: c, cut: before}\ncallbacks: [{name: d, drop: true}]\n",
    )

    assert (answer.status, answer.body) == (
        200,
        {
            "name": "mine",
            "description": "Mine.",
            "sections": ["defaults", "rules", "requests", "callbacks"],
            "recipients": 0,
            "rules": 1,
            "faults": {"requests": 2, "callbacks": 1, "on": False},
        },
    )
    assert (await amp.admin("GET", "/scenario")).body == before.body
    await send_sms(amp)
    assert len(await amp.messages()) == 1


@pytest.mark.parametrize("text", ["two-way", '"two-way"', "name: two-way"])
async def test_a_check_takes_the_name_of_a_shipped_scenario(amp: Amp, text: str) -> None:
    answer = await check(amp, text)

    assert (answer.status, answer.body["sections"], answer.body["recipients"]) == (200, ["recipients"], 4)


@pytest.mark.parametrize(
    "text",
    [BAD, "", "nope", "name: [", "name: a\nrules: [{name: b, match: {text: {regex: '('}}}]", "name: a\nfaults: 'off'"],
)
async def test_a_check_finds_the_faults_that_a_put_does(amp: Amp, text: str) -> None:
    before = await amp.admin("GET", "/scenario")

    checked, put = await check(amp, text), await amp.play(text)

    assert (checked.status, checked.body["title"]) == (400, "Bad scenario")
    assert checked.body == put.body
    assert (await amp.admin("GET", "/scenario")).body == before.body


async def test_a_fault_is_told_with_line_place_and_remedy(amp: Amp) -> None:
    answer = await check(amp, BAD)

    assert [(each["line"], each["pointer"]) for each in answer.body["faults"]] == [
        (4, "/rules/0/outcom"),
        (5, "/requests"),
    ]
    assert "did you mean outcome" in answer.body["faults"][0]["text"]


async def test_an_account_that_there_is_not_has_neither_a_text_nor_a_check(server: Amp) -> None:
    nobody = Amp(server.url, server.session, server.token, "nobody")

    answers = await asyncio.gather(get(nobody, "application/yaml"), check(nobody, MINE))

    assert [(each.status, each.headers["Content-Type"]) for each in answers] == [(404, "application/problem+json")] * 2
