"""The words of /video-admin: people, channels, user groups, models, units and times, as Slack sends what was typed."""

import re
from collections.abc import Mapping

from adapters.cards.card import Card, Tone, line
from bot.generation.barring import EVERYWHERE
from bot.generation.catalog import model_key
from bot.generation.limits import Scope, ScopeKind, Unit, Window

_USER = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([CGD][A-Z0-9]+)(?:\|[^>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>")
_UNITS: Mapping[str, Unit] = {
    "usd": Unit.USD,
    "dollar": Unit.USD,
    "dollars": Unit.USD,
    "$": Unit.USD,
    "video": Unit.VIDEOS,
    "videos": Unit.VIDEOS,
    "second": Unit.SECONDS,
    "seconds": Unit.SECONDS,
    "job": Unit.JOBS,
    "jobs": Unit.JOBS,
    "cooldown": Unit.COOLDOWN,
}
_WINDOWS: Mapping[str, Window] = {
    "hour": Window.HOUR,
    "hourly": Window.HOUR,
    "day": Window.DAY,
    "daily": Window.DAY,
    "week": Window.WEEK,
    "weekly": Window.WEEK,
    "month": Window.MONTH,
    "monthly": Window.MONTH,
}
_EACH: Mapping[str, ScopeKind] = {
    "user": ScopeKind.USER,
    "person": ScopeKind.USER,
    "workspace": ScopeKind.WORKSPACE,
    "channel": ScopeKind.CHANNEL,
    "model": ScopeKind.MODEL,
}
_HOURS = re.compile(r"[0-9]{1,4}h")

EVERYONE = Scope(ScopeKind.EVERYONE, "*")
EACH_USER = Scope(ScopeKind.USER, "*")


class NotUnderstoodError(Exception):
    """What was typed cannot be meant; the message is a sentence with an example."""


class Typed:
    """What was typed, word by word. `team` is the workspace it was typed in."""

    def __init__(self, text: str, team: str) -> None:
        self._words, self.team = text.split(), team

    @property
    def place(self) -> str:
        """The workspace, as scopes know it."""
        return f"slack:{self.team}"

    @property
    def rest(self) -> str:
        """All words that are left, as they were typed."""
        return " ".join(self._words)

    def next(self) -> str:
        """The next word, in small letters; "" at the end. It stays."""
        return self._words[0].lower() if self._words else ""

    def take(self) -> str:
        """The next word as it was typed; "" at the end."""
        return self._words.pop(0) if self._words else ""

    def takes(self, *names: str) -> bool:
        """Whether the next word is one of these; it is taken then."""
        if self.next() not in names:
            return False
        self.take()
        return True

    def user(self) -> str | None:
        """A person who is mentioned next, as limits know them."""
        return self._mentioned(_USER)

    def scope(self) -> Scope | None:
        """Whose limit is named next: a person, a channel, a user group, "model v3", "workspace", "everyone", "each
        channel". Raises NotUnderstoodError for a model that is none, or for an "each" of nothing."""
        for mention, kind in ((_USER, ScopeKind.USER), (_CHANNEL, ScopeKind.CHANNEL), (_GROUP, ScopeKind.ROLE)):
            found = self._mentioned(mention)
            if found is not None:
                return Scope(kind, found)
        match self.next():
            case "everyone":
                self.take()
                return EVERYONE
            case "workspace":
                self.take()
                return Scope(ScopeKind.WORKSPACE, self.place)
            case "model":
                self.take()
                return Scope(ScopeKind.MODEL, self.model())
            case "each":
                self.take()
                each = _EACH.get(self.next())
                if each is None:
                    raise NotUnderstoodError("After each comes user, workspace, channel or model.")
                self.take()
                return Scope(each, "*")
        return None

    def channel(self) -> str | None:
        """A channel that is mentioned next, by its scope id."""
        return self._mentioned(_CHANNEL)

    def model(self) -> str:
        """The model that is named next. Raises NotUnderstoodError."""
        typed = self.take()
        key = model_key(typed)
        if key is None:
            raise NotUnderstoodError("After model comes the name of one, such as model 2.6 or model v3.")
        return key

    def unit(self) -> Unit | None:
        """What is counted, if the next word says it."""
        unit = _UNITS.get(self.next().rstrip(","))
        if unit is not None:
            self.take()
        return unit

    def window(self) -> Window | None:
        """In which time it is counted, if the next word says it. Raises NotUnderstoodError for too many hours."""
        word = self.next().rstrip(",")
        window = _WINDOWS.get(word)
        if window is None and _HOURS.fullmatch(word):
            try:
                window = Window(word)
            except ValueError as error:
                raise NotUnderstoodError(str(error)) from None
        if window is not None:
            self.take()
        return window

    def everywhere(self) -> str | None:
        """The place "everywhere" if the next word says so; None: the workspace of whoever acts."""
        return EVERYWHERE if self.takes("everywhere") else None

    def end(self, example: str) -> None:
        """Nothing more may come. Raises NotUnderstoodError."""
        if self._words:
            raise NotUnderstoodError(f"The rest is not understood: say for example {example}")

    def _mentioned(self, kind: re.Pattern[str]) -> str | None:
        match = kind.fullmatch(self._words[0].rstrip(",")) if self._words else None
        if match is None:
            return None
        self.take()
        return f"{self.place}:{match[1]}"


def wrong(text: str) -> Card:
    """What was not understood."""
    return Card((line(text),), tone=Tone.WARNING)
