"""What an operator decided about the Slack side."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlackRules:
    """Where the bot works and who its admins are. Ids are Slack's.

    `channels`: where videos can be asked for, besides direct messages; empty means everywhere. `admins`: who may set
    limits ("U0123ABCD", or "T012:U0123ABCD" for one workspace); `workspace_admins`: those of the workspace may, too.
    `join`: join public channels it is asked from. `file_hosts`: the hosts a workspace's token is sent to for its files.
    """

    channels: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()
    workspace_admins: bool = True
    join: bool = True
    private_refusals: bool = True
    default_model: str = "2.6"
    file_hosts: tuple[str, ...] = ("files.slack.com",)
