"""What can be set from outside: one table drives the reading, the refusals and the docs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from dotenv import dotenv_values

from dashboard import setting_types as kinds
from dashboard.setting_types import Kind
from sources.event import MAX_EVENT_BYTES

T = TypeVar("T")

_SHOWN_CHARACTERS = 80
_MANY = 10_000_000
_BYTES = 1 << 40


class InvalidSetting(ValueError):
    """One line: the variable, its value (a secret's is hidden), and what is allowed."""


class Described(msgspec.Struct, frozen=True):
    """One setting, in words."""

    name: str
    default: str
    allowed: str
    sentence: str


def setting(kind: Kind[T], default: T, sentence: str) -> T:
    """Declare one row of the table."""
    metadata = {"kind": kind, "sentence": sentence}
    return field(default=default, repr=not kind.is_secret, metadata=metadata)


def optional(kind: Kind[T], sentence: str) -> T | None:
    """Declare a row that is not set by default."""
    return setting(cast("Kind[T | None]", kind), None, sentence)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings in force; each is the environment variable of its name in upper case."""

    host: str = setting(
        kinds.HOST, "127.0.0.1", "The address to listen on; beyond loopback a token is needed."
    )
    port: int = setting(kinds.whole(0, 65_535), 8000, "The port; 0 takes any free one.")
    debug: bool = setting(kinds.SWITCH, False, "Means LOG_LEVEL=DEBUG.")
    max_connections: int = setting(
        kinds.whole(1, _MANY), 100, "Clients at once, over WebSocket and Server-Sent Events."
    )
    max_history_size: int = setting(
        kinds.whole(1, _MANY), 1000, "The newest events kept in this process."
    )
    ping_interval: float = setting(
        kinds.number(0.01, 86_400, "seconds"),
        30.0,
        "How often a connection is pinged; one that does not answer by the next is closed.",
    )
    cors_origins: tuple[str, ...] = setting(
        kinds.ORIGINS, (), "Other origins that may use the API; * means any, without credentials."
    )
    log_level: str = setting(
        kinds.choice("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
        "INFO",
        "What is logged: this level and above.",
    )
    log_format: str = setting(
        kinds.choice("json", "text"), "json", "One JSON object a line, or text to read."
    )
    redis_url: str | None = optional(
        kinds.REDIS_URL, "The Redis whose stream holds the events; without it, this process does."
    )
    event_stream: str = setting(
        kinds.text("a key of Redis"), "events", "The Redis stream that holds the events."
    )
    event_channel: str = setting(
        kinds.text("a channel of Redis"),
        "events",
        "The Redis channel whose messages enter the stream.",
    )
    stream_maxlen: int = setting(
        kinds.whole(1, 1_000_000_000), 100_000, "About how many events the Redis stream keeps."
    )
    max_event_bytes: int = setting(
        kinds.whole(1, _BYTES), MAX_EVENT_BYTES, "The largest event, as JSON."
    )
    max_batch: int = setting(kinds.whole(1, _MANY), 1000, "The most events in one request.")
    max_body_bytes: int = setting(
        kinds.whole(1, _BYTES), 4_194_304, "The largest request body; a larger one gets 413."
    )
    max_history_bytes: int = setting(
        kinds.whole(1, _BYTES),
        67_108_864,
        "The memory that kept events may take; over it the oldest leave early, as a told gap.",
    )
    slow_client_timeout: float = setting(
        kinds.number(0.01, 86_400, "seconds"),
        30.0,
        "How long a client may take nothing before it is closed.",
    )
    publish_rate_limit: float = setting(
        kinds.number(0, _MANY, "events a second"),
        0.0,
        "How fast one address may publish; 0 is no limit, over it the answer is 429.",
    )
    api_token: str | None = optional(
        kinds.TOKEN,
        "The token everyone needs; without one, a server beyond loopback makes its own at start.",
    )
    allow_anonymous: bool = setting(
        kinds.SWITCH, False, "Where no API_TOKEN is set, let everyone in, on any address."
    )
    archive_path: None = optional(
        kinds.never("nothing, for there is no archive yet"), "Kept for the archive to come."
    )
    filter_class: str | None = optional(
        kinds.CLASS, "A platform's own subclass of sources.filters.EventFilter."
    )

    @classmethod
    def load(
        cls,
        environ: Mapping[str, str] | None = None,
        env_files: Sequence[Path] | None = None,
        **otherwise: Any,
    ) -> Settings:
        """Read the environment and the first of ``env_files`` there is; the environment wins.

        ``otherwise`` is for settings, by their names here, that neither of them names.

        They are by default `os.environ` and the ``.env`` of the working directory, else of this
        package. An empty value counts as not set.

        Raises
        ------
        InvalidSetting
        """
        candidates = env_files if env_files is not None else default_env_files()
        given = _read_first(candidates) | _without_empty(os.environ if environ is None else environ)
        values = {
            row.name: _parse(row, given[row.name.upper()])
            for row in fields(cls)
            if row.name.upper() in given
        }
        if values.get("debug"):
            values["log_level"] = "DEBUG"
        return cls(**otherwise | values)

    def effective(self) -> Iterator[tuple[str, str]]:
        """Give the name and the value in force of every setting; what is secret is hidden."""
        for row in fields(self):
            written = kinds.write(getattr(self, row.name))
            yield row.name.upper(), _kind(row).mask(written)


def describe() -> list[Described]:
    """Return every setting in words, for the docs."""
    return [
        Described(
            row.name.upper(), kinds.write(row.default), _kind(row).allowed, row.metadata["sentence"]
        )
        for row in fields(Settings)
    ]


def default_env_files() -> tuple[Path, Path]:
    return Path.cwd() / ".env", Path(__file__).parent / ".env"


def _kind(row: Field[Any]) -> Kind[Any]:
    kind: Kind[Any] = row.metadata["kind"]
    return kind


def _parse(row: Field[Any], given: str) -> Any:
    kind = _kind(row)
    try:
        return kind.parse(given)
    except (ValueError, KeyError, msgspec.MsgspecError):
        # Hidden before it is cut, or the cut could leave the start of a password.
        shown = kind.mask(given)[:_SHOWN_CHARACTERS]
        raise InvalidSetting(
            f"{row.name.upper()}={shown!r} is refused; allowed is {kind.allowed}"
        ) from None


def _without_empty(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _read_first(candidates: Sequence[Path]) -> dict[str, str]:
    """Read the first file there is; its values are taken as they stand, without ``${...}``."""
    for path in candidates:
        try:
            if path.is_file():
                return _without_empty(dotenv_values(path, interpolate=False, encoding="utf-8-sig"))
        except (OSError, UnicodeError) as error:
            raise InvalidSetting(f"{str(path)!r} cannot be read: {error}") from None
    return {}
