"""The wiring of one process: settings in, one object graph out. The only place that sees every room."""

import asyncio
import logging
import os
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import httpx
from pydantic import SecretStr

from adapters.gateways.apimart import ApiMart
from adapters.gateways.http import Patience, make_client, make_create_client
from adapters.gateways.toapis import ToApis
from adapters.gateways.wire import RateInfo
from adapters.media.library import LocalMedia
from adapters.shell import ShellChat
from bot.clock import RandomIds, SystemClock
from bot.engines import AnyEngine, make_duties, make_engine, may_run
from bot.generation.accounts import first_of_each, gateway_of, gateways_of
from bot.generation.catalog import Catalog, CatalogError, UnknownModel
from bot.generation.job import Job, JobState
from bot.generation.pacing import Budget, RenderTimes, rate
from bot.generation.ports import Chat, Clock, Gateway, Ids, JobView, LimitWarning, Store
from bot.generation.service import Approval, GenerationService
from bot.generation.worker import Worker
from bot.media_place import open_media_place
from bot.operations.hooks import Hooks
from bot.operations.room import Operations, open_operations
from bot.settings import Settings, SettingsError, micros
from bot.tidying import tidy_for_ever
from storage import hinting
from storage.database import Database
from storage.opening import open_database
from storage.store import SqlStore

if TYPE_CHECKING:
    from adapters.gateways.sandbox import SandboxGateway
    from bot.duties import Duties

log = logging.getLogger("videobot.app")

T = TypeVar("T")

FOLLOW_EVERY = 0.25  # seconds between looks at the row of a job that is being followed
HOUR = 3600.0
SANDBOX_KEY = "sandbox-key"


@dataclass
class App:
    """Everything of one process. `engine` is None when another process runs the jobs of this database."""

    settings: Settings
    clock: Clock
    database: Database
    store: Store
    catalog: Catalog
    gateways: Mapping[str, Gateway]
    media: LocalMedia
    worker: Worker
    engine: "AnyEngine | None"
    service: GenerationService
    sandbox: "SandboxGateway | None"
    take_over: Callable[[], Awaitable[bool]]
    chats: dict[str, Chat]  # how each platform shows a job
    operations: Operations
    listeners: list[Callable[[str], None]] = field(default_factory=list)  # told the id of each job that changed
    on_warnings: list[Callable[[Sequence[LimitWarning]], None]] = field(default_factory=list)  # nearly full limits
    on_approval: list[Callable[[Job], None]] = field(default_factory=list)  # told of each job that waits for an admin
    runs_jobs: bool = False  # it is there to run them; `engine` says whether it does
    duties: "Duties | None" = None  # None: no other process shares this database

    def wake(self, job: Job) -> None:
        """A job was accepted or changed. Another process that runs the jobs sees that within a second by itself."""
        self.tell(job.id)
        if self.engine is not None:
            self.engine.wake(job)

    async def look_now(self, job: Job) -> None:
        """Whichever process runs this job looks at it now. Raises StoreError."""
        if self.duties is None:
            self.wake(job)
        else:  # this process hears it, too: woken here as well, it would look twice
            await self.database.write(hinting.look_now, job.id)

    def tell(self, job_id: str) -> None:
        """This job may look different now."""
        for listener in self.listeners:
            listener(job_id)

    def look_at(self, job: Job) -> JobView:
        """The job with what only this moment knows: place in the queue, freshest percentage, usual time."""
        fresh = self.worker.watcher.progress.get(job.id)
        position = self.engine.position(job.id) if self.engine else None
        return self.worker.view(replace(job, progress=fresh) if fresh is not None else job, position)

    async def follow(self, job_id: str) -> AsyncIterator[JobView]:
        """The job's view, again at each change, until nothing more happens by itself (final, or `uncertain`).

        When the process that ran the jobs has ended meanwhile, this one takes over (if it was opened to run jobs).
        """
        shown: JobView | None = None
        while True:
            await self.take_over()
            job = await self.store.job(job_id)
            if job is None:
                return
            view = self.look_at(job)
            if view != shown:
                shown = view
                yield view
            if job.state.is_final or job.state in (JobState.UNCERTAIN, JobState.AWAITING_APPROVAL):
                return
            await self.clock.sleep(FOLLOW_EVERY)


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    run_jobs: bool,
    clock: Clock | None = None,
    ids: Ids | None = None,
    witness: Callable[[str, str], None] | None = None,
    chats: Mapping[str, Chat] | None = None,
    begin: bool = True,
    patience: Patience | None = None,
    command: str = "videobot run",
) -> AsyncIterator[App]:
    """Open the database, build the rooms and, with `run_jobs`, run the jobs (unless another process does).

    Without `begin` the jobs start only with `take_over()`: once the platforms have put their `chats` in. `patience`:
    how long the gateways' answers are waited for, in the world's seconds whatever the `clock` says. `command`: what
    this process is, for another one that wants to run the jobs, too.
    Raises SettingsError, StoreError, MediaError.
    """
    clock, ids = clock or SystemClock(), ids or RandomIds()
    catalog = catalog_of(settings)
    async with AsyncExitStack() as stack:
        _make_folders(settings)
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        await database.upgrade()
        store = SqlStore(database)
        await store.seed_limits(settings.fresh_limits(), clock.now())
        budgets = {
            name: Budget(rate(settings.creates_per_second), rate(settings.looks_per_second))
            for name in settings.accounts
        }
        client = await stack.enter_async_context(make_client())
        create_client = await stack.enter_async_context(make_create_client())
        line = _Line(client, create_client, clock, budgets, patience or Patience())

        def steer(order: Sequence[str]) -> None:
            """New jobs go to these gateways, the first one first."""
            try:
                service.offer(catalog_of(settings, order), order)
            except SettingsError as error:  # switched so under other settings
                log.warning("the gateways stay as they are: %s", error)

        operations = await open_operations(
            settings,
            database,
            clock,
            steer=steer,
            objection=lambda names: _objection(settings, names),
            wake=lambda job: app.look_now(job),  # noqa: PLW0108 - `app` comes to be below
        )
        gateways = {
            name: operations.observed(made) for name, made in _gateways(settings, line, operations.hooks).items()
        }
        # A client of their own: a slow download never keeps a look waiting.
        downloads = await stack.enter_async_context(make_client())
        media = LocalMedia(
            settings.media,
            downloads,
            clock,
            allow_private=_is_local(settings),
            allow_private_inputs=settings.allow_private_links,
            bucket=await open_media_place(settings, store),
            cache_bytes=settings.media_cache_mb * 1024 * 1024,
        )
        ports: dict[str, Chat] = {"shell": ShellChat(media)} if chats is None else dict(chats)
        worker = Worker(
            store=store,
            gateways=gateways,
            budgets=budgets,
            chats=ports,
            media=media,
            catalog=catalog,
            times=RenderTimes(await store.render_times()),
            clock=clock,
            ids=ids,
            chance=random.Random(),
            owner=f"{socket.gethostname()}:{os.getpid()}",
            witness=witness or (lambda _point, _job_id: None),
        )
        engine = make_engine(
            database,
            store,
            worker,
            budgets,
            clock,
            max_running=settings.max_running,
            on_step=lambda job_id: app.tell(job_id),  # noqa: PLW0108 - `app` comes to be below
            meter=operations.meters,
        )

        async def take_over() -> bool:
            """Run the jobs from now on, unless another process does."""
            if app.engine is not None or not run_jobs or not may_run(stack, database, command):
                return app.engine is not None
            if "sandbox" in settings.gateways:
                app.sandbox = await stack.enter_async_context(_sandbox(settings))
                gateways["sandbox"] = operations.observed(_sandbox_client(app.sandbox, line))
            app.engine = engine
            await _end_a_drain(store, clock)
            await engine.start()
            stack.push_async_callback(engine.stop)
            tidy = asyncio.create_task(tidy_for_ever(settings, store, media, clock), name="tidy")
            stack.push_async_callback(_end, tidy)
            return True

        service = GenerationService(
            store=store,
            catalog=catalog,
            clock=clock,
            ids=ids,
            default_gateway=settings.gateways[0] if settings.gateways else None,
            accounts=first_of_each(settings.accounts),
            default_model=settings.default_model,
            policy=settings.policy,
            confirm_above_micros=settings.confirm_above_micros,
            wake=lambda job: app.wake(job),  # noqa: PLW0108 - `app` comes to be below
            look_at=lambda job: app.look_at(job),  # noqa: PLW0108 - `app` comes to be below
            on_pause=lambda pause: engine.resume() if pause is None else engine.pause(),
            on_warnings=lambda warnings: _each(app.on_warnings, warnings),
            on_approval=lambda job: _each(app.on_approval, job),
            approval=Approval(micros(settings.approve_above_usd), settings.approval_hours * HOUR),
            age_restricted_only=settings.age_restricted_only,
        )
        app = App(
            settings,
            clock,
            database,
            store,
            catalog,
            gateways,
            media,
            worker,
            None,
            service,
            None,
            take_over,
            ports,
            operations,
            runs_jobs=run_jobs,
            duties=make_duties(stack, database),
        )
        await operations.steering.read()
        if begin:
            await take_over()
        yield app


async def _end_a_drain(store: Store, clock: Clock) -> None:
    """What was to be replaced is gone: this process takes its place."""
    pause = await store.paused()
    if pause is not None and pause.drain:
        await store.resume_all("videobot", clock.now())


def _each(listeners: Sequence[Callable[[T], None]], news: T) -> None:
    """Tell each listener; what one stumbles over is no business of the others, nor of whoever asked."""
    for listener in listeners:
        try:
            listener(news)
        except Exception:
            log.exception("who listens for news of limits and approvals stumbled over them")


@dataclass(frozen=True, slots=True)
class _Line:
    """What every gateway client is built on."""

    client: httpx.AsyncClient
    create_client: httpx.AsyncClient
    clock: Clock
    budgets: Mapping[str, Budget]
    patience: Patience

    def heed(self, rates: RateInfo) -> None:
        """The gateway says how many calls are left: it knows better."""
        budget = self.budgets[rates.gateway]
        bucket = {"create": budget.create, "look": budget.look}.get(rates.call)
        if bucket is not None and rates.remaining is not None:
            bucket.correct(rates.remaining, self.clock.now())


def _sandbox(settings: Settings) -> "SandboxGateway":
    # Imported here: 20 MB that a real gateway does without.
    from adapters.gateways.sandbox import SandboxGateway

    return SandboxGateway(keys=(SANDBOX_KEY,), speed=settings.sandbox_speed, rate_limits=False)


def _sandbox_client(sandbox: "SandboxGateway", line: _Line) -> Gateway:
    return ToApis(
        line.client,
        line.create_client,
        api_key=SecretStr(SANDBOX_KEY),
        base_url=sandbox.toapis_url,
        name="sandbox",
        now=line.clock.now,
        patience=line.patience,
    )


def _gateways(settings: Settings, line: _Line, hooks: Hooks | None) -> dict[str, Gateway]:
    """A client for each account: every key is one of its own."""
    try:
        return {account: _client(account, key, settings, line, hooks) for account, key in settings.api_keys.items()}
    except ValueError as error:
        raise SettingsError(f"A gateway's base URL or key cannot be used: {error}") from None


def _client(account: str, key: SecretStr, settings: Settings, line: _Line, hooks: Hooks | None) -> Gateway:
    if gateway_of(account) == "toapis":
        is_signed = settings.toapis_webhook_secret is not None
        return ToApis(
            line.client,
            line.create_client,
            api_key=key,
            base_url=settings.toapis_base_url,
            name=account,
            send_client_id=settings.toapis_send_client_id,
            look_up=settings.toapis_look_up,
            callback=partial(hooks.url, "toapis") if hooks and is_signed else None,
            on_rate=line.heed,
            now=line.clock.now,
            patience=line.patience,
        )
    return ApiMart(
        line.client,
        line.create_client,
        api_key=key,
        base_url=settings.apimart_base_url,
        name=account,
        send_client_id=settings.apimart_send_client_id,
        webhook=partial(hooks.url, "apimart") if hooks and settings.apimart_webhooks else None,
        on_rate=line.heed,
        now=line.clock.now,
        patience=line.patience,
    )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _objection(settings: Settings, accounts: Sequence[str]) -> str | None:
    try:
        catalog_of(settings, accounts)
    except SettingsError as error:
        return str(error)
    return None


def catalog_of(settings: Settings, accounts: Sequence[str] = ()) -> Catalog:
    """What this installation offers; `accounts`: on these alone, the first one first. Raises SettingsError."""
    try:
        catalog = Catalog.build(
            gateways=gateways_of(accounts) or settings.gateways or ("toapis", "apimart"),
            dialects=settings.dialects,
            model_ids=settings.model_ids,
            prices=settings.prices,
            off=[name for name in settings.gateways if accounts and name not in gateways_of(accounts)],
        )
    except CatalogError as error:
        raise SettingsError(f"A setting of the catalog cannot be used: {error}") from None
    try:
        catalog.find(settings.default_model, None)
    except UnknownModel as error:
        raise SettingsError(f"VIDEOBOT_DEFAULT_MODEL cannot be used: {error}") from None
    return catalog


def _make_folders(settings: Settings) -> None:
    folders = [settings.data_dir.expanduser(), settings.media]
    if settings.media_url is not None and settings.media_url.startswith("file://"):
        folders.pop()  # one that is not there is a share that is not mounted
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"The folder {folder} cannot be made ({error.strerror}); set VIDEOBOT_DATA_DIR to a writable one."
            ) from None


def _is_local(settings: Settings) -> bool:
    """Results of the sandbox lie on this machine; those of a real gateway never may."""
    bases = [settings.toapis_base_url, settings.apimart_base_url]
    return settings.gateway == "sandbox" or any(b.startswith("http://") for b in bases)
