"""Input that means harm, and the statuses that may answer it."""

import struct

HANDSHAKE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


def post(body: bytes, path: str = "/api/events", content_type: str = "application/json") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def get(path: bytes, headers: bytes = b"") -> bytes:
    return b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n" % (path, headers)


def event_with(data: str) -> bytes:
    return b'{"event_type":"a","source":"s","data":%s}' % data.encode("utf-8", "surrogatepass")


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


BODIES = {
    "NaN": (event_with('{"x":NaN}'), 400),
    "Infinity": (event_with('{"x":-Infinity}'), 400),
    "number out of range": (event_with('{"x":1e999}'), 400),
    "lone surrogate escaped": (event_with('{"x":"\\ud800"}'), 400),
    "lone surrogate in bytes": (event_with('{"x":"\ud800"}'), 400),
    "depth 33": (event_with(nested(33)), 422),
    "depth 900": (event_with(nested(900)), 422),
    "depth 5000": (event_with(nested(5000)), 400),
    "arrays of depth 100,000": (b"[" * 100_000, 400),
    "broken UTF-8": (event_with("{}").replace(b'"s"', b'"\xff"'), 400),
    "overlong UTF-8": (event_with("{}").replace(b'"s"', b'"\xc0\xaf"'), 400),
    "UTF-16": (event_with("{}").decode().encode("utf-16"), 400),
    "a byte order mark": (b"\xef\xbb\xbf" + event_with("{}"), 400),
    "a NUL": (event_with('{"x":"\x00"}'), 400),
    "two values": (event_with("{}") * 2, 400),
    "empty": (b"", 400),
    "null": (b"null", 422),
    "a number": (b"1", 422),
    "wrong types": (b'{"event_type":[],"source":{},"data":1,"timestamp":1,"priority":null}', 422),
    "key is huge": (b'{"event_type":"a","source":"s","%s":1}' % (b"k" * 60_000), 422),
    "type ends in a line break": (b'{"event_type":"a\\n","source":"s"}', 422),
    "source has a control character": (b'{"event_type":"a","source":"\\u0085"}', 422),
    "the server's own word": (b'{"event_type":"connection","source":"dashboard"}', 422),
    "year 10000": (b'{"event_type":"a","source":"s","timestamp":"9999-12-31T23:59:59-01:00"}', 422),
    "a number of 5000 digits": (event_with('{"x":%s}' % ("9" * 5000)), 400),
    "one event of 4 MB": (event_with('{"x":"%s"}' % ("y" * 4_000_000)), 422),
    "one event over its size": (event_with('{"x":"%s"}' % ("y" * 66_000)), 422),
}  # fmt: skip


REQUESTS = {
    "broken UTF-8 in the query": (get(b"/api/events/history?search=%ff"), {422}),
    "raw bytes in the query": (get(b"/api/events/history?search=\xff"), {400, 422}),
    "broken UTF-8 in a client_id": (get(b"/ws/%ff", b"Upgrade: websocket\r\n"), {400, 422}),
    "broken UTF-8 in the path": (get(b"/%ff%fe"), {400, 404}),
    "broken UTF-8 in a header": (get(b"/health", b"X-A: \xff\xfe\r\n"), {200, 400}),
    "an id of 5000 digits": (get(b"/api/events/history?after=%s-0" % (b"9" * 5000)), {422}),
    "an id over 64 bits": (get(b"/api/events/history?after=18446744073709551616-0"), {422}),
    "Arabic digits": (get(b"/api/events/history?limit=%D9%A1"), {422}),
    "a limit of 5000 zeros": (get(b"/api/events/history?limit=" + b"0" * 5000), {422}),
    "a history of 5000 zeros": (get(b"/ws/x?history=" + b"0" * 5000, HANDSHAKE), {422}),
    "2000 parameters": (get(b"/api/events/history?" + b"a=1&" * 2000), {400, 422}),
    "dots": (get(b"/api/%2e%2e/%2e%2e/etc/passwd"), {404}),
    "dots as they are": (get(b"/api/../../etc/passwd"), {404}),
    "backslashes": (get(b"/static/..%5c..%5cetc/passwd"), {403, 404}),
    "dots in the static files": (get(b"/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), {403, 404}),
    "two slashes": (get(b"//health"), {400, 404}),
    "another host in the path": (get(b"//foreign.example/api/metrics"), {400, 404}),
    "an absolute address": (get(b"http://foreign.example/api/metrics"), {400, 403, 404}),
    "a NUL in the path": (get(b"/api/events/history%00"), {404}),
    "a line break in the path": (get(b"/health%0d%0aX-Injected:1"), {404}),
    "a path of 30,000": (get(b"/" + b"a" * 30_000), {404}),
    "a star": (get(b"*"), {400, 404}),
    "no path": (b"GET\r\n\r\n", {400}),
    "a lower case method": (b"get /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {400, 405}),
    "an unknown method": (b"BREW /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {405}),
    "TRACE": (b"TRACE /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", {405}),
    "no Host": (b"GET /health HTTP/1.1\r\n\r\n", {400, 403}),
    "two Hosts": (get(b"/health", b"Host: foreign.example\r\n"), {400, 403}),
    "a broken Host": (b"GET /health HTTP/1.1\r\nHost: [::1\r\n\r\n", {400, 403}),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 404, 405, 505}),
    "a folded header": (get(b"/health", b"X-A: 1\r\n  2\r\n"), {200, 400}),
    "a header without a name": (get(b"/health", b": 1\r\n"), {400}),
    "a header without a colon": (get(b"/health", b"nonsense\r\n"), {400}),
    "a bad Last-Event-ID": (get(b"/api/events/stream", b"Last-Event-ID: \xff\r\n"), {422}),
    "a bad Idempotency-Key": (
        post(b'{"event_type":"a","source":"s"}').replace(
            b"Host", b"Idempotency-Key: a b\r\nHost", 1), {422}),
    "two lengths": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n"
                    b"Content-Length: 3\r\n\r\n{}", {400}),
    "a negative length": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          b"Content-Length: -1\r\n\r\n", {400}),
    "a length of 5000 digits": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", {400, 413}),
    "a length and chunks": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    "an unknown coding": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          b"Transfer-Encoding: gzip\r\n\r\n", {400, 501}),
    "a bad chunk": (b"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", {400}),
    "an upgrade to something else": (get(b"/ws/x", b"Upgrade: h2c\r\nConnection: Upgrade\r\n"),
                                     {426}),
    "an upgrade without a key": (get(b"/ws/x", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                     b"Sec-WebSocket-Version: 13\r\n"), {400}),
    "an upgrade of another version": (get(b"/ws/x", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                          b"Sec-WebSocket-Version: 7\r\n"), {400, 426}),
    "a WebSocket by POST": (post(b"", "/ws/x"), {405}),
}  # fmt: skip


def frame(opcode: int, payload: bytes, *, mask: bool = True, first: int = 0x80) -> bytes:
    bit = 0x80 if mask else 0
    size = len(payload)
    if size < 126:
        head = bytes([first | opcode, bit | size])
    elif size < 65_536:
        head = bytes([first | opcode, bit | 126]) + struct.pack("!H", size)
    else:
        head = bytes([first | opcode, bit | 127]) + struct.pack("!Q", size)
    # A mask of zeros leaves the payload as it is.
    return head + (bytes(4) if mask else b"") + payload


def control_of(size: int) -> bytes:
    return bytes([0x89, 0x80 | 126]) + struct.pack("!H", size) + bytes(4 + size)


FRAMES = {
    "invalid UTF-8 in a text": [frame(1, b"\xff\xfe")],
    "a surrogate in a text": [frame(1, b'"\xed\xa0\x80"')],
    "an unmasked text": [frame(1, b"{}", mask=False)],
    "an unmasked close": [frame(8, b"", mask=False)],
    "reserved bits": [frame(1, b"{}", first=0xC0), frame(1, b"{}", first=0xF0)],
    "a reserved opcode": [frame(3, b"{}")],
    "a reserved control opcode": [frame(11, b"")],
    "a control frame over 125 bytes": [control_of(126)],
    "a control frame in fragments": [frame(9, b"x", first=0)],
    "a continuation of nothing": [frame(0, b"x")],
    "a text within a text": [frame(1, b"x", first=0), frame(1, b"y")],
    "a length of 2**63": [bytes([0x81, 0xFF]) + b"\xff" * 8],
    "a text over the limit": [frame(1, b"x" * 70_000)],
    "fragments over the limit": [frame(1, b"x" * 9000, first=0),
                                 *[frame(0, b"x" * 9000, first=0)] * 20],
    "a close with one byte": [frame(8, b"\x03")],
    "a close with a forbidden code": [frame(8, struct.pack(">H", 1005))],
    "a close with broken UTF-8": [frame(8, struct.pack(">H", 1000) + b"\xff")],
}  # fmt: skip


MESSAGES = [
    b"",
    b"null",
    b'{"type":' + b"[" * 800 + b"]" * 800 + b"}",
    b'{"type":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    b"[" * 60_000,
    b'{"type":"filter","filters":{"search":' + b"[" * 400 + b"]" * 400 + b"}}",
    b'{"type":"filter","filters":{"search":"' + b"-" * 60_000 + b'"}}',
    b'{"type":"filter","filters":{"search":"' + b'\\"' * 30_000 + b'"}}',
    b'{"type":"filter","filters":{"time_range":"' + b"9" * 60_000 + b'd"}}',
    b'{"type":"filter","filters":{"time_range":{"start":1}}}',
    b'{"type":"filter","filters":{"' + b"k" * 60_000 + b'":1}}',
    b'{"type":"publish","event":{"event_type":"\\ud800","source":"s"}}',
    b'{"type":"publish","event":' + event_with(nested(900)) + b"}",
    b'{"type":"publish","event":{"event_type":"a","source":"s","data":{"x":1e999}}}',
    b'{"type":"publish","event":{"event_type":"connection","source":"dashboard"}}',
]
