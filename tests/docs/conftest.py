"""What the commands of the pages run against."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.person import Sandbox
from tests.docs.installation import Installation, environment, prepared


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """The gateway."""
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Iterator[Installation]:
    """A bot that has been used for a while; copied for each command."""
    with pytest.MonkeyPatch.context() as patch:
        yield prepared(tmp_path_factory.mktemp("template"), sandbox, patch)


@pytest.fixture
def installation(
    template: Installation, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """A fresh copy of it, in whose folder the test is."""
    shutil.copytree(template.folder, tmp_path, dirs_exist_ok=True)
    environment(tmp_path, sandbox, monkeypatch)
    return Installation(tmp_path, template.ids)
