"""A fake Slack on loopback: Web API, files, response_url, Socket Mode and signed HTTP delivery.

Written from Slack's documents (https://docs.slack.dev) and not from the adapter; it imports nothing of the bot.
"""

from tests.fakes.slack.files import Upload
from tests.fakes.slack.messages import Button, Message
from tests.fakes.slack.people import Person, SlackSays
from tests.fakes.slack.reading import transcript
from tests.fakes.slack.server import FakeSlack
from tests.fakes.slack.teams import Channel, Team
from tests.fakes.slack.views import View

__all__ = ["Button", "Channel", "FakeSlack", "Message", "Person", "SlackSays", "Team", "Upload", "View", "transcript"]
