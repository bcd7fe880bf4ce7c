"""Settings: environment, `.env`, an optional TOML file. A misspelt or impossible one stops the start, and is named."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from bot.generation.accounts import account_name
from bot.generation.limits import Limit, Policy, Scope, ScopeKind, Unit, Window

#: Names with these beginnings are ours: one that no setting has is a misspelt one.
OUR_PREFIXES = ("VIDEOBOT_", "TOAPIS_", "APIMART_")
#: Others use these, too: only a name that is nearly one of ours is a misspelt one.
SHARED_PREFIXES = ("DISCORD_", "SLACK_")
MIN_TOKEN_CHARS = 16


class SettingsError(Exception):
    """Settings that cannot be used: a line for each, with its name, what is allowed, what to do."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f'"{name}" is not a time zone; use a name such as "Europe/Berlin" or "UTC"') from None
    return name


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "videobot"


Usd = Annotated[Decimal, Field(ge=0, le=1_000_000)]


def _listed(value: object) -> object:
    """A list as people write it: "1, 2", one name, or JSON."""
    if isinstance(value, int):
        return (str(value),)
    if not isinstance(value, str):
        return value
    if value.strip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("write a list as a, b, c") from None
    return [part for part in (part.strip() for part in value.split(",")) if part]


_List = (NoDecode, BeforeValidator(_listed))


def _snowflake(value: object) -> str:
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and 15 <= len(text) <= 20):
        raise ValueError(f'"{text[:30]}" is not an id of Discord; those are 17 to 20 digits (Copy ID in Discord)')
    return text


def _media_url(value: object) -> object:
    text = str(value).strip()
    if re.fullmatch(r"file:///[^?#]*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^/?#]+)*/?", text) and ".." not in text:
        return text
    raise ValueError("write a folder as file:///mnt/share, or a bucket as s3://bucket/prefix")


#: A place several machines see.
MediaUrl = Annotated[str, BeforeValidator(_media_url)]

#: An id of Discord, which people write with or without quotes.
Snowflake = Annotated[str, BeforeValidator(_snowflake)]
Snowflakes = Annotated[tuple[Snowflake, ...], *_List]
Names = Annotated[tuple[str, ...], *_List]
Secrets = Annotated[tuple[SecretStr, ...], *_List]
Numbers = Annotated[tuple[int, ...], *_List]


def _labelled(keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
    for label, key in keys.items():
        if not _LABEL.fullmatch(label):
            raise ValueError(f'a label is 1 to 20 small letters, digits and hyphens, not "{label[:30]}"')
        if not key.get_secret_value().strip():
            raise ValueError(f'the key "{label}" is empty: fill it in, or take it out')
    return keys


_LABEL = re.compile(r"[a-z0-9-]{1,20}")
#: Keys of one gateway by their labels.
Keys = Annotated[dict[str, SecretStr], AfterValidator(_labelled)]


class Settings(BaseSettings):
    """Everything an operator can set. Money is in US dollars, time in the unit the name says."""

    model_config = SettingsConfigDict(
        env_prefix="VIDEOBOT_",
        env_file_encoding="utf-8",
        extra="forbid",
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Field(default_factory=_default_data_dir, description="Folder for the database and the media")
    database_url: SecretStr | None = Field(
        None,
        description="sqlite:////path/to/file.db or postgresql://user:password@host:5432/database; default: "
        "videobot.db in the data folder",
    )
    media_dir: Path | None = Field(None, description="Folder for images and videos; default: media in the data folder")
    media_url: MediaUrl | None = Field(
        None,
        description="Where several machines share images and videos: file:///mnt/share (a folder) or "
        "s3://bucket/prefix; with s3, the folder keeps those used last",
    )
    media_endpoint: str | None = Field(
        None, description="Where the S3-compatible store is reached, such as http://minio:9000; default: Amazon's"
    )
    media_region: str | None = Field(None, description="The region of the bucket; default: AWS_REGION")
    media_access_key: SecretStr | None = Field(
        None, description="The access key of the bucket; default: AWS_ACCESS_KEY_ID"
    )
    media_secret_key: SecretStr | None = Field(
        None, description="The secret key of the bucket; default: AWS_SECRET_ACCESS_KEY"
    )
    media_cache_mb: int = Field(
        10_240, ge=1, description="Megabytes that the media folder of each machine may have beside a bucket"
    )
    public_url: str | None = Field(None, description="The address under which this bot can be reached from outside")
    http_host: str = Field(
        "127.0.0.1", description="The address health, metrics and the gateways' webhooks are served at; 0.0.0.0: all"
    )
    http_port: int | None = Field(
        None, ge=0, le=65535, description="The port of health, metrics and webhooks; not set: none (the image has 8080)"
    )
    log: Literal["text", "json"] = Field("text", description="How log lines look; json: one object a line")

    gateway: Literal["toapis", "apimart", "sandbox"] | None = Field(
        None,
        description="The gateway to use first. sandbox: no other one is used, whatever keys are set; it renders here, "
        "needs no key and costs nothing",
    )
    toapis_api_key: SecretStr | None = Field(None, validation_alias="TOAPIS_API_KEY", description="Your key at ToAPIs")
    toapis_api_keys: Keys = Field(
        default_factory=dict,
        validation_alias="TOAPIS_API_KEYS",
        description='More keys at ToAPIs, each an account with a label: {"main": "...", "spare": "..."}',
    )
    toapis_base_url: str = Field(
        "https://toapis.com", validation_alias="TOAPIS_BASE_URL", description="Where ToAPIs is reached"
    )
    toapis_send_client_id: bool = Field(
        default=False,
        validation_alias="TOAPIS_SEND_CLIENT_ID",
        description="Send our own id with each create (client_business_id); documented for other models",
    )
    toapis_look_up: bool = Field(
        default=False,
        validation_alias="TOAPIS_LOOK_UP",
        description="The gateway can find a task by our own id, so a lost answer is looked up",
    )
    toapis_webhook_secret: SecretStr | None = Field(
        None,
        validation_alias="TOAPIS_WEBHOOK_SECRET",
        description="The signing secret of the webhook set up in ToAPIs' console: asks to be told when a video is done",
    )
    apimart_api_key: SecretStr | None = Field(
        None, validation_alias="APIMART_API_KEY", description="Your key at APIMart"
    )
    apimart_api_keys: Keys = Field(
        default_factory=dict,
        validation_alias="APIMART_API_KEYS",
        description="More keys at APIMart, each an account with a label",
    )
    apimart_base_url: str = Field(
        "https://api.apimart.ai", validation_alias="APIMART_BASE_URL", description="Where APIMart is reached"
    )
    apimart_send_client_id: bool = Field(
        default=False,
        validation_alias="APIMART_SEND_CLIENT_ID",
        description="Send an Idempotency-Key header with each create",
    )
    apimart_webhooks: bool = Field(
        default=False,
        validation_alias="APIMART_WEBHOOKS",
        description="Ask APIMart to tell when a video is done; documented for other models",
    )
    sandbox_speed: float = Field(10.0, gt=0, description="How many times faster than life the built-in sandbox renders")
    max_running: int = Field(50, ge=1, le=100_000, description="Videos being made at one gateway at the same time")
    creates_per_second: float = Field(
        5.0, gt=0, le=1e6, description="Rate limit of a gateway key, creates (ToAPIs' default is 5 with a burst of 50)"
    )
    looks_per_second: float = Field(
        50.0, gt=0, le=1e6, description="Rate limit of a gateway key, status looks (ToAPIs' default is 50, burst 500)"
    )

    default_model: str = Field("2.6", description="The model when nobody names one")
    dialects: Mapping[str, str] = Field({}, description='How a model is spelled, e.g. {"toapis/o1": "unified"}')
    model_ids: Mapping[str, str] = Field({}, description='The gateway\'s own id, e.g. {"toapis/2.6": "kling-v2-6"}')
    prices: Mapping[str, Mapping[str, object]] = Field({}, description="Your account's prices, in USD per second")

    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", description="Where a day and a month begin")
    confirm_above_usd: Usd = Field(Decimal("0.50"), description="A price above this asks before it is spent")
    approve_above_usd: Usd = Field(Decimal(0), description="A price above this waits for an admin's approval; 0: never")
    approval_hours: int = Field(24, ge=1, le=720, description="Hours a video waits for an approval before it expires")
    balance_warning_usd: Usd = Field(
        Decimal(5), description="Admins are warned when a gateway's account holds less, or less than two days' spend"
    )
    role_limits: Literal["generous", "strictest"] = Field(
        "generous", description="Which limit counts for somebody with several roles"
    )
    warn_at_percent: int = Field(
        80, ge=0, le=99, description="Share of a limit from which on it is warned of; 0: never"
    )
    moderation_strikes: int = Field(
        3, ge=0, le=100, description="Refusals by a gateway's moderation in 24 hours that slow a user down; 0: never"
    )
    moderation_pause_minutes: int = Field(
        10, ge=1, le=1440, description="Minutes such a user waits, twice as long with each refusal more"
    )
    age_restricted_only: bool = Field(
        default=False, description="Take requests only from channels that Discord marks as age-restricted"
    )
    user_videos_per_day: int | None = Field(5, ge=0, description="Fresh install: videos a day for each user")
    user_usd_per_day: Usd | None = Field(Decimal(3), description="Fresh install: dollars a day for each user")
    user_jobs_at_once: int | None = Field(2, ge=1, description="Fresh install: unfinished videos of one user")
    everyone_usd_per_day: Usd | None = Field(
        Decimal(20), description="Fresh install: dollars a day for everyone together"
    )

    allow_private_links: bool = Field(
        default=False, description="Take images from addresses inside this network; only for trials on one machine"
    )
    private_refusals: bool = Field(
        default=True, description="Tell what is wrong with a request to the person alone; false: in the channel"
    )
    thread_per_job: bool = Field(default=False, description="Open a thread for each video, where a channel has threads")

    web: bool = Field(default=False, description="Serve the chat page and the dashboard")
    web_host: str = Field("127.0.0.1", description="The address the chat page is served at; another needs a token")
    web_port: int = Field(8765, ge=0, le=65535, description="The port the chat page is served at; 0: any free one")
    web_token: SecretStr | None = Field(
        None, description="The access token the chat page asks for, 16 characters or more"
    )

    discord_token: SecretStr | None = Field(
        None, validation_alias="DISCORD_TOKEN", description="The token of your Discord bot; starts the Discord side"
    )
    discord_servers: Snowflakes = Field(
        (),
        validation_alias="DISCORD_SERVERS",
        description="Ids of the servers it works in, separated by commas; empty: all",
    )
    discord_channels: Snowflakes = Field(
        (), validation_alias="DISCORD_CHANNELS", description="Ids of the channels videos may be asked in; empty: all"
    )
    discord_direct_messages: bool = Field(
        default=True, validation_alias="DISCORD_DIRECT_MESSAGES", description="Take requests in direct messages"
    )
    discord_admin_roles: Snowflakes = Field(
        (),
        validation_alias="DISCORD_ADMIN_ROLES",
        description="Ids of the roles that may rule their server; empty: those who may manage it, if DISCORD_SERVERS "
        "names it or it is the bot's only one",
    )
    discord_admins: Snowflakes = Field(
        (), validation_alias="DISCORD_ADMINS", description="Ids of people who may do everything, in every server"
    )
    discord_admin_channels: Snowflakes = Field(
        (),
        validation_alias="DISCORD_ADMIN_CHANNELS",
        description="Ids of channels that show admins what needs them: approvals, nearly full limits, the balance",
    )
    discord_message_content: bool = Field(
        default=False,
        validation_alias="DISCORD_MESSAGE_CONTENT",
        description="Ask for the Message Content Intent, so that a reply animates other people's images, too",
    )
    discord_shard_count: int | None = Field(
        None, ge=1, validation_alias="DISCORD_SHARD_COUNT", description="Shards in all; default: what Discord advises"
    )
    discord_shard_ids: Numbers = Field(
        (),
        validation_alias="DISCORD_SHARD_IDS",
        description="Shards of this process, with commas; default: all",
    )
    discord_api_base: str = Field(
        "https://discord.com/api/v10",
        validation_alias="DISCORD_API_BASE",
        description="Where Discord's API is reached (a proxy)",
    )
    discord_gateway_url: str | None = Field(
        None,
        validation_alias="DISCORD_GATEWAY_URL",
        description="Where Discord's gateway is reached; default: where its API says",
    )

    slack_bot_token: SecretStr | None = Field(
        None, validation_alias="SLACK_BOT_TOKEN", description="The bot token (xoxb-) of the one workspace it serves"
    )
    slack_app_token: SecretStr | None = Field(
        None, validation_alias="SLACK_APP_TOKEN", description="The app-level token (xapp-): events come by Socket Mode"
    )
    slack_signing_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_SIGNING_SECRET", description="The signing secret: events come by HTTP"
    )
    slack_client_id: str | None = Field(
        None, validation_alias="SLACK_CLIENT_ID", description="For several workspaces: the app's client id (OAuth)"
    )
    slack_client_secret: SecretStr | None = Field(
        None, validation_alias="SLACK_CLIENT_SECRET", description="For several workspaces: the app's client secret"
    )
    slack_token_keys: Secrets = Field(
        (),
        validation_alias="SLACK_TOKEN_KEYS",
        description="For several workspaces: keys that encrypt their tokens here, the newest first",
    )
    slack_host: str = Field(
        "127.0.0.1", validation_alias="SLACK_HOST", description="The address events by HTTP are taken at"
    )
    slack_port: int = Field(
        3000, ge=0, le=65535, validation_alias="SLACK_PORT", description="The port events by HTTP are taken at"
    )
    slack_channels: Names = Field(
        (), validation_alias="SLACK_CHANNELS", description="Ids of the channels videos may be asked in; empty: all"
    )
    slack_admins: Names = Field(
        (), validation_alias="SLACK_ADMINS", description="Ids of people who may set limits, such as U0123ABCD"
    )
    slack_admin_channels: Names = Field(
        (),
        validation_alias="SLACK_ADMIN_CHANNELS",
        description="Ids of channels that show admins what needs them: approvals, nearly full limits, the balance",
    )
    slack_workspace_admins: bool = Field(
        default=True, validation_alias="SLACK_WORKSPACE_ADMINS", description="Admins of the workspace may set limits"
    )
    slack_join_channels: bool = Field(
        default=True, validation_alias="SLACK_JOIN_CHANNELS", description="Join a public channel to post a video there"
    )
    slack_api_base: str = Field(
        "https://slack.com/api/",
        validation_alias="SLACK_API_BASE",
        description="Where Slack's API is reached (a proxy)",
    )
    slack_file_hosts: Names = Field(
        ("files.slack.com",),
        validation_alias="SLACK_FILE_HOSTS",
        description="Hosts a workspace's token is sent to for its files",
    )

    keep_videos_days: int = Field(30, ge=1, description="Days a finished video stays in the media folder")
    keep_inputs_days: int = Field(7, ge=1, description="Days an input image stays there after its last use")
    keep_prompts_days: int = Field(
        90, ge=1, description="Days the prompt and inputs of a finished video, and messages of the chat page, are kept"
    )
    keep_audit_days: int = Field(365, ge=1, description="Days the audit trail is kept")
    keep_intake_days: int = Field(7, ge=1, description="Days an answered event of a platform is remembered")

    @model_validator(mode="after")
    def _has_a_gateway(self) -> Self:
        for name in ("toapis", "apimart"):
            values = [key.get_secret_value() for key in self._keys_of(name).values()]
            if len(values) != len(set(values)):
                raise ValueError(f"{name.upper()}_API_KEYS has one key twice; each key is one account, so take one out")
        if self.gateway in ("toapis", "apimart") and not self._keys_of(self.gateway):
            raise ValueError(
                f"VIDEOBOT_GATEWAY is {self.gateway}, but {self.gateway.upper()}_API_KEY is not set; set the key, "
                "or VIDEOBOT_GATEWAY=sandbox to try without one"
            )
        if self.discord_shard_ids and self.discord_shard_count is None:
            raise ValueError("DISCORD_SHARD_IDS needs DISCORD_SHARD_COUNT: say how many shards there are in all")
        if self.discord_shard_count is not None and any(
            not 0 <= shard < self.discord_shard_count for shard in self.discord_shard_ids
        ):
            raise ValueError(
                f"DISCORD_SHARD_IDS has a shard that is not there; with {self.discord_shard_count} they are 0 to "
                f"{self.discord_shard_count - 1}"
            )
        if self.web_token is not None and len(self.web_token.get_secret_value().strip()) < MIN_TOKEN_CHARS:
            raise ValueError(f"VIDEOBOT_WEB_TOKEN is too short: use at least {MIN_TOKEN_CHARS} characters")
        if self.web and self.web_token is None and not _is_loopback(self.web_host):
            raise ValueError(
                "VIDEOBOT_WEB_HOST can be reached from other machines, so it needs VIDEOBOT_WEB_TOKEN: set one, or use "
                "127.0.0.1"
            )
        if self.toapis_look_up and not self.toapis_send_client_id:
            raise ValueError("TOAPIS_LOOK_UP needs TOAPIS_SEND_CLIENT_ID: set both to true, or neither")
        wants_webhooks = self.toapis_webhook_secret is not None or self.apimart_webhooks
        if wants_webhooks and (self.public_url is None or self.http_port is None):
            raise ValueError(
                "Webhooks of a gateway (TOAPIS_WEBHOOK_SECRET, APIMART_WEBHOOKS) need VIDEOBOT_PUBLIC_URL and "
                "VIDEOBOT_HTTP_PORT: set both, or take the webhooks out"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Made by hand, settings look at nothing around them; `load_settings` does."""
        return (init_settings,)

    # ------------------------------------------------------------------------------------------ what follows

    @property
    def database(self) -> str:
        """The database URL in use."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir.expanduser().absolute() / 'videobot.db'}"

    @property
    def media(self) -> Path:
        """The media folder in use."""
        if self.media_url is not None and self.media_url.startswith("file://"):
            return Path(unquote(urlsplit(self.media_url).path))
        return (self.media_dir or self.data_dir / "media").expanduser().absolute()

    @property
    def gateways(self) -> tuple[str, ...]:
        """The gateways in use, the preferred one first; empty when no key is set."""
        if self.gateway == "sandbox":
            return ("sandbox",)
        have = [name for name in ("toapis", "apimart") if self._keys_of(name)]
        return tuple(sorted(have, key=lambda name: name != self.gateway))

    @property
    def accounts(self) -> tuple[str, ...]:
        """The accounts in use, those of the preferred gateway first: one for each key, in the order of the settings,
        the single key before the labelled ones."""
        if self.gateway == "sandbox":
            return ("sandbox",)
        return tuple(account for name in self.gateways for account in self._keys_of(name))

    @property
    def unused_keys(self) -> tuple[str, ...]:
        """The gateways that have a key and are not used, because the sandbox was chosen."""
        return tuple(name for name in ("toapis", "apimart") if self.gateway == "sandbox" and self._keys_of(name))

    @property
    def api_keys(self) -> Mapping[str, SecretStr]:
        """The key of each account; empty for the sandbox."""
        return {account: key for name in self.gateways for account, key in self._keys_of(name).items()}

    def _keys_of(self, gateway: str) -> dict[str, SecretStr]:
        single, labelled = {
            "toapis": (self.toapis_api_key, self.toapis_api_keys),
            "apimart": (self.apimart_api_key, self.apimart_api_keys),
        }.get(gateway, (None, {}))
        keys = {} if single is None else {gateway: single}
        return keys | {account_name(gateway, label): key for label, key in labelled.items()}

    @property
    def confirm_above_micros(self) -> int:
        """`confirm_above_usd` in micro-dollars."""
        return micros(self.confirm_above_usd)

    @property
    def policy(self) -> Policy:
        """How the accepting transaction judges."""
        return Policy(
            zone=self.time_zone,
            role_limits=self.role_limits,
            warn_at_percent=self.warn_at_percent,
            strikes=self.moderation_strikes,
            strike_pause=self.moderation_pause_minutes * 60.0,
        )

    def fresh_limits(self) -> tuple[Limit, ...]:
        """The limits a new database begins with."""
        everyone, user = Scope(ScopeKind.EVERYONE, "*"), Scope(ScopeKind.USER, "*")
        wanted = (
            (everyone, Unit.USD, Window.DAY, None if (e := self.everyone_usd_per_day) is None else micros(e)),
            (user, Unit.VIDEOS, Window.DAY, self.user_videos_per_day),
            (user, Unit.USD, Window.DAY, None if (u := self.user_usd_per_day) is None else micros(u)),
            (user, Unit.JOBS, Window.NOW, self.user_jobs_at_once),
        )
        return tuple(Limit(scope, unit, window, amount) for scope, unit, window, amount in wanted if amount is not None)

    def describe(self) -> list[tuple[str, str, bool]]:
        """(name, value with secrets masked, whether it was set) for each setting."""
        return [
            (env_name(field), _shown(getattr(self, field)), field in self.model_fields_set)
            for field in type(self).model_fields
        ]


def micros(usd: Decimal) -> int:
    """US dollars in micro-dollars, rounded half to even."""
    return int((usd * 1_000_000).to_integral_value())


def env_name(field: str) -> str:
    """The environment variable of a setting's field."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"VIDEOBOT_{field.upper()}"


def load_settings(config: Path | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings. Raises SettingsError: one line for each fault."""
    faults = _misspelt(env_file)
    if config is not None:
        faults += _misspelt_in_toml(config)

    class Loaded(Settings):
        model_config = SettingsConfigDict(toml_file=config, env_file=env_file, env_parse_none_str="none")

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            # The environment wins over `.env`, and that over the TOML file.
            dotenv = _OurDotEnv(settings_cls, env_file=env_file)
            return (init_settings, env_settings, dotenv, TomlConfigSettingsSource(settings_cls))

    settings: Settings | None = None
    try:
        settings = Loaded()
    except ValidationError as error:
        faults += _faults(error)
    except SourceError as error:
        named = next((env_name(f) for f in Settings.model_fields if f'"{f}"' in str(error)), "A setting")
        faults.append(f'{named} cannot be read: write it as JSON, such as {{"toapis/o1": "unified"}}.')
    if settings is None or faults:
        raise SettingsError("\n".join(faults))
    return settings


class _OurDotEnv(DotEnvSettingsSource):
    """`.env`, without the names of other programs."""

    def __call__(self) -> dict[str, object]:
        known = set(Settings.model_fields) | {env_name(f) for f in Settings.model_fields}
        return {name: value for name, value in super().__call__().items() if name in known}


def _names_in(env_file: Path | None) -> dict[str, str]:
    """Each name of ours in the environment and `.env`, and where it stands."""
    found = {name.upper(): "the environment" for name in os.environ}
    if env_file is not None and env_file.is_file():
        try:
            lines = env_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{env_file} cannot be read: {error}.") from None
        for line in lines:
            name = line.strip().removeprefix("export ").partition("=")[0].strip().upper()
            if name and not name.startswith("#"):
                found.setdefault(name, str(env_file))
    return {name: where for name, where in found.items() if name.startswith(OUR_PREFIXES + SHARED_PREFIXES)}


def _misspelt(env_file: Path | None) -> list[str]:
    known = [env_name(field) for field in Settings.model_fields]
    faults = []
    for name, where in _names_in(env_file).items():
        if name in known:
            continue
        is_shared = name.startswith(SHARED_PREFIXES)
        near = get_close_matches(name, known, n=1, cutoff=0.85 if is_shared else 0.6)
        if near or not is_shared:
            advice = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(sorted(known))}."
            faults.append(f"There is no setting {name} (in {where}); {advice}")
    return faults


def _misspelt_in_toml(config: Path) -> list[str]:
    """Raises SettingsError for what is no TOML at all."""
    try:
        given = tomllib.loads(config.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The settings file {config} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {config} is not valid TOML: {error}.") from None
    known = list(Settings.model_fields)
    faults = []
    for name in given:
        if name not in known:
            near = get_close_matches(name.lower().removeprefix("videobot_"), known, n=1, cutoff=0.6)
            advice = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(sorted(known))}."
            faults.append(f"There is no setting {name} (in {config}); {advice}")
    return faults


#: The validator's words for what is no number, and plainer ones.
_PLAINER = (
    (re.compile(r"a valid integer\b.*", re.DOTALL), "a whole number"),
    (re.compile(r"a valid (?:number|decimal)\b.*", re.DOTALL), "a number"),
    (re.compile(r"a valid boolean\b.*", re.DOTALL), "true or false"),
)


def _faults(error: ValidationError) -> list[str]:
    """One sentence for each."""
    parts = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False):
        if problem["type"] == "extra_forbidden":
            continue  # named already, as misspelt
        text = problem["msg"].removeprefix("Value error, ")
        for said, plain in _PLAINER:
            text = said.sub(plain, text)
        text = text.replace("Input should be", "it has to be").rstrip(".")
        if not problem["loc"]:
            parts.append(f"{text}.")
            continue
        first = str(problem["loc"][0])
        name = env_name(first) if first in Settings.model_fields else first
        parts.append(f"{name} cannot be used: {text[0].lower() + text[1:]}.")
    return parts


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return f"…{secret[-4:]}" if len(secret) >= 12 else "(set)"
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value) or "(none)"
    if value is None:
        return "(not set)"
    if isinstance(value, Mapping) and any(isinstance(one, SecretStr) for one in value.values()):
        return ", ".join(f"{label}: {_shown(one)}" for label, one in value.items())
    return str(dict(value)) if isinstance(value, Mapping) else str(value)
