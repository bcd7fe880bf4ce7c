"""The build stage, carried out once."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.dockerfile import build, stages


@pytest.fixture(scope="session")
def image() -> Iterator[Path]:
    """The build stage, carried out; everybody may read it, as in an image."""
    root = Path(tempfile.mkdtemp(prefix="videobot-image-", dir="/var/tmp"))
    root.chmod(0o755)
    try:
        build(stages()[0], root)
        yield root
    finally:
        shutil.rmtree(root)
