"""`docker-compose.yml`, read and not run: every image pinned, every secret a file, nothing open, every command one that exists.

The commands of the Spark cluster are run by `tests/proofs/cluster.py`, the demonstration point's by its test, and those of
Superset's part by `tests/end_to_end/deployed.py`.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.local import ENVIRONMENT
from jobs import cluster_secrets, healthy
from jobs.cluster_secrets import DATABASE, POINT, POINT_PORT, REDIS, SUPERSET_DATABASE
from jobs.spark_cluster import MEMBERS
from lakehouse.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}
ASKED = (
    {"database", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}
    | {"spark-master", "spark-worker-1", "spark-worker-2", "spark-connect", "demonstration-point"}
    | {"superset-database", "redis", "superset", "superset-worker"}
)  # fmt: skip
VERSION = re.compile(r"[a-z0-9/-]+:\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?(@sha256:[0-9a-f]{64})?")
SECRET = re.compile(r"password|secret|token|_key(_|$)|credential", re.IGNORECASE)


def secrets_in_clear(environment: Mapping[str, str]) -> list[str]:
    """Variables that name a secret and hold something else than where it stands."""
    return [
        name
        for name, value in environment.items()
        if SECRET.search(name) and not str(value).startswith(("/run/secrets/", "cat /run/secrets/", "/airflow/"))
    ]


def commands(service: Mapping[str, Any]) -> Iterator[list[str]]:
    """The programs that a service starts, of a shell script each of its lines; and the one of its health check."""
    command = service.get("command", [])
    if command[:1] == ["sh"]:
        yield from (line.split() for line in command[-1].splitlines())
    elif command:
        yield command
    if "healthcheck" in service:
        yield service["healthcheck"]["test"][1:]


def recipe(image: str) -> str:
    """The text of an image of ours."""
    return (ROOT / "docker" / f"{image}.Dockerfile").read_text(encoding="utf-8")


def mounts(service: Mapping[str, Any]) -> list[list[str]]:
    """What is mounted where: source, target, and perhaps `ro`."""
    return [each.split(":") for each in service.get("volumes", [])]


def test_everything_that_was_asked_for_is_there() -> None:
    assert set(SERVICES) >= ASKED
    assert set(LASTING) == ASKED


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned(name: str) -> None:
    assert VERSION.fullmatch(SERVICES[name]["image"])


def test_an_image_that_is_not_pinned_is_found() -> None:
    assert not any(map(VERSION.fullmatch, ("postgres", "postgres:latest", "postgres:15", "spark:stable")))


@pytest.mark.parametrize(
    ("image", "set_up"),
    [("lakehouse", "RUN make setup"), ("superset", "RUN python3 -m lakehouse.bootstrap superset")],
)
def test_an_image_of_ours_is_built_on_a_pinned_one_by_the_programs_own_set_up(image: str, set_up: str) -> None:
    text = recipe(image)
    (base,) = re.findall(r"^FROM (\S+)$", text, re.MULTILINE)
    assert VERSION.fullmatch(base)
    assert base.startswith("python:3.11.")
    assert base.endswith("-slim-bookworm")
    assert set_up in text
    assert text.rstrip().endswith("USER lakehouse")


def test_each_image_of_ours_has_one_name_and_one_recipe() -> None:
    built = {(service["image"], service["build"]["dockerfile"]) for service in OURS.values()}
    assert built == {
        ("lakehouse:0.1.0", "docker/lakehouse.Dockerfile"),
        ("lakehouse-superset:0.1.0", "docker/superset.Dockerfile"),
    }
    assert "openjdk-17-jre-headless" in recipe("lakehouse")
    kept_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"/secrets", "/.lakehouse", "/.git", "/.venv", "/.venv-superset"} <= set(kept_out)


@pytest.mark.parametrize("name", LASTING)
def test_what_runs_on_has_a_health_check_and_comes_again(name: str) -> None:
    check = LASTING[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    assert LASTING[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_nothing_that_it_need_not(name: str) -> None:
    service = SERVICES[name]
    assert {"privileged", "pid", "ipc", "devices", "userns_mode"}.isdisjoint(service)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("network_mode", "none") == "none"
    assert ("cap_add" in service) == (name in (DATABASE, SUPERSET_DATABASE))
    assert not any("docker.sock" in source for source, *_ in mounts(service))


def test_only_pages_are_reached_from_this_machine_and_from_no_other() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "airflow-api-server": ["127.0.0.1:8080:8080"],
        "superset": ["127.0.0.1:8088:8088"],
    }
    outside = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    members = {
        network: {name for name, service in SERVICES.items() if network in service.get("networks", [])}
        for network in outside
    }
    assert members == {
        "mail": {"superset-worker"},
        "page": {"airflow-api-server", "superset"},
        "points": {"airflow-scheduler", "demonstration-point"},
    }


def test_superset_s_database_and_redis_answer_nobody_but_superset() -> None:
    members = {name for name, service in SERVICES.items() if "superset" in service.get("networks", [])}
    assert members == {REDIS} | {name for name in SERVICES if name.startswith("superset")}
    assert COMPOSE["networks"]["superset"] == {"internal": True}


def test_of_the_lake_superset_sees_what_is_served_and_cannot_change_it() -> None:
    seen = {
        name: {tuple(mount) for mount in mounts(service)}
        for name, service in SERVICES.items()
        if "superset.Dockerfile" in str(service)
    }
    assert set(seen) == {"superset", "superset-init", "superset-worker"}
    assert all(each == {("serving", "/serving", "ro"), ("superset", "/superset")} for each in seen.values())
    assert ["serving", "/lake/serving"] in mounts(SERVICES["airflow-scheduler"])


def test_spark_answers_nobody_but_its_members_and_the_scheduler() -> None:
    members = {name for name, service in SERVICES.items() if "cluster" in service.get("networks", [])}
    assert members == {name for name in SERVICES if name.startswith("spark-")} | {"airflow-scheduler"}
    assert COMPOSE["networks"]["cluster"] == {"internal": True}


def test_no_secret_stands_in_the_file() -> None:
    environments = {name: service.get("environment", {}) for name, service in SERVICES.items()}
    assert sum(map(len, environments.values())) > 20
    assert {name: found for name, each in environments.items() if (found := secrets_in_clear(each))} == {}
    assert secrets_in_clear({"POSTGRES_PASSWORD": "airflow", "FERNET_KEY_CMD": "cat /run/secrets/k"}) == [
        "POSTGRES_PASSWORD"
    ]
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"\w+://[^\s/@]+@", text) == []


def test_every_secret_is_a_file_that_is_made_kept_out_of_git_and_used(tmp_path: Path) -> None:
    cluster_secrets.make(tmp_path)
    declared = {name: Path(stated["file"]) for name, stated in COMPOSE["secrets"].items()}
    assert all(stated == Path("secrets") / name for name, stated in declared.items())
    assert [name for name in declared if not (tmp_path / name).stat().st_size] == ["superset_mail"]  # It is not known.
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert used == set(declared)
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/spark_secret"], cwd=ROOT)
    assert ignored.returncode == 0


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_given_the_secrets_that_it_names_and_no_other(name: str) -> None:
    service = SERVICES[name]
    named = set(re.findall(r"/run/secrets/(\w+)", str(service)))
    assert named == set(service.get("secrets", []))


def test_volumes_are_named_and_the_lake_is_one_for_all_who_use_it() -> None:
    used = {source for service in SERVICES.values() for source, *_ in mounts(service)}
    assert used == set(COMPOSE["volumes"]) | {"./secrets/keys"}
    lake = {
        name: target for name, service in SERVICES.items() for source, target, *_ in mounts(service) if source == "lake"
    }
    home = SERVICES["airflow-scheduler"]["environment"]["LAKEHOUSE_HOME"]
    assert lake == dict.fromkeys(("spark-worker-1", "spark-worker-2", "spark-connect", "airflow-scheduler"), home)


def test_only_who_lands_sees_the_keys_and_cannot_change_them() -> None:
    keys = [(name, mount[2:]) for name, service in SERVICES.items() for mount in mounts(service) if "keys" in mount[0]]
    assert keys == [("airflow-scheduler", ["ro"])]


@pytest.mark.parametrize("image", ["lakehouse", "superset"])
def test_volumes_are_mounted_where_the_image_has_folders_of_its_user(image: str) -> None:
    (line,) = re.findall(r"install --directory .*", recipe(image))
    services = [service for service in OURS.values() if f"{image}.Dockerfile" in str(service)]
    targets = {mount[1] for service in services for mount in mounts(service)} - {"/keys"}
    assert targets <= set(line.split())
    assert image != "lakehouse" or "/cluster" in line.split()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_what_it_needs(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how == {"condition": "service_healthy" if other in LASTING else "service_completed_successfully"}


@pytest.mark.parametrize("name", OURS)
def test_a_command_of_ours_exists(name: str) -> None:
    asked = list(commands(OURS[name]))
    assert asked
    for program, *words in asked:
        if program == "lakehouse":
            assert words[0] in COMMANDS
        elif program == "python":
            assert words[0] == "-m"
            assert importlib.util.find_spec(words[1]) is not None
        elif program == "airflow":
            assert words[0] in {"api-server", "scheduler", "dag-processor", "triggerer", "db", "pools"}
        elif program in ("celery", "gunicorn", "superset"):
            assert (ENVIRONMENT / "bin" / program).exists()
        else:
            assert program == "install"


@pytest.mark.parametrize("kind", MEMBERS)
def test_members_of_the_cluster_are_told_what_they_understand(kind: str) -> None:
    """The options are parsed as the command itself does; what it does not know ends it with 2."""
    told = [
        words for service in OURS.values() for words in commands(service) if words[2:4] == ["jobs.spark_cluster", kind]
    ]
    assert told
    for words in told:
        done = subprocess.run([sys.executable, *words[1:], "--help"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0
        known = set(re.findall(r"--[a-z-]+", done.stdout))
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("name", OURS)
def test_a_health_check_asks_who_is_there(name: str) -> None:
    for program, *words in commands(OURS[name]):
        if program == "python" and words[1] == "jobs.healthy":
            kind, host, _ = words[2:]
            assert kind in healthy.ASKED
            assert host in {*SERVICES, "localhost"}


def test_hosts_and_ports_in_the_secrets_are_those_of_services() -> None:
    assert {DATABASE, POINT, REDIS, SUPERSET_DATABASE} <= set(SERVICES)
    assert SERVICES[POINT]["healthcheck"]["test"][-2:] == [POINT, str(POINT_PORT)]
    environment = SERVICES["airflow-scheduler"]["environment"]
    addresses = [value for value in map(str, environment.values()) if "://" in value]
    assert len(addresses) == 2
    assert {re.sub(r"^\w+://|:.*", "", value.partition("://")[2]) for value in addresses} <= set(SERVICES)
