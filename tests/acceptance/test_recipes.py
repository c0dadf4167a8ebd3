"""The recipes for CI are what their tools take, as far as that can be told without an engine or a runner."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from testcontainers.core.container import DockerContainer

from mock_amp.cli.readiness import Health
from mock_amp.variables import unknown_variables
from tests.acceptance.processes import ROOT, serving

HOW_TO: Final = ROOT / "docs" / "how-to"
BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

SIGNATURES: Final = {
    "org/testcontainers/containers/GenericContainer.java": """
        package org.testcontainers.containers;
        public class GenericContainer<SELF extends GenericContainer<SELF>> {
            public GenericContainer(org.testcontainers.utility.DockerImageName image) {}
            public SELF withExposedPorts(Integer... ports) { return null; }
            public SELF withEnv(String key, String value) { return null; }
            public SELF withAccessToHost(boolean value) { return null; }
            public SELF waitingFor(org.testcontainers.containers.wait.strategy.WaitStrategy strategy) { return null; }
            public String getHost() { return null; }
            public Integer getMappedPort(int port) { return null; }
        }""",
    "org/testcontainers/containers/wait/strategy/WaitStrategy.java": """
        package org.testcontainers.containers.wait.strategy;
        public interface WaitStrategy {}""",
    "org/testcontainers/containers/wait/strategy/HttpWaitStrategy.java": """
        package org.testcontainers.containers.wait.strategy;
        public class HttpWaitStrategy implements WaitStrategy {
            public HttpWaitStrategy forPort(int port) { return this; }
            public HttpWaitStrategy forStatusCode(int status) { return this; }
        }""",
    "org/testcontainers/containers/wait/strategy/Wait.java": """
        package org.testcontainers.containers.wait.strategy;
        public class Wait { public static HttpWaitStrategy forHttp(String path) { return null; } }""",
    "org/testcontainers/utility/DockerImageName.java": """
        package org.testcontainers.utility;
        public class DockerImageName { public static DockerImageName parse(String name) { return null; } }""",
}
"""What of Testcontainers for Java the recipe uses, written down from its documentation: its jars are not on PyPI."""

STARTED: Final = """
export class GenericContainer {
  constructor(image) { if (image !== "mock-amp") throw new Error(image); }
  withExposedPorts() { return this; }
  withEnvironment(environment) { if (environment.MOCK_AMP_CLOCK !== "frozen") throw new Error(); return this; }
  withWaitStrategy() { return this; }
  async start() { return { getHost: () => "127.0.0.1", getMappedPort: () => process.env.PORT, stop: async () => {} }; }
}
export const Wait = { forHttp: () => ({}) };
"""
"""Stands for Testcontainers for Node: the container is a server that the test has started."""


def blocks(page: str, *kinds: str) -> list[str]:
    text = (HOW_TO / page).read_text(encoding="utf-8")
    return [block for kind, block in BLOCK.findall(text) if kind in kinds]


def workflows() -> list[str]:
    return [block for block in blocks("ci.md", "yaml") if "runs-on" in block]


def held_against(schema: str, *files: Path) -> tuple[int, str]:
    """The verdict of check-jsonschema, which brings the public schemas with it."""
    command = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema", schema, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def written(folder: Path, texts: list[str]) -> list[Path]:
    files = [folder / f"{at}.yaml" for at in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return files


def test_the_workflows_of_github_are_workflows(tmp_path: Path) -> None:
    files = written(tmp_path, workflows())

    code, told = held_against("vendor.github-workflows", *files)

    assert len(files) == 3
    assert code == 0, told


def test_a_workflow_may_read_the_private_repository_that_it_checks_out() -> None:
    """GitHub takes every right that `permissions` does not name."""
    found = [yaml.safe_load(text)["permissions"] for text in workflows() if "actions/checkout" in text]

    assert [each.get("contents") for each in found] == ["read"] * 3


def test_the_pipeline_of_gitlab_is_one(tmp_path: Path) -> None:
    files = written(tmp_path, [block for block in blocks("ci.md", "yaml") if block not in workflows()])

    code, told = held_against("vendor.gitlab-ci", *files)

    assert len(files) == 1
    assert code == 0, told


def test_the_compose_file_is_one() -> None:
    code, told = held_against("vendor.compose-spec", ROOT / "compose.yaml")

    assert code == 0, told


def test_a_mistake_in_a_workflow_would_be_seen(tmp_path: Path) -> None:
    """Or the three above would pass whatever is written there."""
    files = written(tmp_path, [workflows()[0].replace("runs-on", "runs_on")])

    assert held_against("vendor.github-workflows", *files)[0] == 1


def test_every_variable_in_a_recipe_is_a_setting() -> None:
    pages = [(HOW_TO / name).read_text(encoding="utf-8") for name in ("ci.md", "containers.md")]
    named = set(re.findall(r"\bMOCK_AMP_[A-Z_]+", " ".join(pages))) - {"MOCK_AMP_URL"}

    assert len(named) > 8
    assert unknown_variables(named) == []


def test_the_health_that_is_shown_has_the_keys_that_it_has() -> None:
    (shown,) = blocks("containers.md", "json")

    assert list(json.loads(shown)) == [field.name for field in fields(Health)]


def test_the_recipe_for_python_speaks_to_testcontainers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library itself; only where it would ask an engine, this does."""
    asked: list[DockerContainer] = []

    def start(container: DockerContainer) -> DockerContainer:
        asked.append(container)
        return container

    monkeypatch.setattr("testcontainers.core.container.DockerClient", lambda: None)
    monkeypatch.setattr(DockerContainer, "start", start)
    monkeypatch.setattr(DockerContainer, "stop", lambda *_, **__: None)
    monkeypatch.setattr(DockerContainer, "get_container_host_ip", lambda _: "127.0.0.1")
    monkeypatch.setattr(DockerContainer, "get_exposed_port", lambda _, port: port + 1)
    names: dict[str, Any] = {}
    (block,) = blocks("ci.md", "python")
    exec(block.replace('@pytest.fixture(scope="session")\n', ""), names)  # noqa: S102 - our own page
    fixture: Iterator[str] = names["amp_url"]()

    told = next(fixture)

    (container,) = asked
    assert told == "http://127.0.0.1:8043"
    assert (container.image, container.env["MOCK_AMP_CLOCK"]) == ("mock-amp", "frozen")
    assert unknown_variables(container.env) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_recipe_for_node_sees_a_message_through(tmp_path: Path) -> None:
    library = tmp_path / "node_modules" / "testcontainers"
    library.mkdir(parents=True)
    (library / "index.js").write_text(STARTED, encoding="utf-8")
    (library / "package.json").write_text('{"type": "module", "main": "index.js"}', encoding="utf-8")
    (tmp_path / "recipe.test.mjs").write_text(blocks("ci.md", "javascript")[0], encoding="utf-8")
    with serving("--port", "0", "--clock", "frozen") as server:
        env = {**os.environ, "PORT": server.url.rpartition(":")[2]}

        done = subprocess.run(
            ["node", "--test"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60
        )

        assert done.returncode == 0, done.stdout
        assert len(server.items("messages")) == 1


@pytest.mark.skipif(shutil.which("javac") is None, reason="no JDK here")
def test_the_recipe_for_java_compiles(tmp_path: Path) -> None:
    (recipe,) = blocks("ci.md", "java")
    for name, text in (SIGNATURES | {"MockAmp.java": recipe}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = subprocess.run(
        ["javac", "-proc:none", "-Xlint:all", "-d", "out", "MockAmp.java"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
