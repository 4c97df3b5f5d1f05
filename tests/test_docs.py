"""Holds the documents to the code: what can be asked for, set or met is in them."""

import re
from itertools import product
from pathlib import Path

import click
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard.__main__ import main
from dashboard.api import base, sse, websocket
from dashboard.api.routes import ROUTES
from dashboard.api.websocket import CLOSE_CODES
from dashboard.hub import Hub
from dashboard.metrics import Metrics
from dashboard.settings import Described, Settings, describe
from sources.event import KEYS, PRIORITIES
from sources.filters import EventFilter
from sources.redis_faults import SENTENCES
from tests.documents import API, DOCUMENTS, README, REDIS, ROOT, anchors, links, row_names

KINDS = ROOT / "dashboard" / "client" / "kinds.js"
DEPLOY = ROOT / "deploy.sh"
MAKEFILE = ROOT / "Makefile"


def endpoints() -> set[str]:
    """Return every method and address that the API answers, in the form of a heading."""
    return {
        f"{method} {address(route)}"
        for (route, handler, _), method in product(ROUTES, ("GET", "POST"))
        if handler is not base.NotFoundHandler
        and getattr(handler, method.lower()) is not base.ApiHandler._unimplemented_method
    }


def address(route: str) -> str:
    """Return the address that a route's pattern stands for."""
    return route.replace("([^/]*)", "{client_id}").removesuffix("/?").replace("\\", "")


def settings_row(row: Described) -> str:
    default = f"`{row.default}`" if row.default else "not set"
    allowed = row.allowed.replace("|", "\\|")
    return f"| `{row.name}` | {default} | {allowed} | {row.sentence} |"


def test_every_endpoint_has_a_section():
    headings = set(re.findall(r"^## ((?:GET|POST) \S+)$", API.read_text(), re.M))

    assert endpoints() - headings == set()


def test_table_of_settings_is_what_the_server_reads():
    documented = re.findall(r"^\| `[A-Z][A-Z_]+` \| .*\|$", README.read_text(), re.M)

    assert documented == [settings_row(row) for row in describe()]


@pytest.mark.parametrize("document", [README, API], ids=lambda path: path.name)
def test_every_filter_key_is_in_a_table(document):
    assert set(EventFilter.fields()) - row_names(document) == set()


def test_every_key_of_an_event_is_in_a_table():
    assert set(KEYS) - row_names(README) == set()


def test_every_priority_is_named():
    assert ", ".join(f"`{name}`" for name in PRIORITIES) in README.read_text()


def test_every_event_type_that_the_page_knows_is_in_a_table():
    known = re.findall(r"^  (\w+): '", KINDS.read_text(), re.M)

    assert known
    assert set(known) - row_names(README) == set()


def test_table_of_close_codes_is_complete():
    documented = re.findall(r"^\| (\d{4}) \|", API.read_text(), re.M)

    assert sorted(map(int, documented)) == sorted(CLOSE_CODES)


def test_every_word_of_the_server_is_in_a_table():
    code = "".join(Path(module.__file__ or "").read_text() for module in (websocket, sse))
    said = set(re.findall(r'(?:\.say\(|"status": )"(\w+)"', code))

    assert {"connected", "gap"} <= said
    assert said - row_names(API) == set()


def test_every_series_of_prometheus_is_in_a_table():
    metrics = Metrics(Hub(Settings()))
    exposed = text_string_to_metric_families(metrics.text().decode())

    named = row_names(API)
    ours = [family for family in exposed if family.name.startswith("dashboard_")]

    assert ours
    assert [f.name for f in ours if not named & {f.name, f"{f.name}_total"}] == []


def test_every_fault_of_redis_is_in_a_table():
    told = REDIS.read_text()

    assert [says for says in SENTENCES if f"\n| {says} |" not in told] == []


def test_every_make_target_is_named():
    targets = re.findall(r"^([a-z-]+):.*## ", MAKEFILE.read_text(), re.M)
    texts = README.read_text() + (ROOT / "CONTRIBUTING.md").read_text()

    named = set(re.findall(r"make ([a-z-]+)", texts))

    assert "demo" in targets
    # `help` is what `make` alone does, `clean` what its name says.
    assert set(targets) - named - {"help", "clean"} == set()


def test_every_option_of_the_command_line_is_named():
    assert isinstance(main, click.Group)
    options = {name for parameter in main.params for name in parameter.opts}
    asked = (options - {"--version"}) | set(main.commands)

    assert {name for name in asked if name not in README.read_text()} == set()


def test_cloud_run_command_is_what_deploy_runs():
    def flags(text: str) -> set[str]:
        command = text[text.index("gcloud run deploy") :].partition("--quiet")[0]
        return set(re.findall(r"--[a-z-]+(?: (?:\d+\w*))?", command))

    assert flags(README.read_text()) - flags(DEPLOY.read_text()) <= {"--max-instances 1"}
    assert flags(DEPLOY.read_text()) - flags(README.read_text()) <= {"--max-instances"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    lost = []
    for link in links(document):
        name, _, anchor = link.partition("#")
        target = (document.parent / name).resolve() if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)

    assert lost == []
