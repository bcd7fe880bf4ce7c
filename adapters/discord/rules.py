"""What an operator decided about the Discord side."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscordRules:
    """Where the bot works and who its admins are. Ids are Discord's, as numbers.

    `servers`, `channels`: where videos can be asked for; empty means everywhere. `admin_roles`: who may set limits;
    empty means those who may manage a server, see `actors`. `admins` may do so everywhere. `admin_channels` show
    them what needs them. `private_refusals`: what is
    wrong with a request is told to the person alone. `message_content`: ask for the privileged Message Content Intent.
    `shard_count` None: as many as Discord advises; `shard_ids` empty: all. `gateway_url` goes before the address that
    Discord's API names.
    """

    servers: frozenset[int] = frozenset()
    channels: frozenset[int] = frozenset()
    direct_messages: bool = True
    admin_roles: frozenset[int] = frozenset()
    admins: frozenset[int] = frozenset()
    admin_channels: tuple[int, ...] = ()
    private_refusals: bool = True
    message_content: bool = False
    shard_count: int | None = None
    shard_ids: tuple[int, ...] = ()
    gateway_url: str | None = None
    default_model: str = "2.6"
