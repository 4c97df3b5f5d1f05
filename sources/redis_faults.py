"""What can be wrong with a Redis server, each in one plain sentence."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import redis.exceptions as faults

FAULTS: Final = (faults.RedisError, OSError)
"""What a call may raise when Redis is away or refuses; time-outs are among the ``OSError``."""

# By the first word of an error reply; what redis-py has a class for is told by that. TOOOLD is what
# our own scripts say.
_SAYS: Final = {
    "NOAUTH": "asks for a password: put it into REDIS_URL",
    "WRONGPASS": "refuses the user name or password of REDIS_URL",
    "NOPERM": "does not permit this user what the dashboard needs",
    "WRONGTYPE": "holds something other than a stream under a name that the dashboard uses",
    "MISCONF": "cannot save to its disk and refuses to write: see its own log",
    "OOM": "has reached its memory limit and refuses to write",
    "READONLY": "is a read-only replica: REDIS_URL should name its primary",
    "NOREPLICAS": "has too few replicas and refuses to write",
    "MASTERDOWN": "is a replica that has lost its primary",
    "CLUSTERDOWN": "belongs to a cluster that is down",
    "MOVED": "belongs to a cluster that keeps this stream on another node: name that one",
    "CROSSSLOT": "belongs to a cluster: EVENT_STREAM needs a hash tag, as in {events}",
    "LOADING": "is loading its data after a start",
    "BUSY": "is busy with a script",
    "TOOOLD": "is older than version 7, which the dashboard needs",
}
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (faults.BusyLoadingError, "LOADING"),
    (faults.ReadOnlyError, "READONLY"),
    (faults.OutOfMemoryError, "OOM"),
    (faults.NoPermissionError, "NOPERM"),
    (faults.AuthenticationWrongNumberOfArgsError, "WRONGPASS"),
    (faults.MasterDownError, "MASTERDOWN"),
    (faults.MovedError, "MOVED"),
    (faults.ClusterCrossSlotError, "CROSSSLOT"),
)
_CLASSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (faults.MaxConnectionsError, "accepts no more connections"),
    (faults.TimeoutError, "does not answer"),
    (TimeoutError, "does not answer"),
    (ssl.SSLCertVerificationError, "shows a certificate that cannot be verified"),
    (ssl.SSLError, "does not speak TLS as rediss:// asks for"),
    (socket.gaierror, "cannot be found: its host name is not known"),
    (ConnectionRefusedError, "refuses connections: start it, or correct REDIS_URL"),
    (FileNotFoundError, "cannot be reached: a file that REDIS_URL names is not there"),
    (PermissionError, "cannot be reached: its socket is not ours to open"),
)
# How Redis 7.0 says NOPERM of a command inside a script.
_NOT_IN_SCRIPT: Final = "The user executing the script can't"
_CLOSED: Final = "closed the connection"
_NO_PASSWORD: Final = "has no password, but REDIS_URL gives one"
SENTENCES: Final = (*_SAYS.values(), *dict(_CLASSES).values(), _CLOSED, _NO_PASSWORD)
_REFUSING_WRITES: Final = frozenset(("READONLY", "OOM", "MISCONF", "NOREPLICAS"))
_NOTHING_TAKEN: Final = (
    faults.ResponseError,
    faults.AuthenticationError,
    faults.BusyLoadingError,
    ConnectionRefusedError,
    FileNotFoundError,
    socket.gaierror,
    ssl.SSLError,
)


def sentence(error: BaseException, address: str) -> str:
    """Return what is wrong with the server at ``address``; equal faults give equal sentences."""
    return f"Redis at {address} {_says(error)}"


def took_nothing(error: BaseException) -> bool:
    """Return whether the server certainly did not do what it was asked."""
    return any(isinstance(cause, _NOTHING_TAKEN) for cause in _chain(error))


def refuses_writes(error: BaseException) -> bool:
    """Return whether the server can be read while it takes no writes from anyone."""
    return _word(error) in _REFUSING_WRITES


def is_replica(error: BaseException) -> bool:
    """Return whether the server is one that only follows another."""
    return _word(error) == "READONLY"


def _word(error: BaseException) -> str | None:
    for cause in _chain(error):
        for kind, word in _WORDS:
            if isinstance(cause, kind):
                return word
        said = str(cause)
        if isinstance(cause, faults.RedisError) and _NOT_IN_SCRIPT in said:
            return "NOPERM"
        if isinstance(cause, faults.RedisError) and said.partition(" ")[0] in _SAYS:
            return said.partition(" ")[0]
    return None


def _says(error: BaseException) -> str:
    if (word := _word(error)) is not None:
        return _SAYS[word]
    for cause in _chain(error):
        for kind, says in _CLASSES:
            if isinstance(cause, kind):
                return says
    if isinstance(error, faults.AuthenticationError):
        return _says_of_password(str(error))
    if isinstance(error, faults.ConnectionError | OSError):
        return _CLOSED
    return f"answers with an error: {str(error).partition(chr(10))[0][:200]}"


def _says_of_password(reply: str) -> str:
    if "without any password" in reply:
        return _NO_PASSWORD
    return _SAYS["WRONGPASS" if "invalid" in reply else "NOAUTH"]


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
