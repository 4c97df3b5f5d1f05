"""The image and its composition, as far as they can be seen without a Docker engine."""

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with what they are given."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line[:1] != "#"]
    text = "\n".join(lines).replace("\\\n", " ")
    return re.findall(r"^([A-Z]+) +(.+)$", text, re.M)


@pytest.fixture(scope="module")
def services() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def given(dockerfile: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for name, rest in dockerfile if name == instruction]


def image_environment(dockerfile: list[tuple[str, str]]) -> dict[str, str]:
    pairs = shlex.split(" ".join(given(dockerfile, "ENV")))
    return dict(pair.split("=", 1) for pair in pairs)


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Serve ``status`` at ``/health``, and 404 elsewhere; gives the port."""

    class HealthHandler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), HealthHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_what_is_copied_exists_and_is_let_through(dockerfile):
    sources = {word for rest in given(dockerfile, "COPY") for word in rest.split()[:-1]}
    let_through = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.M)

    assert {word for word in sources if not (ROOT / word).exists()} == set()
    assert sources == set(let_through)


def test_image_listens_to_the_outside(dockerfile):
    environment = image_environment(dockerfile)

    assert environment["HOST"] == "0.0.0.0"
    assert given(dockerfile, "EXPOSE") == [environment["PORT"]]


def test_image_does_not_run_as_root(dockerfile):
    assert given(dockerfile, "USER")[-1] not in {"root", "0"}


def test_image_installs_the_pinned_packages(dockerfile):
    assert "pip install --constraint constraints.txt" in given(dockerfile, "RUN")[0]


def test_image_starts_the_server_as_its_first_process(dockerfile):
    # The exec form: a shell in between would keep SIGTERM to itself.
    assert json.loads(given(dockerfile, "CMD")[0]) == ["python", "-m", "dashboard"]


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (401, False), (503, False)])
def test_health_check_tells_a_healthy_server(dockerfile, status, healthy):
    check = given(dockerfile, "HEALTHCHECK")[0]
    program, *arguments = json.loads(check[check.index("[") :])

    with answering(status) as port:
        # A proxy of the host must not stand between the check and its own container.
        environment = {"PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
        done = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            capture_output=True,
            timeout=30,
            check=False,
        )

    assert program == "python"
    assert (done.returncode == 0) == healthy, done.stderr


def test_composition_passes_the_settings_on(services):
    environment = services["dashboard"]["environment"]

    assert environment["REDIS_URL"] == "redis://redis:6379/0"
    # A key without a value takes it from the environment, and is absent where that has none.
    assert {"API_TOKEN", "ALLOW_ANONYMOUS", "CORS_ORIGINS"} <= {
        name for name, value in environment.items() if value is None
    }


def test_composition_waits_for_a_redis_that_keeps_what_it_acknowledged(services):
    assert services["dashboard"]["depends_on"]["redis"] == {"condition": "service_healthy"}
    assert services["redis"]["healthcheck"]["test"] == ["CMD", "redis-cli", "ping"]
    assert services["redis"]["command"][1:] == [
        *("--appendonly", "yes"),
        *("--appendfsync", "always"),
    ]
    assert services["redis"]["volumes"] == ["redis-data:/data"]


def test_composition_opens_ports_to_this_machine_only(services):
    ports = [port for service in services.values() for port in service["ports"]]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
