"""The Discord client: what comes in is handed to commands, forms, buttons and replies; what goes out is the chat's."""

import asyncio
import logging
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import discord
import yarl
from discord import app_commands

from adapters.cards.card import Tone, Verb
from adapters.desk import Desk
from adapters.desk.intake import IntakeBook
from adapters.discord import answers, origin
from adapters.discord.admin import Admin
from adapters.discord.button import JobButton
from adapters.discord.buttons import OLD_BUTTON, Buttons, TakesDown
from adapters.discord.commands import Commands
from adapters.discord.elsewhere import Elsewhere
from adapters.discord.filling import Forms
from adapters.discord.first_answers import FirstAnswers
from adapters.discord.orders import Orders
from adapters.discord.recovery import Recovery
from adapters.discord.replies import Replies
from adapters.discord.rules import DiscordRules
from adapters.discord.sources import Sources
from adapters.discord.sync import sync
from adapters.media.library import LocalMedia
from bot.generation.catalog import Catalog
from bot.generation.ports import Clock, Ids, Store, StoreError

log = logging.getLogger("videobot.discord")

_REMEMBERED = 10_000  # events; more than can come twice
FINISH_WITHIN = 10.0  # seconds that answers under way have at the end
LONGEST_WAIT = 60.0  # seconds; a call that Discord holds back longer is given up, and tried again later
LAUNCHES = 60  # failures of a shard in a row until the client is built anew
#: Close codes of the gateway that no waiting helps against (https://docs.discord.com/developers/topics/opcodes-and-
#: status-codes#gateway-gateway-close-event-codes): invalid shard, sharding required.
_WRONG_SHARDS = frozenset({4010, 4011})
_NEW_COMMAND = "This command was changed a moment ago: reload Discord (Ctrl+R), and try again."


class DiscordSetupError(Exception):
    """Discord does not let the bot in; the message is one sentence with what to do."""


class VideobotClient(discord.AutoShardedClient):
    """Built by `make_client`, completed by `connect_rooms`, run by `serve` until `close`."""

    def __init__(
        self,
        rules: DiscordRules,
        *,
        desk: Desk,
        store: Store,
        catalog: Catalog,
        media: LocalMedia,
        clock: Clock,
        ids: Ids,
        answered: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`answered` is told the seconds from each interaction's arrival to its first answer."""
        self._first_answers = FirstAnswers(answered, clock.now)
        shards: dict[str, Any] = {"shard_ids": list(rules.shard_ids)} if rules.shard_ids else {}
        super().__init__(
            intents=_intents(rules),
            http_trace=self._first_answers.trace(),
            shard_count=rules.shard_count,
            **shards,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=LONGEST_WAIT,
        )
        self._rules, self._store = rules, store
        self._board: answers.Board | None = None
        self._chat: TakesDown | None = None
        self._in_hand: set[asyncio.Task[Any]] = set()
        self._seen: dict[int, None] = {}
        self._was_served = False
        self._listens = True
        self._left = asyncio.Event()
        self._launches = 0  # of shards that failed, in a row
        self.logged_in = asyncio.Event()  # from then on messages can be sent
        self.was_ready = False  # it was connected once
        board = _LateBoard(self)
        sources = Sources(media, desk)
        self.intake = IntakeBook(store, clock, "discord")
        elsewhere = Elsewhere(self)
        orders = Orders(rules, desk, sources, self.intake, board, elsewhere)
        forms = Forms(rules, catalog, desk, store, clock, ids, orders, board)
        self._forms = forms
        self._buttons = Buttons(rules, desk, store, clock, forms, orders, board, self._the_chat)
        self._replies = Replies(self, rules, catalog, desk, sources, self.intake)
        self._recovery = Recovery(store, clock, self.intake, orders, elsewhere, self._replies.again)
        self.tree = VideobotTree(self, rules)
        for command in Commands(rules, catalog, desk, orders, forms, board).all():
            self.tree.add_command(command)

        async def answer(interaction: discord.Interaction[Any], asking: Awaitable[Any]) -> None:
            await answers.answer(interaction, asking, board)

        self.tree.add_command(Admin(rules, catalog, desk, store, answer).group())

    # ------------------------------------------------------------------------------------------------ life

    def connect_rooms(self, board: answers.Board, chat: TakesDown) -> None:
        """The rooms that need this client to be built themselves; called once, before `serve`."""
        self._board, self._chat = board, chat

    async def serve(self, token: str, *, listens: bool = True) -> None:
        """Log in and stay connected until `close`; without `listens` only messages are sent, and nothing comes in.
        Raises DiscordSetupError, and what the network raises."""
        self._was_served, self._listens = True, listens
        try:
            if listens:
                await self.start(token)
            else:
                await self.login(token)
                await self._left.wait()
        except discord.LoginFailure:
            raise DiscordSetupError(
                "Discord does not accept the token; copy it from the Bot page of the developer portal to DISCORD_TOKEN."
            ) from None
        except discord.PrivilegedIntentsRequired:
            raise DiscordSetupError(
                "DISCORD_MESSAGE_CONTENT is set, but the Message Content Intent is off: switch it on (Bot page of the "
                "developer portal), or set DISCORD_MESSAGE_CONTENT=false."
            ) from None
        except discord.ConnectionClosed as error:
            if error.code not in _WRONG_SHARDS:
                raise
            raise DiscordSetupError(
                "Discord does not take these shards; correct DISCORD_SHARD_COUNT and DISCORD_SHARD_IDS, or leave both "
                "out."
            ) from None

    async def launch_shard(self, gateway: yarl.URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. discord.py calls this from within itself after every failure, deeper each time: after
        LAUNCHES of them the whole client is given up (GatewayNotFound), to be built anew."""
        self._launches += 1
        if self._launches > LAUNCHES:
            raise discord.GatewayNotFound
        if self._rules.gateway_url is not None:  # discord.py asks the API for one whatever its default is
            gateway = yarl.URL(self._rules.gateway_url)
        await super().launch_shard(gateway, shard_id, initial=initial)
        self._launches = 0

    async def setup_hook(self) -> None:
        """Logged in, not connected yet: register buttons and commands, and take up what a crash left unanswered."""
        self.add_dynamic_items(JobButton)
        self.logged_in.set()
        if not self._listens:
            return
        events = await self.intake.open()
        if events:
            self._begin(self._recovery.settle(events), "recovery of unanswered events")
        try:
            if await sync(self.tree, self._store):
                log.info("the commands were registered with Discord")
        except (StoreError, discord.DiscordException, app_commands.AppCommandError) as error:
            log.warning("the commands were not registered (%s); those registered before stay", type(error).__name__)

    async def close(self) -> None:
        """Finish the answers under way, those that come meanwhile as well, then leave."""
        if not self.is_closed():
            await self._finish()
        await self.intake.finish()
        self._left.set()
        if self._was_served:  # discord.py cannot close what never began
            await super().close()

    async def _finish(self) -> None:
        mine, now = asyncio.current_task(), asyncio.get_running_loop().time
        until = now() + FINISH_WITHIN
        while (under_way := self._in_hand - {mine}) and now() < until:
            await asyncio.wait(under_way, timeout=until - now())
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.gather(*under_way, return_exceptions=True)

    # ------------------------------------------------------------------------------------------------ events

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """See discord.Client; every interaction comes by here the moment it arrives."""
        if event == "interaction":
            self._first_answers.arrived(args[0].id)
        super().dispatch(event, *args, **kwargs)

    async def on_ready(self) -> None:
        """Comes again after a new identification; nothing starts here."""
        self.was_ready = True
        log.info("connected to Discord in %d servers", len(self.guilds))

    async def on_press(self, interaction: discord.Interaction[Any], verb: Verb, subject: str, /) -> None:
        """A button of ours was pressed."""
        self.finish_first()
        if self.first_time(interaction.id) and await self.is_welcome(interaction):
            await self._guard(interaction, self._buttons.press(interaction, verb, subject))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Forms that came back, and buttons nobody knows. Commands go to the tree, our buttons to `on_press`."""
        self.finish_first()
        if interaction.type is discord.InteractionType.modal_submit:
            if self.first_time(interaction.id) and await self.is_welcome(interaction):
                await self._guard(interaction, self._forms.sent(interaction))
        elif interaction.type is discord.InteractionType.component:
            data: Mapping[str, Any] = interaction.data or {}
            custom_id = str(data.get("custom_id", ""))
            if JobButton.__discord_ui_compiled_template__.fullmatch(custom_id) is None:
                await answers.tell(interaction, OLD_BUTTON, Tone.NEUTRAL)

    async def on_message(self, message: discord.Message) -> None:
        """A message in a channel the bot sees."""
        if not self._replies.is_meant(message):
            return
        self.finish_first()
        try:
            await self._replies.take(message)
        except Exception as error:  # noqa: BLE001 - the bot goes on, whatever one message did
            note_defect("a message", error)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """A defect in a handler: where it was, and nothing of what people wrote."""
        error = sys.exc_info()[1]
        if error is not None:
            note_defect(event_method, error)

    async def _guard(self, interaction: discord.Interaction[Any], work: Awaitable[None]) -> None:
        """Do it; a defect is noted and answered with a sentence."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the bot goes on, whatever one interaction did
            note_defect("an interaction", error)
            await answers.tell(interaction, answers.BROKEN, Tone.BAD)

    async def is_welcome(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether the bot works in this server (or direct message); if not, that is said."""
        if origin.works_in(self._rules, interaction.guild_id):
            return True
        closed = origin.wrong_place(self._rules, interaction.guild_id, interaction.channel)
        if closed is not None:
            await answers.tell_card(interaction, closed)
        return False

    # ------------------------------------------------------------------------------------------------ small

    def first_time(self, event_id: int) -> bool:
        """Whether this event is here for the first time: the gateway may deliver one twice."""
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True

    @property
    def is_answering(self) -> bool:
        """Whether any event is still being answered."""
        return bool(self._in_hand)

    def finish_first(self) -> None:
        """What the present task does is finished before the client closes."""
        task = asyncio.current_task()
        if task is not None:
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)

    def _the_chat(self) -> TakesDown:
        if self._chat is None:
            raise RuntimeError("connect_rooms was not called")
        return self._chat

    @property
    def board(self) -> answers.Board:
        """The status board. Raises RuntimeError before `connect_rooms`."""
        if self._board is None:
            raise RuntimeError("connect_rooms was not called")
        return self._board


class VideobotTree(app_commands.CommandTree[VideobotClient]):
    """The commands, for servers and direct messages with the bot, installed by servers only."""

    def __init__(self, client: VideobotClient, rules: DiscordRules) -> None:
        super().__init__(
            client,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=rules.direct_messages, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Every event once, and only where the bot works."""
        self.client.finish_first()
        if interaction.type is discord.InteractionType.autocomplete:
            return True
        return self.client.first_time(interaction.id) and await self.client.is_welcome(interaction)

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Every path answers something, with nothing of what people wrote in the log."""
        known = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)
        if isinstance(error, known):
            log.info("a command Discord knows differently: %s", type(error).__name__)
            await answers.tell(interaction, _NEW_COMMAND)
            return
        note_defect("a command", error.__cause__ or error)
        await answers.tell(interaction, answers.BROKEN, Tone.BAD)


class _LateBoard:
    """The board, which is built after the client."""

    def __init__(self, client: VideobotClient) -> None:
        self._client = client

    async def adopt(self, job_id: str, reference: str, /) -> None:
        await self._client.board.adopt(job_id, reference)

    def step(self, job_id: str, /) -> None:
        self._client.board.step(job_id)


def note_defect(where: str, error: BaseException) -> None:
    """Log a defect: its kind and its place, without its words, which may be people's."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames[-5:]))
    log.error("%s failed: %s at %s", where, type(error).__name__, places)


def make_client(
    rules: DiscordRules,
    *,
    desk: Desk,
    store: Store,
    catalog: Catalog,
    media: LocalMedia,
    clock: Clock,
    ids: Ids,
    answered: Callable[[float], None] = lambda _seconds: None,
) -> VideobotClient:
    """The client; call inside the event loop. `connect_rooms` completes it."""
    return VideobotClient(
        rules, desk=desk, store=store, catalog=catalog, media=media, clock=clock, ids=ids, answered=answered
    )


def _intents(rules: DiscordRules) -> discord.Intents:
    """What it hears of: servers, messages. None of it is privileged, unless the operator asks for message contents."""
    intents = discord.Intents.none()
    intents.guilds = True
    intents.guild_messages = True
    intents.dm_messages = True
    intents.message_content = rules.message_content
    return intents
