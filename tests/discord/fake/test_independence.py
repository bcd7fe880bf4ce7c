"""The fake is written from Discord's documents."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_fake_imports_nothing_of_the_bot_and_not_its_client() -> None:
    code = (
        "import sys, tests.fakes.discord;"
        "print({name.split('.')[0] for name in sys.modules} & {'bot', 'adapters', 'storage', 'discord'})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
