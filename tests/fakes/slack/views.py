"""Modals and home tabs: what was opened, what was typed into them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack.messages import Button, buttons_in
from tests.fakes.slack.reading import read_blocks

if TYPE_CHECKING:
    from tests.fakes.slack.people import Person

ELEMENT_PLACES = ("element", "accessory")


@dataclass(eq=False)
class View:
    """One view; `state` is what stands in its fields: {block_id: {action_id: value object}}."""

    id: str
    person: "Person"
    body: dict[str, Any]
    hash: str
    root: "View | None" = None
    previous: "View | None" = None
    trigger_id: str | None = None
    closed: bool = False
    updates: int = 0
    state: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fill_from_initials()

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    @property
    def title(self) -> str:
        return str((self.body.get("title") or {}).get("text", ""))

    @property
    def callback_id(self) -> str:
        return str(self.body.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        return str(self.body.get("private_metadata", ""))

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return list(self.body["blocks"])

    @property
    def text_read(self) -> str:
        """Everything people read in it."""
        return "\n".join(part for part in (self.title, read_blocks(self.blocks, self.person.team)) if part)

    @property
    def buttons(self) -> list[Button]:
        return buttons_in(self.blocks)

    @property
    def button_texts(self) -> list[str]:
        return [button.text for button in self.buttons]

    @property
    def fields(self) -> list[str]:
        """The action_ids of its fields, in order."""
        return [element["action_id"] for _, element in self._elements() if element.get("type") != "button"]

    @property
    def values(self) -> dict[str, Any]:
        """What stands in the fields now, by action_id, in plain values."""
        return {action_id: plain(value) for fields in self.state.values() for action_id, value in fields.items()}

    def field(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """(block, element) found by action_id, block_id or label; AssertionError when it is not there."""
        for block, element in self._elements():
            label = (block.get("label") or {}).get("text")
            if name in (element.get("action_id"), block.get("block_id"), label):
                return block, element
        raise AssertionError(f"no field {name!r} in the view; it has {self.fields}")

    def options(self, name: str) -> list[str]:
        """The values a select offers."""
        return [option["value"] for option in options_of(self.field(name)[1])]

    def fill_from_initials(self) -> None:
        """What was typed stays where block_id and action_id stay; the rest starts from its initial value."""
        before, self.state = self.state, {}
        for block, element in self._elements():
            if element["type"] in ("button", "image", "overflow"):
                continue
            was = before.get(block["block_id"], {}).get(element["action_id"])
            value = was if was is not None and _still_offered(was, element) else initial(element)
            self.state.setdefault(block["block_id"], {})[element["action_id"]] = value

    def to_api(self) -> dict[str, Any]:
        """The view object of answers and payloads."""
        team = self.person.team
        return {
            "id": self.id,
            "team_id": team.id,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": {"type": "plain_text", "text": "View Title", "emoji": True},
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
            **self.body,
            "state": {"values": self.state},
            "hash": self.hash,
            "root_view_id": (self.root or self).id,
            "previous_view_id": self.previous.id if self.previous else None,
            "app_id": team.slack.app_id,
            "app_installed_team_id": team.id,
            "bot_id": team.bot_id,
        }

    def _elements(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        found: list[tuple[dict[str, Any], dict[str, Any]]] = []
        for block in self.body["blocks"]:
            inner = block.get("elements", []) if block["type"] == "actions" else []
            elements = [*inner, *(block.get(place) for place in ELEMENT_PLACES)]
            found += [(block, e) for e in elements if isinstance(e, dict) and e.get("action_id")]
        return found


def options_of(element: dict[str, Any]) -> list[dict[str, Any]]:
    """The options of a select, groups included."""
    groups = [option for group in element.get("option_groups") or [] for option in group["options"]]
    return [*(element.get("options") or []), *groups]


def initial(element: dict[str, Any]) -> dict[str, Any]:
    """The value object of an untouched field."""
    kind = element["type"]
    value: dict[str, Any] = {"type": kind}
    if kind in ("checkboxes",) or kind.startswith("multi_static"):
        value["selected_options"] = element.get("initial_options") or []
    elif kind in ("static_select", "radio_buttons"):
        value["selected_option"] = element.get("initial_option")
    elif kind == "file_input":
        value["files"] = []
    elif kind == "users_select":
        value["selected_user"] = element.get("initial_user")
    elif kind in ("conversations_select", "channels_select"):
        word = kind.split("s_")[0]
        value[f"selected_{word}"] = element.get(f"initial_{word}")
    elif kind == "multi_users_select":
        value["selected_users"] = element.get("initial_users") or []
    elif kind == "datepicker":
        value["selected_date"] = element.get("initial_date")
    else:
        value["value"] = element.get("initial_value")
    return value


def plain(value: dict[str, Any]) -> Any:
    """A value object as a plain value."""
    if "selected_option" in value:
        return value["selected_option"]["value"] if value["selected_option"] else None
    if "selected_options" in value:
        return [option["value"] for option in value["selected_options"]]
    return next((part for key, part in value.items() if key != "type"), None)


def _still_offered(value: dict[str, Any], element: dict[str, Any]) -> bool:
    if value["type"] != element["type"]:
        return False
    offered = [option["value"] for option in options_of(element)]
    if value.get("selected_option"):
        return value["selected_option"]["value"] in offered
    return all(option["value"] in offered for option in value.get("selected_options") or [])
