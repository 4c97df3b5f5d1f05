"""What ``deploy.sh`` does, with a docker and a gcloud that write down how they were called."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROGRAMS = ("bash", "cat", "dirname", "env", "git", "mktemp", "rm")
TOKEN = "it's secret"
CLOUD = {"PROJECT": "a-project", "REGION": "europe-west1"}
IMAGE = "europe-west1-docker.pkg.dev/a-project/event-dashboard/event-dashboard"

RECORD_CALL = """#!/usr/bin/env bash
echo "${0##*/} $*" >>"$CALLS"
while [ $# -gt 0 ]; do
    if [ "$1" = --env-vars-file ]; then cat "$2" >"$CALLS.settings"; fi
    shift
done
"""


class Checkout:
    """A clean clone with ``deploy.sh`` in it, and a PATH on which nothing real can be deployed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "checkout"
        self._programs = folder / "bin"
        self._calls = folder / "calls"
        self._temporary = folder / "tmp"
        for made in (self.folder, self._programs, self._temporary):
            made.mkdir()
        for program in PROGRAMS:
            (self._programs / program).symlink_to(shutil.which(program) or program)
        shutil.copy(ROOT / "deploy.sh", self.folder)
        self._commit()

    def install(self, *names: str) -> None:
        for name in names:
            program = self._programs / name
            program.write_text(RECORD_CALL)
            program.chmod(0o755)

    def deploy(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": str(self._programs),
            "CALLS": str(self._calls),
            "TMPDIR": str(self._temporary),
            **settings,
        }
        return subprocess.run(
            ["bash", "deploy.sh", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text().splitlines() if self._calls.exists() else []

    @property
    def settings(self) -> dict[str, str]:
        return yaml.safe_load(Path(f"{self._calls}.settings").read_text())

    @property
    def temporary_files(self) -> list[str]:
        return os.listdir(self._temporary)

    def _commit(self) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "first"]):
            subprocess.run(["git", *arguments], cwd=self.folder, check=True, timeout=30)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_scripts_pass_shellcheck():
    scripts = ["deploy.sh", ".ci/run"]
    shellcheck = Path(sysconfig.get_path("scripts"), "shellcheck")

    done = subprocess.run(
        [shellcheck, *scripts], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


def test_without_a_target_usage_is_shown(checkout):
    done = checkout.deploy()

    assert done.returncode == 2
    assert done.stderr.startswith("usage: ./deploy.sh local|staging|production")


@pytest.mark.parametrize(
    ("arguments", "settings", "complaint"),
    [
        (["prod"], {}, "unknown argument 'prod'"),
        (["local", "staging"], {}, "one target at a time"),
        (["local"], {}, "docker is missing"),
        (["staging", "--dry-run"], {"REGION": "r"}, "PROJECT is not set"),
        (["staging", "--dry-run"], {"PROJECT": "p"}, "REGION is not set"),
        (["production", "--dry-run"], CLOUD, "API_TOKEN is not set"),
        (["production", "--dry-run"], CLOUD | {"ALLOW_ANONYMOUS": "1"}, "API_TOKEN is not set"),
    ],
)
def test_mistake_is_one_line_that_names_it(checkout, arguments, settings, complaint):
    done = checkout.deploy(*arguments, **settings)

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("deploy.sh: ")
    assert complaint in done.stderr


def test_local_runs_docker_compose(checkout):
    checkout.install("docker")

    done = checkout.deploy("local")

    assert done.returncode == 0, done.stderr
    assert checkout.calls == ["docker compose up --build"]


@pytest.mark.parametrize("target", ["staging", "production"])
def test_dry_run_prints_the_commands_and_runs_none(checkout, target):
    done = checkout.deploy(target, "--dry-run", API_TOKEN=TOKEN, **CLOUD)

    commands = [line.split()[:2] for line in done.stdout.splitlines()]
    assert commands == [["docker", "build"], ["docker", "push"], ["gcloud", "run"]]
    assert checkout.calls == []
    assert checkout.temporary_files == []


def test_staging_builds_pushes_and_deploys_one_image(checkout):
    checkout.install("docker", "gcloud")

    done = checkout.deploy("staging", API_TOKEN=TOKEN, **CLOUD)

    build, push, deploy = checkout.calls
    image = push.removeprefix("docker push ")
    assert done.returncode == 0, done.stderr
    assert image.startswith(f"{IMAGE}:")
    assert build == f"docker build --platform linux/amd64 --tag {image} ."
    assert deploy.startswith(f"gcloud run deploy event-dashboard-staging --image {image} ")


def test_token_travels_in_a_file_that_is_gone_afterwards(checkout):
    checkout.install("docker", "gcloud")

    done = checkout.deploy("production", "--yes", API_TOKEN=TOKEN, **CLOUD)

    assert done.returncode == 0, done.stderr
    assert checkout.settings == {"API_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    assert "secret" not in done.stdout + done.stderr + "".join(checkout.calls)
    assert checkout.temporary_files == []


@pytest.mark.parametrize(
    ("settings", "instances"),
    [
        ({}, 1),
        ({"MAX_INSTANCES": "9"}, 1),
        ({"REDIS_URL": "redis://10.0.0.3:6379/0"}, 4),
        ({"REDIS_URL": "redis://10.0.0.3:6379/0", "MAX_INSTANCES": "9"}, 9),
    ],
)
def test_only_a_shared_redis_allows_several_instances(checkout, settings, instances):
    done = checkout.deploy("staging", "--dry-run", **CLOUD, **settings)

    assert f"--max-instances {instances} " in done.stdout


def test_production_gets_commits_only(checkout):
    (checkout.folder / "new.py").touch()

    done = checkout.deploy("production", "--yes", "--dry-run", API_TOKEN=TOKEN, **CLOUD)

    assert done.returncode == 1
    assert "not committed" in done.stderr


def test_staging_marks_an_image_of_uncommitted_changes(checkout):
    (checkout.folder / "new.py").touch()

    done = checkout.deploy("staging", "--dry-run", **CLOUD)

    assert "-dirty" in done.stdout


def test_production_is_not_deployed_unasked(checkout):
    checkout.install("docker", "gcloud")

    done = checkout.deploy("production", API_TOKEN=TOKEN, **CLOUD)

    assert done.returncode == 1
    assert "--yes" in done.stderr
    assert checkout.calls == []
