"""Who may enter: one decision for every request, whatever route it asks for.

A server bound to loopback is open unless ``API_TOKEN`` is set. There the ``Host`` header is
checked, or a site could point its own name at 127.0.0.1 and have its visitors' browsers read
what is here (DNS rebinding). Bound elsewhere, the token does that work, for a browser keeps our
cookie for the name it got it from; the names of such a server are not ours to know.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable
from typing import Final, Literal
from urllib.parse import unquote_plus, urlencode, urlsplit

import msgspec
from tornado.httputil import HTTPServerRequest, parse_cookie

from dashboard.loopback import is_loopback, is_loopback_name
from dashboard.settings import Settings

COOKIE: Final = "dashboard_token_"
"""The cookie's name, before the port: a browser keeps one jar for every port of a host."""
_COOKIE = re.compile(rf"{COOKIE}[0-9]+")
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1024}")
_PORTS = {"http": ":80", "https": ":443"}
_METHODS: Final = "GET, HEAD, POST, OPTIONS"
_EXPOSED: Final = "Content-Disposition, Retry-After, X-Gap"
_PREFLIGHT_S: Final = "600"

Origin = Literal["own", "listed", "any"]


class Answer(msgspec.Struct, frozen=True):
    """What the door says itself, instead of letting a request through."""

    status: int
    detail: str = ""
    headers: dict[str, str] = {}


# Bokeh's pages answer GET alone; these need no session to be made.
_METHODS_ABOUT: Final = {
    "HEAD": Answer(200, headers={"Content-Type": "text/html; charset=utf-8"}),
    "OPTIONS": Answer(204, headers={"Allow": "GET, HEAD, OPTIONS"}),
}


class Access:
    """The rules of one server; told by `bind` where it listens, and strict until then.

    ``components`` are the paths below ``/components/`` that the page needs; Panel imports any
    module that is named there, so all others do not exist.
    """

    def __init__(
        self, settings: Settings, components: Collection[str] = (), *, framed: bool = False
    ) -> None:
        self._framed = framed
        # Made here and not when bound: the processes of one server share it.
        self.made_token = None if settings.api_token else secrets.token_urlsafe()
        self._token = (settings.api_token or self.made_token or "").encode()
        # The cookie holds a sign of the token, not the token: no character of it needs escaping,
        # and who reads a browser's files does not learn what opens the API elsewhere.
        self._pass = hmac.new(self._token, b"cookie", hashlib.sha256).hexdigest()
        self._is_anonymous = settings.allow_anonymous
        self._any_origin = "*" in settings.cors_origins
        self._origins = frozenset(settings.cors_origins) - {"*"}
        self._hosts = frozenset(urlsplit(origin).hostname for origin in self._origins)
        self._components = frozenset(components)
        self._bound: set[str] = set()
        self.is_loopback = False
        self.mount()

    def mount(self, prefix: str = "", pages: Iterable[str] = ()) -> None:
        """Learn under which prefix the routes are, and which of them are pages."""
        self._open = {f"{prefix}/health", f"{prefix}/ready"}
        self._modules = f"{prefix}/components/"
        self._pages_only = {prefix + page.rstrip("/") for page in pages} - {prefix}
        self._pages = {"", prefix, *self._pages_only}

    def bind(self, addresses: Iterable[str]) -> None:
        """Learn the addresses really bound, as the sockets name them."""
        self._bound.update(addresses)
        self.is_loopback = bool(self._bound) and all(map(is_loopback, self._bound))

    @property
    def bound(self) -> str:
        """The addresses that were bound, for a line of the log."""
        return ", ".join(sorted(self._bound))

    @property
    def needs_token(self) -> bool:
        return self.made_token is None or not (self.is_loopback or self._is_anonymous)

    def entry_url(self, scheme: str, port: int, path: str) -> str | None:
        """Return the address to open, with the token made here; None where there is no need."""
        if self.made_token is None or not self.needs_token:
            return None
        everywhere = {"0.0.0.0", "::"} & self._bound
        host = ("127.0.0.1" if "0.0.0.0" in everywhere else "::1") if everywhere else ""
        host = host or min(self._bound, default="127.0.0.1")
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}:{port}{path}?{urlencode({'token': self.made_token})}"

    def check(self, request: HTTPServerRequest) -> Answer | None:
        """Decide on a request; None lets it through."""
        origin = self._origin(request)
        if refused := self._check_host(request) or self._check_origin(request, origin):
            return refused
        if origin is not None and _is_preflight(request):
            return self._preflight(request)
        if request.path in self._open:
            return None
        if self.needs_token and not self._has_token(request, origin):
            return _no_token(request)
        if "token" in request.query_arguments and self._is_page(request):
            return self._without_token(request)
        if request.method in _METHODS_ABOUT and request.path.rstrip("/") in self._pages_only:
            return _METHODS_ABOUT[request.method]
        return self._check_component(request.path)

    def strip(self, request: HTTPServerRequest) -> None:
        """Take the token out, so that nothing behind the door can log it or pass it on.

        Panel writes a request's headers and arguments into its page.
        """
        headers = request.headers
        headers.pop("Authorization", None)
        if "Cookie" in headers:
            others = [part for part in headers["Cookie"].split(";") if not _is_own_cookie(part)]
            del headers["Cookie"]
            if cookie := ";".join(others).strip():
                headers["Cookie"] = cookie
        if "token" in unquote_plus(headers.get("Referer", "")):
            del headers["Referer"]
        if "token" in request.query_arguments:
            request.query = _without_token(request.query)
            request.uri = request.path + (f"?{request.query}" if request.query else "")
            request.arguments.pop("token", None)
            request.query_arguments.pop("token", None)

    def answer_headers(self, request: HTTPServerRequest) -> dict[str, str]:
        """Return what every answer carries, whoever gives it."""
        return security_headers(self._framed) | self.cors_headers(request)

    def cors_headers(self, request: HTTPServerRequest) -> dict[str, str]:
        """Return the headers that let an allowed other origin read the answer."""
        headers = {"Vary": "Origin"} if self._origins or self._any_origin else {}
        match self._origin(request):
            case "listed":
                headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
                headers["Access-Control-Allow-Credentials"] = "true"
            case "any":
                headers["Access-Control-Allow-Origin"] = "*"
            case _:
                return headers
        headers["Access-Control-Expose-Headers"] = _EXPOSED
        return headers

    def _origin(self, request: HTTPServerRequest) -> Origin | None:
        """Tell what the origin is to us; None where it is not allowed, or there is none."""
        given = request.headers.get("Origin", "").lower()
        if not given:
            return None
        scheme, _, netloc = given.partition("://")
        default_port = _PORTS.get(scheme, "")
        host = request.host.lower().removesuffix(default_port)
        # The scheme is not compared: a proxy may have taken TLS off.
        if netloc and netloc.removesuffix(default_port) == host:
            return "own"
        if given in self._origins:
            return "listed"
        return "any" if self._any_origin else None

    def _check_host(self, request: HTTPServerRequest) -> Answer | None:
        if not self.is_loopback:
            return None
        try:
            name = (urlsplit(f"//{request.host}").hostname or "").rstrip(".")
        except ValueError:
            name = ""
        if name in self._hosts or is_loopback_name(name):
            return None
        detail = (
            f"Host {request.host[:200]!r} is not served here; allowed are loopback names and the "
            "hosts of CORS_ORIGINS"
        )
        return Answer(403, detail)

    def _check_origin(self, request: HTTPServerRequest, origin: Origin | None) -> Answer | None:
        given = request.headers.get("Origin")
        if given is not None and origin is None:
            detail = (
                f"Origin {given[:200]!r} is not allowed; allowed are the server's own and those of "
                "CORS_ORIGINS"
            )
            return Answer(403, detail)
        if _is_included(request) and not self._any_origin:
            return Answer(403, "another site may link here, but not include what is here")
        return None

    def _preflight(self, request: HTTPServerRequest) -> Answer:
        asked = request.headers.get("Access-Control-Request-Headers", "")
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Max-Age": _PREFLIGHT_S,
            "Allow": _METHODS,
        }
        if _HEADER_NAMES.fullmatch(asked):
            headers["Access-Control-Allow-Headers"] = asked
        return Answer(204, headers=headers)

    def _has_token(self, request: HTTPServerRequest, origin: Origin | None) -> bool:
        if self._is_token(_bearer(request)) or self._in_query(request):
            return True
        # A cookie comes by itself, whoever made the browser ask; "any" is without credentials.
        if origin == "any" or _is_included(request):
            return False
        cookies = parse_cookie(request.headers.get("Cookie", ""))
        ours = [value.encode() for name, value in cookies.items() if _COOKIE.fullmatch(name)]
        return any(hmac.compare_digest(value, self._pass.encode()) for value in ours)

    def _in_query(self, request: HTTPServerRequest) -> bool:
        given = request.query_arguments.get("token", [])
        return any(hmac.compare_digest(value, self._token) for value in given)

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def _is_page(self, request: HTTPServerRequest) -> bool:
        if request.method not in ("GET", "HEAD") or "Upgrade" in request.headers:
            return False
        accepts_html = "text/html" in request.headers.get("Accept", "")
        return accepts_html or request.path.rstrip("/") in self._pages

    def _without_token(self, request: HTTPServerRequest) -> Answer:
        """Answer with the same address without the token, kept in a cookie from now on."""
        rest = _without_token(request.query)
        # Relative, since a proxy may have taken a prefix away.
        location = f"./{request.path.rpartition('/')[2]}" + (f"?{rest}" if rest else "")
        headers = {"Location": location, "Referrer-Policy": "no-referrer"}
        if self.needs_token and self._in_query(request):
            secure = "; Secure" if request.protocol == "https" else ""
            value = f"{cookie_name(request)}={self._pass}"
            headers["Set-Cookie"] = f"{value}; HttpOnly; SameSite=Lax; Path=/{secure}"
        return Answer(303, "the page is at Location, without the token", headers)

    def _check_component(self, path: str) -> Answer | None:
        if not path.startswith(self._modules) or path[len(self._modules) :] in self._components:
            return None
        return Answer(404, "there is nothing at this address")


def security_headers(framed: bool = False) -> dict[str, str]:
    """Return the headers of every answer that has not set them itself.

    A ``framed`` page may stand in the frame of another, as a notebook shows it.
    """
    headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
    if not framed:
        headers["X-Frame-Options"] = "DENY"
        headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    return headers


def _is_preflight(request: HTTPServerRequest) -> bool:
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _is_included(request: HTTPServerRequest) -> bool:
    """Tell whether a page of another site includes this, as an image or a script.

    A browser sends no ``Origin`` with those.
    """
    headers = request.headers
    is_cross_site = headers.get("Sec-Fetch-Site") == "cross-site" and "Origin" not in headers
    return is_cross_site and headers.get("Sec-Fetch-Mode") != "navigate"


def cookie_name(request: HTTPServerRequest) -> str:
    """Return the cookie's name for the port that the browser sees, which we may not listen on."""
    port = request.host.rpartition(":")[2]
    return COOKIE + (port if port.isdecimal() else _PORTS[request.protocol][1:])


def _bearer(request: HTTPServerRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _no_token(request: HTTPServerRequest) -> Answer:
    has_one = bool(_bearer(request)) or "token" in request.query_arguments
    detail = "the token is not valid" if has_one else "a token is needed"
    error = ', error="invalid_token"' if has_one else ""
    return Answer(
        401,
        f"{detail}; send it as Authorization: Bearer <token>, or as ?token=<token>",
        {"WWW-Authenticate": f'Bearer realm="dashboard"{error}'},
    )


def _is_own_cookie(part: str) -> bool:
    return _COOKIE.fullmatch(part.partition("=")[0].strip()) is not None


def _without_token(query: str) -> str:
    parts = query.split("&")
    return "&".join(p for p in parts if unquote_plus(p.partition("=")[0]) != "token")
