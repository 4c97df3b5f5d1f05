"""What can be wrong with a Redis server, each in one plain sentence."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import redis.exceptions as faults

FAULTS: Final = (faults.RedisError, OSError)
"""What a call may raise when Redis is away or refuses; time-outs are among the ``OSError``."""

# The first word of an error reply, where redis-py has no class for it, or several.
_REPLIES: Final = {
    "NOAUTH": "asks for a password: put it into REDIS_URL",
    "WRONGPASS": "refuses the user name or password of REDIS_URL",
    "NOPERM": "does not permit this user what the dashboard needs",
    "WRONGTYPE": "holds something other than a stream under a name that the dashboard uses",
    "MISCONF": "cannot save to its disk and refuses to write: see its own log",
    "OOM": "has reached its memory limit and refuses to write",
    "READONLY": "is a read-only replica: REDIS_URL should name its primary",
    "MASTERDOWN": "is a replica that has lost its primary",
    "CLUSTERDOWN": "belongs to a cluster that is down",
    "LOADING": "is loading its data after a start",
    "BUSY": "is busy with a script",
}
_CLASSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (faults.BusyLoadingError, _REPLIES["LOADING"]),
    (faults.ReadOnlyError, _REPLIES["READONLY"]),
    (faults.OutOfMemoryError, _REPLIES["OOM"]),
    (faults.NoPermissionError, _REPLIES["NOPERM"]),
    (faults.AuthenticationWrongNumberOfArgsError, _REPLIES["WRONGPASS"]),
    (faults.MaxConnectionsError, "accepts no more connections"),
    (faults.MasterDownError, _REPLIES["MASTERDOWN"]),
    (faults.TimeoutError, "does not answer"),
    (TimeoutError, "does not answer"),
    (ssl.SSLCertVerificationError, "shows a certificate that cannot be verified"),
    (ssl.SSLError, "does not speak TLS as rediss:// asks for"),
    (socket.gaierror, "cannot be found: its host name is not known"),
    (ConnectionRefusedError, "refuses connections: start it, or correct REDIS_URL"),
    (FileNotFoundError, "cannot be found: there is no such socket"),
)
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


def _says(error: BaseException) -> str:
    for cause in _chain(error):
        word = str(cause).partition(" ")[0]
        if isinstance(cause, faults.RedisError) and word in _REPLIES:
            return _REPLIES[word]
        for kind, says in _CLASSES:
            if isinstance(cause, kind):
                return says
    if isinstance(error, faults.AuthenticationError):
        return _says_of_password(str(error))
    if isinstance(error, faults.ConnectionError | OSError):
        return "closed the connection"
    return f"answers with an error: {str(error).partition(chr(10))[0][:200]}"


def _says_of_password(reply: str) -> str:
    if "without any password" in reply:
        return "has no password, but REDIS_URL gives one"
    return _REPLIES["WRONGPASS" if "invalid" in reply else "NOAUTH"]


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
