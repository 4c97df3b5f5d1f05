"""The ways in which Redis is away or refuses to write, and how each is put right."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from redis.exceptions import RedisError

from tests.away.stage import PASSWORD, USER, Stage

_SLOWLY: Final = (
    *("--appendonly", "no", "--key-load-delay", "20000"),
    *("--loading-process-events-interval-bytes", "1024"),
)
_KEYS_THAT_LOAD_SLOWLY: Final = 300


class Way(NamedTuple):
    """``says`` is a part of the sentence that is to be read everywhere."""

    name: str
    says: str
    begin: Callable[[Stage], object]
    end: Callable[[Stage], object]


def _acl(*rules: str) -> Callable[[Stage], object]:
    return lambda stage: stage.admin.execute_command("ACL", "SETUSER", USER, *rules)


def _config(name: str, value: str) -> Callable[[Stage], object]:
    return lambda stage: stage.admin.config_set(name, value)


def _then_dropped(change: Callable[[Stage], object]) -> Callable[[Stage], object]:
    """A change that Redis makes known to new connections only."""

    def changed(stage: Stage) -> None:
        change(stage)
        stage.drop_clients()

    return changed


def _refuse(stage: Stage) -> None:
    stage.relay.refuses = True
    stage.relay.reset()


def _load_slowly(stage: Stage) -> None:
    for number in range(_KEYS_THAT_LOAD_SLOWLY):
        # What does not compress: Redis answers clients once for so many bytes read.
        stage.admin.set(f"key {number}", secrets.token_hex(1024))
    stage.admin.config_set("appendonly", "no")
    stage.admin.save()
    stage.redis.kill()
    stage.redis.launch(*_SLOWLY)


def _put_text_there(stage: Stage) -> None:
    stage.admin.delete("events")
    stage.admin.set("events", "text")


def _dump(stage: Stage) -> Path:
    folder: str = stage.admin.config_get("dir")["dir"]  # type: ignore[assignment]
    return Path(folder, "dump.rdb")


def _fail_to_save(stage: Stage) -> None:
    _dump(stage).mkdir()
    stage.admin.config_set("save", "3600 1000000")
    with suppress(RedisError):
        stage.admin.save()
    stage.admin.bgsave()


def _save(stage: Stage) -> None:
    _dump(stage).rmdir()
    stage.admin.save()


def _fail_over(stage: Stage) -> None:
    """The primary dies; its address leads to the replica once that is promoted."""
    stage.relay.target_port = stage.heir.port
    stage.redis.kill()


def _promote(stage: Stage) -> None:
    with stage.heir.client() as heir:
        heir.replicaof("no", "one")


WAYS: Final = (
    Way("killed, started again", "Redis at", lambda s: s.redis.kill(), lambda s: s.redis.launch()),
    Way("stopped (half-open)", "does not answer",
        lambda s: s.redis.stop_signal(), lambda s: s.redis.cont_signal()),
    Way("network swallows everything", "does not answer",
        lambda s: s.relay.silence(), lambda s: s.relay.restore()),
    Way("connections reset and refused", "closed the connection",
        _refuse, lambda s: s.relay.restore()),
    Way("loading a big data set", "is loading its data", _load_slowly, lambda _: None),
    Way("user switched off (WRONGPASS)", "refuses the user name or password",
        _then_dropped(_acl("off")), _acl("on")),
    Way("password changed", "refuses the user name or password",
        _then_dropped(_acl("resetpass", ">another")), _acl("resetpass", f">{PASSWORD}")),
    Way("permissions taken (NOPERM)", "does not permit this user",
        _acl("-@all", "+ping"), _acl("+@all")),
    Way("text at the stream's name (WRONGTYPE)", "something other than a stream",
        _put_text_there, lambda s: s.admin.delete("events")),
    Way("memory full (OOM)", "memory limit", _config("maxmemory", "1"), _config("maxmemory", "0")),
    Way("cannot save (MISCONF)", "cannot save", _fail_to_save, _save),
    Way("made a replica (READONLY)", "read-only replica",
        lambda s: s.admin.replicaof("127.0.0.1", "1"), lambda s: s.admin.replicaof("no", "one")),
    Way("too few replicas (NOREPLICAS)", "too few replicas",
        _config("min-replicas-to-write", "5"), _config("min-replicas-to-write", "0")),
    Way("failover, replica promoted", "Redis at", _fail_over, _promote),
)  # fmt: skip
