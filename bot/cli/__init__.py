"""The command line `videobot`. Heavy rooms are imported inside the commands, so that `--help` answers at once."""

from bot.cli.entry import main

__all__ = ["main"]
