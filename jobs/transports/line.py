"""The line to an HTTP interface: signed requests, patience, one trusted authority, and which fault a failure is."""

from __future__ import annotations

import errno
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from jobs.transports import envelope
from jobs.transports.connections import Connection
from jobs.transports.envelope import Broken, Clock, Keys, Letter
from jobs.transports.faults import Unreachable

ENVELOPED = (200, 206, 404, 416)
# OpenSSL's numbers of what is wrong with a certificate.
NOT_YET_VALID, EXPIRED, OTHER_NAME, OTHER_ADDRESS = 9, 10, 62, 64
BROKEN_FAULTS = {"signature": "PULL-SIGNATURE", "time": "PULL-NONCE", "nonce": "PULL-NONCE", "cipher": "PULL-CIPHER"}


@dataclass(frozen=True)
class Patience:
    """How long to wait for a point, in seconds; every setting is one of the connection's extra.

    timeout: without a byte.   deadline: for one answer as a whole.   attempts: in all.   back_off: before the second
    attempt, and twice as long before each further one.   longest_wait: whatever a point asks for.
    """

    timeout: float = 30.0
    deadline: float = 300.0
    attempts: int = 4
    back_off: float = 0.5
    longest_wait: float = 60.0

    def __post_init__(self) -> None:
        if not all(0 <= each < math.inf for each in vars(self).values()) or self.attempts < 1 or not self.timeout:
            raise ValueError("no patience")

    def wait(self, state: RetryCallState) -> float:
        """Seconds to wait before the next attempt."""
        error = state.outcome.exception() if state.outcome else None
        asked: float = getattr(error, "after", 0.0)
        return min(max(asked, self.back_off * 2.0 ** (state.attempt_number - 1)), self.longest_wait)


@dataclass(frozen=True)
class Answer:
    """An answer whose envelope was right. clear: its body."""

    status: int
    headers: Mapping[str, str]
    clear: bytes = field(repr=False)


@dataclass
class Line:
    """A way to one interface. place: its host and port, for messages.   base: path in front of every target."""

    client: httpx.Client = field(repr=False)
    keys: Keys
    point: str
    place: str
    base: str
    patience: Patience
    clock: Clock = envelope.clock

    def get(self, target: str, where: str, limit: int, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a GET, asked for again where that may help. Raises Unreachable.

        target: path with query below the base, already quoted.   where: page or file, for messages.   limit: bytes of the
        largest body.
        """
        again = Retrying(
            stop=stop_after_attempt(self.patience.attempts),
            wait=self.patience.wait,
            retry=retry_if_exception(lambda error: isinstance(error, Unreachable) and error.fault.again),
            reraise=True,
        )
        return again(self._once, target, f"{self.place} {where}", limit, headers or {})

    def _once(self, target: str, where: str, limit: int, headers: Mapping[str, str]) -> Answer:
        request = self.client.build_request("GET", self.base + target)
        sent = Letter("GET", request.url.raw_path.decode(), {**self._own(), **headers})
        request.headers.update(envelope.pack(self.keys, sent, self.clock()).headers)
        try:
            answer = self.client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise Unreachable(fault_of(error), where) from None
        try:
            body = self._body(answer, where, limit)
        finally:
            answer.close()
        if answer.status_code not in ENVELOPED:
            raise _refused(answer, where)
        return self._opened(answer, sent, body, where)

    def _own(self) -> dict[str, str]:
        return {envelope.POINT: self.point, envelope.NONCE: envelope.nonce()}

    def _body(self, answer: httpx.Response, where: str, limit: int) -> bytes:
        """The body as it was sent. Raises Unreachable where it is too large, too slow or not as long as stated."""
        held, until = bytearray(), time.monotonic() + self.patience.deadline
        try:
            for chunk in answer.iter_raw():
                held += chunk
                if len(held) > limit:
                    raise Unreachable("PULL-ANSWER", f"{where}: more than {limit} bytes")
                if time.monotonic() > until:
                    raise Unreachable("PULL-SILENT", where)
        except httpx.RemoteProtocolError:
            raise Unreachable("PULL-LENGTH" if "content-length" in answer.headers else "PULL-CUT", where) from None
        except httpx.HTTPError as error:
            raise Unreachable(fault_of(error), where) from None
        return bytes(held)

    def _opened(self, answer: httpx.Response, sent: Letter, body: bytes, where: str) -> Answer:
        """The answer, if it is the one to this request. An unsigned `not found` may be anybody's."""
        given = {name.lower(): value for name, value in answer.headers.items()}
        letter = Letter(str(answer.status_code), sent.target, given, body)
        if len(body) % envelope.BLOCK:
            raise Unreachable("PULL-LENGTH", where)
        try:
            clear = envelope.unpack(self.keys, letter, self.clock())
            if given.get(envelope.NONCE) != sent.headers[envelope.NONCE]:
                raise Broken("nonce")
        except Broken as broken:
            if answer.is_error:
                raise _refused(answer, where) from None
            raise Unreachable(BROKEN_FAULTS[broken.what], where) from None
        return Answer(answer.status_code, given, clear)


@contextmanager
def line(point: str, connection: Connection) -> Iterator[Line]:
    """The line to the interface that a connection names. Raises Unreachable (PULL-SETTINGS, PULL-TLS-PLAIN)."""
    extra = connection.extra
    trust = _trust(connection)
    try:
        keys = envelope.keys_of(extra)
        patience = Patience(**{name: _number(extra[name]) for name in vars(Patience()) if name in extra})
        base = str(extra.get("base", "")).rstrip("/")
        host = f"[{connection.host}]" if ":" in connection.host else connection.host
        port = f":{connection.port}" if connection.port else ""
        address = httpx.URL(f"{'https' if trust else 'http'}://{host}{port}")
    except (KeyError, TypeError, ValueError, httpx.InvalidURL):
        raise Unreachable("PULL-SETTINGS", connection.address) from None
    with httpx.Client(
        base_url=address,
        verify=trust or False,
        trust_env=False,
        timeout=patience.timeout,
        headers={"accept-encoding": "identity", "user-agent": "lakehouse"},
    ) as client:
        yield Line(client, keys, connection.login or point, connection.address, base, patience)


def fault_of(error: httpx.HTTPError) -> str:
    """The code of what went wrong on the line."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _fault_of_certificate(cause)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return "PULL-PROTOCOL"
        if isinstance(cause, socket.gaierror):
            return "PULL-NAME"
        if isinstance(cause, ConnectionRefusedError):
            return "PULL-REFUSED"
        if isinstance(cause, OSError) and cause.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return "PULL-UNROUTED"
    if isinstance(error, httpx.ConnectTimeout) and not any("handshake" in str(cause) for cause in causes):
        return "PULL-UNROUTED"
    if isinstance(error, httpx.TimeoutException):
        return "PULL-SILENT"
    is_strange = isinstance(error, httpx.ProtocolError) and "disconnected" not in str(error)
    return "PULL-PROTOCOL" if is_strange or isinstance(error, httpx.DecodingError) else "PULL-CUT"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _fault_of_certificate(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in (NOT_YET_VALID, EXPIRED):
        return "PULL-TLS-EXPIRED"
    return "PULL-TLS-NAME" if error.verify_code in (OTHER_NAME, OTHER_ADDRESS) else "PULL-TLS"


def _refused(answer: httpx.Response, where: str) -> Unreachable:
    """What the status of an answer without envelope says."""
    status = answer.status_code
    place = f"{where}: {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Unreachable("PULL-BUSY", place, _asked(answer))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unreachable("PULL-FAILED", place, _asked(answer))
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Unreachable("PULL-LOGIN", place)
    return Unreachable("PULL-REJECTED" if status >= HTTPStatus.BAD_REQUEST else "PULL-ANSWER", place)


def _asked(answer: httpx.Response) -> float:
    """Seconds that `Retry-After` asks for: a number, or the time of a clock; 0 where it says neither."""
    text = answer.headers.get("retry-after", "")
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0


def _trust(connection: Connection) -> ssl.SSLContext | None:
    """What trusts the connection's authority and no other; None for a plain connection within this machine."""
    scheme = connection.schema or "https"
    if scheme == "http":
        if not _is_here(connection.host):
            raise Unreachable("PULL-TLS-PLAIN", connection.address)
        return None
    authority = connection.extra.get("authority")
    if scheme != "https" or not isinstance(authority, str):
        raise Unreachable("PULL-SETTINGS", f"{connection.address}: authority")
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        trust.load_verify_locations(
            cadata=authority if "-----BEGIN" in authority else Path(authority).read_text("ascii")
        )
    except (OSError, ValueError):
        raise Unreachable("PULL-SETTINGS", f"{connection.address}: authority") from None
    return trust


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _number(value: Any) -> Any:
    """A setting as a number; a URI can only hold text."""
    number = float(value)
    return int(number) if number.is_integer() else number
