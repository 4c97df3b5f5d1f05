"""The AsyncAPI document, and how a message is held to it."""

from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.documents import ROOT

DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())


def payload_of(message: str) -> dict[str, Any]:
    """Return the schema of a message's payload, by its name."""
    schema: dict[str, Any] = DOCUMENT["components"]["messages"][message]["payload"]
    return schema


def validator_of(schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())
