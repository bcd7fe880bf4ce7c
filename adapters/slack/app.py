"""The Bolt app: its listeners acknowledge at once, and what follows is held by tasks of our own."""

import logging
import re
from collections.abc import Callable
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.cards.card import Verb
from adapters.desk import Desk
from adapters.desk.intake import IntakeBook
from adapters.media.library import LocalMedia
from adapters.slack.actors import Actors
from adapters.slack.admin import ruled
from adapters.slack.answers import Answers
from adapters.slack.bolt import TimedApp
from adapters.slack.clients import SlackClients
from adapters.slack.defaults import DefaultsBook
from adapters.slack.files import SlackFiles
from adapters.slack.filling import Forms
from adapters.slack.forms import PICK, FormKind
from adapters.slack.home import DEFAULT, MAKE, Home
from adapters.slack.incoming import LOOKS, is_private, occasion_of, press_of
from adapters.slack.manifest import ADMIN_COMMAND, ANIMATE_IMAGE, COMMAND, MAKE_VIDEO
from adapters.slack.mentions import Mentions
from adapters.slack.middleware import ACT, Gate, team_of
from adapters.slack.named import Named
from adapters.slack.occasion import Occasion
from adapters.slack.orders import Orders
from adapters.slack.pressing import OLD_BUTTON, Board, Presses, TakesDown
from adapters.slack.rooms import Rooms
from adapters.slack.rules import SlackRules
from adapters.slack.tasks import Tasks, note_defect
from adapters.slack.trouble import TroubleError, tried
from adapters.slack.user_groups import UserGroups
from adapters.slack.work import Work
from adapters.slack.workspaces import Authorize, Workspaces
from bot.generation.catalog import Catalog
from bot.generation.ports import Clock, Store, StoreError

log = logging.getLogger("videobot.slack")
#: Bolt writes whole events into its log, people's words among them; its errors are noted here in our own way.
_bolt_log = logging.getLogger("videobot.slack.bolt")
_bolt_log.setLevel(logging.CRITICAL)

FINISH_WITHIN = 10.0  # seconds that answers under way have at the end
NOT_INSTALLED = (
    "This bot is not installed in this workspace any more: an admin of the workspace has to install it again."
)
AGAIN_TWICE = "You pressed this a moment ago, and that counts once. Press again in a few seconds for one more."
_ANY = re.compile(".*", re.DOTALL)
_FORMS = {Verb.FORM: FormKind.FORM, Verb.EDIT: FormKind.EDIT, Verb.EXTEND: FormKind.EXTEND}


class SlackApp:
    """Everything that people do on Slack. `bolt` is handed to the transports."""

    def __init__(
        self,
        rules: SlackRules,
        workspaces: Workspaces,
        *,
        desk: Desk,
        store: Store,
        catalog: Catalog,
        media: LocalMedia,
        clock: Clock,
        clients: SlackClients,
        client: AsyncWebClient,
        board: Board,
        chat: TakesDown,
        signing_secret: str = "",
        oauth: AsyncOAuthFlow | None = None,
        answered: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`client` has no token: Bolt's own copy for each event gets the workspace's. `oauth`: the pages that install
        the bot in further workspaces. `answered` is told the seconds from each event's arrival to its
        acknowledgement."""
        self._desk, self._workspaces, self._clients, self._tasks = desk, workspaces, clients, Tasks()
        groups = UserGroups(clients)
        self._actors = Actors(clients, rules, groups, is_one=workspaces.is_one)
        self.named = Named(clients, groups)
        self._answers, rooms = Answers(clients), Rooms(clients, rules)
        files, defaults = SlackFiles(clients, media, desk, rules.file_hosts), DefaultsBook(store, clock)
        common = (catalog, rules.default_model, desk, clients, self._actors, self._answers)
        self._orders = Orders(*common, rooms, files, defaults)
        self._forms, self._home = Forms(*common, defaults), Home(*common, defaults)
        self._presses = Presses(desk, store, clock, self._actors, self._answers, rooms, board, chat, defaults)
        mentions = Mentions(desk, store, clients, self._actors, self._answers, rooms, self._orders)
        self.intake = IntakeBook(store, clock, "slack")
        self._work = Work(store, clock, self.intake, self._answers, self._orders, mentions, self._presses)
        gate = Gate(self.intake, self._orders, self._answers, self._tasks)
        self.bolt = TimedApp(answered, clock.now, **_options(Authorize(workspaces), client, signing_secret, oauth))
        self.bolt.middleware(gate.admit)
        self._listen()

    async def settle(self) -> None:
        """Take up what a crash left unanswered; returns at once."""
        events = await self.intake.open()
        if events:
            self._tasks.begin(self._work.settle(events), "recovery of unanswered events")

    async def finish(self) -> None:
        """Finish the answers under way."""
        await self._tasks.finish(FINISH_WITHIN)
        await self.intake.finish()

    # ------------------------------------------------------------------------------------------------- listeners

    def _listen(self) -> None:
        bolt = self.bolt
        bolt.command(COMMAND)(self._on_command)
        bolt.command(ADMIN_COMMAND)(self._on_admin)
        bolt.command(_ANY)(_acknowledge)
        bolt.global_shortcut(MAKE_VIDEO)(self._on_make)
        bolt.message_shortcut(ANIMATE_IMAGE)(self._on_animate)
        bolt.shortcut(_ANY)(_acknowledge)
        bolt.action(_ANY)(self._on_press)
        bolt.view(_ANY)(self._on_form)
        bolt.view_closed(_ANY)(_acknowledge)
        bolt.options(_ANY)(_acknowledge)
        bolt.event("app_home_opened")(self._on_home)
        bolt.event("app_uninstalled")(self._on_gone)
        bolt.event("tokens_revoked")(self._on_gone)
        bolt.event(_ANY)(self._on_event)  # messages and mentions; the others do nothing
        bolt.error(_on_error)

    async def _on_command(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        if self._begin_kept(context):
            return
        occasion, text = _occasion(body, context), str(body.get("text") or "").strip().lower()
        if text in LOOKS:
            self._tasks.begin(self._orders.look(occasion, text), f"/video {text}")
        else:
            self._tasks.begin(self._forms.open_empty(occasion, str(body.get("trigger_id"))), "a form")

    async def _on_admin(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        self._tasks.begin(self._admin(_occasion(body, context), str(body.get("text") or "")), "/video-admin")

    async def _admin(self, occasion: Occasion, text: str) -> None:
        actor = await self._actors.known(occasion)
        card = await ruled(self._desk, actor, text, occasion.team)
        await self._answers.privately(occasion, await self.named.with_names(card, occasion.team))

    async def _on_make(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        opening = self._forms.open_empty(_occasion(body, context), str(body.get("trigger_id")))
        self._tasks.begin(opening, "a form")

    async def _on_animate(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        message = body.get("message") or {}
        opening = self._forms.open_animate(_occasion(body, context), str(body.get("trigger_id")), message)
        self._tasks.begin(opening, "a form")

    async def _on_press(self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext) -> None:
        await ack()
        occasion, trigger_id = _occasion(body, context), str(body.get("trigger_id"))
        verb, subject, action = press_of(body)
        action_id = str(action.get("action_id") or "")
        if action_id == MAKE:
            self._tasks.begin(self._forms.open_empty(occasion, trigger_id), "a form")
        elif action_id.startswith(DEFAULT):
            value = str((action.get("selected_option") or {}).get("value") or "") or None
            self._tasks.begin(self._home.choose(occasion, subject, value), "a default")
        elif action_id.startswith(PICK):
            self._tasks.begin(self._forms.rebuild(occasion, body.get("view") or {}), "a form")
        elif verb != "link":
            self._press(context, occasion, trigger_id, verb, subject, private=is_private(body))

    def _press(
        self, context: AsyncBoltContext, occasion: Occasion, trigger_id: str, name: str, subject: str, *, private: bool
    ) -> None:
        try:
            verb = Verb(name)
        except ValueError:
            self._tasks.begin(self._answers.tell(occasion, OLD_BUTTON), "an old button")
            return
        if verb in _FORMS:
            opening = self._forms.open_filled(occasion, trigger_id, _FORMS[verb], subject)
            self._tasks.begin(opening, "a form")
        elif verb is Verb.AGAIN and self._presses.is_second(occasion, verb, subject):
            act = context.get(ACT)
            self._tasks.begin(self._twice(occasion, act.key if act else ""), "a second press")
        elif not self._begin_kept(context):
            self._tasks.begin(self._pressed(occasion, verb, subject, private=private), f"a press on {verb}")

    async def _pressed(self, occasion: Occasion, verb: Verb, subject: str, *, private: bool) -> None:
        await self._presses.press(occasion, verb, subject, is_private=private)

    async def _twice(self, occasion: Occasion, key: str) -> None:
        await self._answers.tell(occasion, AGAIN_TWICE)
        await self.intake.close(key)

    async def _on_form(self, ack: AsyncAck, context: AsyncBoltContext) -> None:
        await ack()
        self._begin_kept(context)

    async def _on_home(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            occasion = Occasion(team_of(body, context), str(event.get("user") or ""))
            self._tasks.begin(self._home.show(occasion), "a home tab")

    async def _on_gone(self, event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        """The workspace removed the app, or revoked tokens: people's own tokens are none of ours."""
        if event.get("type") == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        enterprise = str(context.enterprise_id or "") if context.is_enterprise_install else ""
        removing = self._removed(team_of(body, context), enterprise)
        self._tasks.begin(removing, "a removal of the bot")

    async def _removed(self, team: str, enterprise: str) -> None:
        if await self._is_let_in(team):
            log.info("Slack workspace %s told late of a token that was taken back: there is a newer one", team)
            return
        try:
            await self._workspaces.remove(team, enterprise)
        except StoreError as error:
            log.warning("an installation could not be removed: %s", error)

    async def _is_let_in(self, team: str) -> bool:
        """Whether the token there works: an event of before a new installation must not end that."""
        try:
            await tried((await self._clients.of(team)).auth_test())
        except TroubleError:
            return False
        return True

    async def _on_event(self, context: AsyncBoltContext) -> None:
        self._begin_kept(context)

    def _begin_kept(self, context: AsyncBoltContext) -> bool:
        act = context.get(ACT)
        if act is None:
            return False
        self._tasks.begin(self._work.do(act), f"a {act.kind}")
        return True


def _occasion(body: dict[str, Any], context: AsyncBoltContext) -> Occasion:
    return occasion_of(body, team_of(body, context))


async def _acknowledge(ack: AsyncAck) -> None:
    """Nothing of ours: without an answer Slack would tell people of an error, or send it again."""
    await ack()


async def _on_error(error: Exception) -> BoltResponse:
    note_defect("an event", error)
    return BoltResponse(status=200, body="")


def _options(
    authorize: Authorize, client: AsyncWebClient, signing_secret: str, oauth: AsyncOAuthFlow | None
) -> dict[str, Any]:
    """Of Bolt's app."""
    return {
        "name": _bolt_log.name,  # Bolt gives the logger of this name, whosever it is, the level of its own
        "logger": _bolt_log,
        "client": client,
        "signing_secret": signing_secret,
        "authorize": authorize,
        "oauth_flow": oauth,
        "user_facing_authorize_error_message": NOT_INSTALLED,
    }
