"""Holds constraints.txt and environment.yml to pyproject.toml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import provision

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DEPENDENCIES = [*PROJECT["dependencies"], *(name for extra in EXTRAS.values() for name in extra)]
SUPPORTED_PYTHONS = [
    Version(name.rpartition(" ")[2])
    for name in PROJECT["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
]


@pytest.fixture(scope="module")
def pins() -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        pin = Requirement(line)
        found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


@pytest.fixture(scope="module")
def conda() -> dict[str, SpecifierSet]:
    """What conda itself installs, with the versions it may take."""
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    requirements = [Requirement(line) for line in listed if isinstance(line, str)]
    return {requirement.name: requirement.specifier for requirement in requirements}


def exact_version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("dependency", sorted(set(DEPENDENCIES)))
def test_pin_is_a_version_that_the_project_accepts(pins, dependency):
    wanted = Requirement(dependency)

    versions = [exact_version(pin) for pin in pins[canonicalize_name(wanted.name)]]

    assert [version for version in versions if version not in wanted.specifier] == []


@pytest.mark.parametrize("python", SUPPORTED_PYTHONS, ids=str)
def test_each_supported_python_has_one_pin_for_a_package(pins, python):
    environment = default_environment() | {
        "python_version": str(python),
        "python_full_version": f"{python}.0",
    }

    doubled = [
        name
        for name, versions in pins.items()
        if sum(pin.marker is None or pin.marker.evaluate(environment) for pin in versions) > 1
    ]

    assert doubled == []


def test_conda_takes_the_pythons_that_the_project_supports(conda):
    required = SpecifierSet(PROJECT["requires-python"])

    assert [python for python in SUPPORTED_PYTHONS if python not in conda["python"]] == []
    assert [python for python in SUPPORTED_PYTHONS if python not in required] == []
    assert Version("3.10") not in conda["python"]


def test_conda_brings_the_programs_of_the_tests(conda):
    redis, node = provision.OLDEST_REDIS, provision.OLDEST_NODE

    assert conda["redis-server"] == SpecifierSet(f">={redis[0]}.{redis[1]}")
    assert conda["nodejs"] == SpecifierSet(f">={node[0]}.{node[1]}")


def test_conda_installs_the_project_with_all_its_extras_pinned():
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]

    (by_pip,) = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]

    assert by_pip == ["-c constraints.txt", f"-e .[{','.join(sorted(EXTRAS))}]"]
