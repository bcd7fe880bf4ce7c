"""Payloads that Slack sends, https://docs.slack.dev/reference/interaction-payloads and .../slash-commands."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person
    from tests.fakes.slack.teams import Channel, Team

VERIFICATION_TOKEN = "fake-verification-token"


def event_callback(team: "Team", event: dict[str, Any], event_id: str, now: float) -> dict[str, Any]:
    """https://docs.slack.dev/apis/events-api/#callback-field"""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "context_team_id": team.id,
        "context_enterprise_id": team.enterprise_id,
        "api_app_id": team.slack.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(now),
        "authorizations": [
            {
                "enterprise_id": team.enterprise_id,
                "team_id": team.id,
                "user_id": team.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def slash_command(
    person: "Person", channel: "Channel", command: str, text: str, more: dict[str, str]
) -> dict[str, str]:
    """The form fields of a command."""
    team = person.team
    names = {"im": "directmessage", "group": "privategroup"}
    body = {
        "token": VERIFICATION_TOKEN,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": names.get(channel.kind, channel.name),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": team.slack.app_id,
        "is_enterprise_install": "false",
        **more,
    }
    if team.enterprise_id:
        body |= {"enterprise_id": team.enterprise_id, "enterprise_name": "Enterprise"}
    return body


def interaction(person: "Person", kind: str, trigger_id: str | None) -> dict[str, Any]:
    """What all interaction payloads share."""
    team = person.team
    body: dict[str, Any] = {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": team.id},
        "api_app_id": team.slack.app_id,
        "token": VERIFICATION_TOKEN,
        "team": {"id": team.id, "domain": team.domain},
        "enterprise": {"id": team.enterprise_id, "name": "Enterprise"} if team.enterprise_id else None,
        "is_enterprise_install": False,
    }
    if team.enterprise_id:
        body["team"] |= {"enterprise_id": team.enterprise_id, "enterprise_name": "Enterprise"}
    if trigger_id:
        body["trigger_id"] = trigger_id
    return body
