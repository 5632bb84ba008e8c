"""An S3 server for tests: moto's, with real HTTP between, which can be told to fail."""

import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import fsspec
import pytest
import s3fs
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Environment = dict[str, Any]
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"

_ERROR = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
REFUSALS = {
    "SlowDown": ("503 Service Unavailable", "Please reduce your request rate."),
    "ServiceUnavailable": ("503 Service Unavailable", "Please try again."),
    "InternalError": ("500 Internal Server Error", "We encountered an internal error."),
    "AccessDenied": ("403 Forbidden", "Access Denied"),
    "RequestTimeTooSkewed": (
        "403 Forbidden",
        "The difference between the request time and the server's time is large.",
    ),
}


@dataclass
class Fault:
    """Requests that fail: those that `matches` takes, the first `times` of them.

    `kind` is a key of REFUSALS, `reset` (the connection is cut), `lost` (it is done, and the answer gets lost), or
    `slow` (answered after `seconds`).
    """

    kind: str
    matches: Callable[[str, str], bool]
    times: float = float("inf")
    seconds: float = 1.0
    met: int = 0


@dataclass
class S3Server:
    """A running server. `requests` counts by method; `faults` may change at any time."""

    url: str = ""
    requests: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    knows_conditions: bool = True

    def reset(self) -> None:
        """Fail no more, count from nothing."""
        self.faults.clear()
        self.requests.clear()
        self.knows_conditions = True

    def bucket(self) -> str:
        """URL of a new bucket."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        fsspec.filesystem("s3").mkdir(name)
        return f"s3://{name}"

    def fail(self, kind: str, method: str = "", path: str = "", **options: Any) -> Fault:
        """Let requests fail whose method is `method` and whose path holds `path`; either may be any."""
        fault = Fault(kind, lambda m, p: (not method or m in method.split()) and path in p, **options)
        self.faults.append(fault)
        return fault


class _QuietHandler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


class _Faulty:
    def __init__(self, server: S3Server) -> None:
        self._server = server
        self._app = DomainDispatcherApplication(create_backend_app)
        self._one_write_at_a_time = threading.Lock()

    def __call__(self, environ: Environment, start_response: Any) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self._server.requests[method] += 1
        for fault in self._server.faults:
            if fault.met < fault.times and fault.matches(method, path):
                fault.met += 1
                return self._fail(fault, environ, start_response)
        return self._serve(environ, start_response)

    def _serve(self, environ: Environment, start_response: Any) -> Iterable[bytes]:
        if not self._server.knows_conditions:
            for header in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
                environ.pop(header, None)
        if environ["REQUEST_METHOD"] != "PUT":
            return self._app(environ, start_response)
        # As S3 does: a conditional write is looked at and carried out in one.
        with self._one_write_at_a_time:
            return self._app(environ, start_response)

    def _fail(self, fault: Fault, environ: Environment, start_response: Any) -> Iterable[bytes]:
        if fault.kind == "slow":
            time.sleep(fault.seconds)
            return self._serve(environ, start_response)
        if fault.kind == "lost":
            list(self._serve(environ, lambda *_: None))
        if fault.kind in ("reset", "lost"):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        status, message = REFUSALS[fault.kind]
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        body = _ERROR.format(code=fault.kind, message=message).encode()
        start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server on a free port, with the environment that clients find it by."""
    server = S3Server()
    http = make_server("127.0.0.1", 0, _Faulty(server), threaded=True, request_handler=_QuietHandler)
    server.url = f"http://127.0.0.1:{http.port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # An instance that is kept would still know another server.
        s3fs.S3FileSystem.clear_instance_cache()
        try:
            yield server
        finally:
            s3fs.S3FileSystem.clear_instance_cache()
            http.shutdown()
            http.server_close()
            thread.join()
