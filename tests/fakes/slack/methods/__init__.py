"""The Web API methods, one file a family."""

from tests.fakes.slack.methods import auth, chat, conversations, files, reactions, users, views
from tests.fakes.slack.methods.registry import CHECKS, METHODS, Call

__all__ = ["CHECKS", "METHODS", "Call", "auth", "chat", "conversations", "files", "reactions", "users", "views"]
