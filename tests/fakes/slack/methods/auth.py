"""auth.* and team.info; apps.connections.open and oauth.v2.access carry no bot token and live in the API's door."""

from typing import Any

from tests.fakes.slack.methods.registry import Call, method


@method("auth.test")
def auth_test(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/auth.test"""
    team = call.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": team.bot_name,
        "team_id": team.id,
        "user_id": team.bot_user_id,
        "bot_id": team.bot_id,
        "enterprise_id": team.enterprise_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def auth_revoke(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/auth.revoke"""
    if not call.args.get("test"):
        call.team.token_state = "token_revoked"
    return {"revoked": not call.args.get("test")}


@method("team.info")
def team_info(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/team.info"""
    team = call.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


@method("api.test")
def api_test(call: Call) -> dict[str, Any]:
    """https://docs.slack.dev/reference/methods/api.test"""
    return {"args": {name: value for name, value in call.args.items() if name != "token"}}
