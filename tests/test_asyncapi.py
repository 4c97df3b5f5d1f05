"""The AsyncAPI document is kept by hand: it is valid, and names what the code knows."""

import json
from typing import Any

import pytest
from jsonschema import Draft7Validator

from dashboard.api.websocket import CLOSE_CODES
from sources.event import KEYS, PRIORITIES
from sources.filters import EventFilter
from tests.asyncapi import DOCUMENT, payload_of, validator_of
from tests.documents import ROOT

SPECIFICATION = ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
SCHEMAS = DOCUMENT["components"]["schemas"]
EXAMPLES = [
    (name, example["payload"])
    for name, message in DOCUMENT["components"]["messages"].items()
    for example in message["examples"]
]


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    assert SPECIFICATION.exists(), "run `npm ci`: AsyncAPI's own schema comes from there"
    loaded: dict[str, Any] = json.loads(SPECIFICATION.read_text())
    return loaded


def test_the_document_is_valid(specification):
    faults = [error.message for error in Draft7Validator(specification).iter_errors(DOCUMENT)]

    assert faults == []


def test_a_document_with_a_fault_is_not(specification):
    broken = {**DOCUMENT, "operations": {"publishEvent": {"action": "shout"}}}

    assert not Draft7Validator(specification).is_valid(broken)


@pytest.mark.parametrize(("name", "payload"), EXAMPLES)
def test_an_example_is_valid(name, payload):
    validator_of(payload_of(name)).validate(payload)


def test_every_reference_leads_somewhere():
    text = json.dumps(DOCUMENT)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/')[1:]}

    for reference in references:
        found = DOCUMENT
        for key in reference.split("/"):
            found = found[key]


def test_the_keys_are_those_of_the_code():
    assert set(SCHEMAS["Event"]["required"]) == set(KEYS)
    assert set(SCHEMAS["NewEvent"]["properties"]) == {*KEYS, "id"}
    assert set(SCHEMAS["Filter"]["properties"]) == set(EventFilter.fields())
    assert SCHEMAS["Priority"]["enum"] == list(PRIORITIES)


def test_every_close_code_is_named():
    words = DOCUMENT["info"]["description"]

    assert [code for code in CLOSE_CODES if str(code) not in words] == []
