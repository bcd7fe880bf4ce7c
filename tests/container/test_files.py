"""What can be read from the Dockerfile and the compose files."""

import fnmatch
import inspect
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli.commands import build as commands
from bot.roles import Role
from bot.settings import Settings, env_name
from tests.container.dockerfile import ROOT, context, stages

BUILD, FINAL = stages()
FILES = ("compose.yaml", "compose.postgres.yaml")
SETTINGS = {env_name(field) for field in Settings.model_fields}
#: Read before the settings, by Python or by PostgreSQL's image.
OTHERS = {
    "PATH",
    "MPLCONFIGDIR",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
}


def compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "deploy" / name).read_text(encoding="utf-8"))
    return found


def workers(name: str) -> dict[str, dict[str, Any]]:
    return {title: service for title, service in compose(name)["services"].items() if "build" in service}


def command_names() -> set[str]:
    app = commands()
    names = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    return {name for name in names if name}


def test_the_final_stage_gets_only_what_was_built() -> None:
    copies = FINAL.all("COPY")
    assert [copy.flags["from"] for copy in copies] == [BUILD.name]
    for run in FINAL.all("RUN"):
        assert not re.search(r"apt|pip|gcc|curl|wget", run.rest)


def test_both_stages_are_the_same_slim_python_that_the_tests_run_on() -> None:
    assert BUILD.base == FINAL.base
    version = re.fullmatch(r"python:(\d+\.\d+)-slim", FINAL.base)
    assert version is not None
    assert f">={version[1]}" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_it_does_not_run_as_root_and_owns_only_its_data() -> None:
    user = FINAL.last("USER").rest
    assert user.isdigit()
    assert int(user) > 0
    assert f"--uid {user}" in FINAL.all("RUN")[0].rest
    places = {FINAL.last("VOLUME").rest, FINAL.last("WORKDIR").rest, FINAL.env["VIDEOBOT_DATA_DIR"]}
    assert places == {"/data"}


def test_it_starts_stops_and_is_asked_by_commands_that_exist() -> None:
    assert FINAL.last("ENTRYPOINT").words == ["videobot"]
    assert FINAL.last("CMD").words[0] in command_names()
    assert FINAL.last("STOPSIGNAL").rest == "SIGTERM"
    program, command = FINAL.last("HEALTHCHECK").words
    assert program == "videobot"
    assert command in command_names()
    assert FINAL.last("EXPOSE").rest == FINAL.env["VIDEOBOT_HTTP_PORT"]


def test_the_image_sets_only_settings_there_are() -> None:
    assert set(FINAL.env) <= SETTINGS | OTHERS


def test_the_context_holds_the_program_and_nothing_else() -> None:
    sent = {path.parts[0] for path in context()}
    assert sent == {"bot", "adapters", "storage", "requirements", "pyproject.toml", "README.md"}
    assert not [path for path in context() if "__pycache__" in path.parts or path.suffix in (".db", ".env", ".pyc")]
    assert Path("adapters/web/static/htmx.min.js") in context()


def test_what_is_pinned_for_the_image_is_what_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    listed = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
    assert sorted(line for line in listed if not line.startswith("#")) == sorted(asked)
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8"), re.MULTILINE)
    names = {re.split(r"[\[>]", each)[0].replace(".", "-") for each in asked}  # a lock has names in their normal form
    assert names <= set(pinned)


def test_files_with_keys_are_neither_sent_to_the_image_nor_kept_by_git() -> None:
    files = {file for name in FILES for service in workers(name).values() for file in [service["env_file"]]}
    assert {".env", "videobot.env"} == files
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for file in files:
        assert any(fnmatch.fnmatch(file, rule) for rule in ignored)
        assert any(fnmatch.fnmatch(f"bot/{file}", rule) for rule in rules[1:] if rule.startswith("**/"))


@pytest.mark.parametrize("name", FILES)
def test_every_service_is_locked_up(name: str) -> None:
    for service in workers(name).values():
        assert (ROOT / "docs" / "deploy" / service["build"] / "Dockerfile").is_file()
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["tmpfs"] == ["/tmp"]
        assert service["init"] is True
        assert "user" not in service  # the image's own
        assert service["command"][0] in command_names()


@pytest.mark.parametrize("name", FILES)
def test_stopping_waits_longer_than_a_create_may_take(name: str) -> None:
    from bot.generation import engine

    for service in workers(name).values():
        assert int(service["stop_grace_period"].removesuffix("s")) >= engine.SENDING_GRACE + 30
    assert "SENDING_GRACE" in inspect.getsource(engine)


@pytest.mark.parametrize("name", FILES)
def test_volumes_ports_and_settings_are_those_of_the_image(name: str) -> None:
    document = compose(name)
    for service in workers(name).values():
        assert set(service["environment"]) <= SETTINGS
        for volume in service["volumes"]:
            title, _, place = volume.partition(":")
            assert title in document["volumes"]
            assert place == FINAL.last("VOLUME").rest
        for port in service["ports"]:
            host, _, inside = port.rpartition(":")
            assert inside == FINAL.last("EXPOSE").rest
            assert host.startswith("127.0.0.1:")  # metrics are nobody's business outside
    for service in document["services"].values():
        assert set(service.get("environment", {})) <= SETTINGS | OTHERS


def test_with_postgresql_a_chat_process_and_two_workers_share_a_database_and_a_media_folder() -> None:
    document = compose("compose.postgres.yaml")
    services = workers("compose.postgres.yaml")
    roles = {title: frozenset(service["command"][2::2]) for title, service in services.items()}
    assert all(set(service["command"][1::2]) == {"--only"} for service in services.values())
    assert sorted(roles.values(), key=sorted) == [{Role.DISCORD, Role.SLACK}, {Role.WORKER}, {Role.WORKER}]
    for setting in ("env_file", "volumes"):
        assert len({str(service[setting]) for service in services.values()}) == 1
    assert len({service["environment"]["VIDEOBOT_DATABASE_URL"] for service in services.values()}) == 1
    assert len({port for service in services.values() for port in service["ports"]}) == 3
    database = document["services"]["postgres"]
    assert database["environment"]["POSTGRES_DB"] == "videobot"
    for service in services.values():
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert service["environment"]["VIDEOBOT_DATABASE_URL"].endswith("@postgres:5432/videobot")


def test_one_machine_needs_no_other_service() -> None:
    assert list(compose("compose.yaml")["services"]) == ["videobot"]
