"""How the text of a setting is read, and how what is allowed is said."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, NoReturn, TypeVar
from urllib.parse import urlsplit

import msgspec

T = TypeVar("T")

MASK: Final = "********"
_WHOLE = re.compile(r"[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?|\.[0-9]{1,15}")
_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_CLASS = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")
_ORIGIN = re.compile(
    r"([a-z][a-z0-9+.-]*)://((?:[a-z0-9_-]+\.)*[a-z0-9_-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SWITCH = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(
    ("false", "0", "no", "off"), False
)


class NotAllowed(ValueError):
    """A text that a setting does not take."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Kind(Generic[T]):
    """One kind of value: what is allowed, in words; its reading; and how a secret is hidden.

    ``parse`` raises `ValueError` for what is not allowed; ``mask`` is applied to every text of
    it that is shown.
    """

    allowed: str
    parse: Callable[[str], T]
    mask: Callable[[str], str] = _as_it_is

    @property
    def is_secret(self) -> bool:
        return self.mask is not _as_it_is


def whole(minimum: int, maximum: int) -> Kind[int]:
    def parse(text: str) -> int:
        return int(_within(float(_matched(_WHOLE, text)), minimum, maximum))

    return Kind(f"a whole number from {minimum} to {maximum}", parse)


def number(minimum: float, maximum: float, unit: str) -> Kind[float]:
    def parse(text: str) -> float:
        return _within(float(_matched(_NUMBER, text)), minimum, maximum)

    return Kind(f"a number of {unit} from {minimum:g} to {maximum:.15g}", parse)


def choice(*names: str) -> Kind[str]:
    known = {name.lower(): name for name in names}
    return Kind(f"one of {', '.join(names)}", lambda text: known[text.strip().lower()])


def text(allowed: str, max_length: int = 512) -> Kind[str]:
    def parse(given: str) -> str:
        if not given.isprintable() or given != given.strip() or len(given) > max_length:
            raise NotAllowed
        return given

    return Kind(f"{allowed} of at most {max_length} printable characters", parse)


def never(why: str) -> Kind[None]:
    """A setting that is known and, so far, cannot be given a value."""

    def parse(_: str) -> NoReturn:
        raise NotAllowed

    return Kind(why, parse)


def write(value: object) -> str:
    """Write a value as it would be given; what is not set is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _matched(pattern: re.Pattern[str], given: str) -> str:
    match = pattern.fullmatch(given.strip())
    if match is None:
        raise NotAllowed
    return match.group()


def _within(value: float, minimum: float, maximum: float) -> float:
    if not minimum <= value <= maximum:
        raise NotAllowed
    return value


def _host(given: str) -> str:
    bare = given.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = str(ipaddress.IPv6Address(bare[1:-1]))
    if ":" in bare:
        return str(ipaddress.IPv6Address(bare))
    # What looks like an IPv4 address and is none would be looked up as a name.
    return str(ipaddress.IPv4Address(bare)) if _is_numeric(bare) else _matched(_HOST_NAME, bare)


def _is_numeric(host: str) -> bool:
    return host.replace(".", "").isdigit()


def canonical_origin(given: str) -> str:
    """Write an origin as a browser does: in lower case, without the scheme's own port."""
    match = _ORIGIN.fullmatch(given.strip().lower())
    if match is None:
        raise NotAllowed
    scheme, host, port = match.groups()
    if port is None or int(port) == _DEFAULT_PORTS.get(scheme):
        return f"{scheme}://{host}"
    return f"{scheme}://{host}:{int(_within(int(port), 1, 65_535))}"


def _origins(given: str) -> tuple[str, ...]:
    if given.lstrip().startswith("["):
        names = msgspec.json.decode(given, type=list[str])
    else:
        names = [part for part in given.split(",") if part.strip()]
    origins = ("*" if name.strip() == "*" else canonical_origin(name) for name in names)
    return tuple(dict.fromkeys(origins))


def _redis_url(given: str) -> str:
    url = urlsplit(given.strip())
    if url.scheme not in ("redis", "rediss", "unix") or not given.isprintable():
        raise NotAllowed
    if url.scheme == "unix":
        return given.strip() if url.path.strip("/") else _refuse()
    # Reading the port raises ValueError for what is none; a database is a number.
    if url.port == 0 or not re.fullmatch(r"/?[0-9]*", url.path):
        raise NotAllowed
    return given.strip()


def _refuse() -> NoReturn:
    raise NotAllowed


def _without_password(url: str) -> str:
    # Greedy to the last @, so that a password with one in it does not show its end.
    bare = re.sub(r"^(\w+://)?.*@", rf"\1{MASK}@", url, flags=re.DOTALL)
    return re.sub(r"(?i)(password=)[^&]*", rf"\1{MASK}", bare)


HOST: Final = Kind("an IP address or a host name", _host)
SWITCH: Final = Kind(
    "true or false (also 1, 0, yes, no, on, off)", lambda given: _SWITCH[given.strip().lower()]
)
ORIGINS: Final = Kind(
    "a JSON list or a comma-separated list of scheme://host[:port], or *", _origins
)
REDIS_URL: Final = Kind(
    "redis://host:port/number, rediss://host:port/number or unix://path",
    _redis_url,
    _without_password,
)
TOKEN: Final = Kind(
    "printable ASCII characters without spaces",
    # Not stripped: what is compared is exactly what was set.
    lambda given: given if _TOKEN.fullmatch(given) else _refuse(),
    lambda given: MASK if given else "",
)
CLASS: Final = Kind("module:Class", lambda given: _matched(_CLASS, given))
