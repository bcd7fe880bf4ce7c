"""JSON Schemas generated from Slack's own types, read beside the repository when they are there."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

# Arguments Slack documents (or its SDK sends) that the generated types do not name.
DOCUMENTED = {"files.getUploadURLExternal": {"alt_txt"}, "files.completeUploadExternal": {"channels"}}


def conformance(name: str) -> Path | None:
    """A file of the conformance folder, or None where the folder is not."""
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "conformance"
    path = Path(os.environ.get("VIDEOBOT_CONFORMANCE", beside)) / name
    return path if path.is_file() else None


@cache
def _document() -> dict[str, Any]:
    path = conformance("slack-types-jsonschema.json")
    return {} if path is None else json.loads(path.read_text())


@cache
def _validator(root: str) -> Draft7Validator | None:
    document = _document()
    if root not in document.get("roots", {}):
        return None
    return Draft7Validator(
        {"$ref": f"#/roots/{root}", "roots": document["roots"], "definitions": document["definitions"]}
    )


def wrong_by_schema(root: str, value: dict[str, Any]) -> str | None:
    """What Slack's types say is wrong with arguments or a payload; None when nothing is, or there is no schema."""
    validator = _validator(root)
    if validator is None:
        return None
    skip = DOCUMENTED.get(root, set())
    error = best_match(validator.iter_errors({key: part for key, part in value.items() if key not in skip}))
    if error is None:
        return None
    place = "/".join(str(step) for step in error.absolute_path)
    return f"{error.message[:300]} [json-pointer:/{place}]"
