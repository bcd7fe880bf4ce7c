"""The shell as a platform: a finished video becomes a file where the person asked for it."""

from adapters.shell.chat import ShellChat

__all__ = ["ShellChat"]
