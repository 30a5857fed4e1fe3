"""The HTTP server: health and inventory of its own, everything else authenticated and handed to moto."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from http.client import responses as status_phrases
from typing import Any
from urllib.parse import parse_qsl

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local import inventory, leaks, ownership, request_context
from local.accounts import Accounts
from local.answers import Answers
from local.gaps import install_gaps_of
from local.recorded import SERVICES
from local.refusals import AccessDeniedError, Answer, NotEmulatedError, RefusalError, answer_refusal
from local.runtimes.role_clients import source_context
from local.signing import Environ, ExpiredSignatureError, Scope, read_scope

log = logging.getLogger(__name__)

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Authorizer = Callable[[Environ, Scope, str], None]
"""Sees a request, whose caller is `request_context.principal()`, and the account that owns what it names.

It raises a RefusalError to refuse.
"""


# Their calls may wait for something, and lock what they change themselves. All other calls of a service run one after
# the other in an account: moto changes plain dictionaries without locks, so that two conditional writes to one item,
# or a list beside a change, would go wrong.
_CONCURRENT_SERVICES = {"lambda", "s3", "sqs", "states", "sts"}


class LocalAws(DomainDispatcherApplication):
    """The WSGI application."""

    def __init__(self, accounts: Accounts, authorize: Authorizer, report: Callable[[], dict[str, Any]]) -> None:
        super().__init__(_create_backend_app)
        self._accounts = accounts
        self._authorize = authorize
        self._report = report
        self._locks: dict[tuple[str, str], threading.RLock] = {}
        self._locks_lock = threading.Lock()
        self._answers = Answers()
        self._started_at = datetime.now(UTC).isoformat(timespec="milliseconds")

    @property
    def started_at(self) -> str:
        """When this application was created, as ISO 8601."""
        return self._started_at

    def _answer_in_turn(
        self, service: str, account: str, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        if service in _CONCURRENT_SERVICES:
            return super().__call__(environ, start_response)
        with self._locks_lock:
            turn = self._locks.setdefault((service, account), threading.RLock())
        with turn:
            recorded = SERVICES.get(service)
            if recorded is not None:
                return _send(start_response, recorded.answer(environ, account))
            return super().__call__(environ, start_response)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        scope = None
        try:
            _refuse_browsers(environ)
            if environ["PATH_INFO"].startswith("/_lake/"):
                return _send(start_response, self._answer_own(environ))
            scope = read_scope(environ)
            with request_context.handling(self._authenticate(scope)):
                owner = self._admit(environ, scope)
                if scope.service == "s3":
                    return super().__call__(environ, start_response)
                return self._answers.once(environ, start_response, partial(self._answer_in_turn, scope.service, owner))
        except ExpiredSignatureError:
            return _send(start_response, answer_refusal(environ, "s3", AccessDeniedError("Request has expired")))
        except RefusalError as refusal:
            return _send(start_response, answer_refusal(environ, scope and scope.service, refusal))
        except NotImplementedError as error:
            return _send(start_response, answer_refusal(environ, scope and scope.service, NotEmulatedError(str(error))))
        except Exception as error:
            log.exception("%s %s", environ["REQUEST_METHOD"], environ.get("RAW_URI"))
            failure = RefusalError("InternalError", f"{type(error).__name__}: {error}", 500)
            return _send(start_response, answer_refusal(environ, scope and scope.service, failure))

    def _authenticate(self, scope: Scope | None) -> request_context.Principal:
        if scope is None:
            raise AccessDeniedError("Anonymous requests are not accepted.")
        return self._accounts.authenticate(scope)

    def _admit(self, environ: Environ, scope: Scope) -> str:
        if environ["PATH_INFO"].startswith("/moto-api"):
            raise NotEmulatedError("moto's own control interface")
        owner = ownership.owner_of(environ, scope) or request_context.principal().account
        self._authorize(environ, scope, owner)
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = owner
        return owner

    def _answer_own(self, environ: Environ) -> Answer:
        path = environ["PATH_INFO"]
        if path == "/_lake/health":
            version = importlib.metadata.version("moto")
            return _json(200, {"status": "ok", "moto": version, "startedAt": self._started_at})
        if path == "/_lake/resources":
            return _json(200, {"resources": inventory.list_resources()})
        if path == "/_lake/authorizations":
            return _json(200, self._report())
        if path == "/_lake/sessions" and environ["REQUEST_METHOD"] == "POST":
            return _json(200, self._take_session(json.loads(ownership.read_body(environ))))
        if path == "/_lake/leaks" and environ["REQUEST_METHOD"] == "POST":
            return _json(200, {"found": leaks.find(ownership.read_body(environ), self._accounts.sessions())})
        if path == "/_lake/content":
            asked = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
            return 200, {}, leaks.content_of(asked["bucket"], asked["key"], asked["version"])
        return _json(404, {"message": f"there is no {path}"})

    def _take_session(self, request: dict[str, str]) -> dict[str, str]:
        """Credentials of a role as a service takes them, so that tests can try what jobs and functions may do."""
        role, service, source = request["role"], request["service"], request["source"]
        session = self._accounts.assume_for_service(role, service, "test", source_context(source))
        return {
            "accessKeyId": session.access_key_id,
            "secretAccessKey": session.secret_access_key,
            "sessionToken": session.session_token,
        }


def _refuse_browsers(environ: Environ) -> None:
    """Lets no web page in: what is deployed here runs as code on this machine."""
    host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0]
    from_page = "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none"
    if from_page or not (host == "localhost" or host.endswith("127.0.0.1")):
        raise AccessDeniedError("Web pages and other names of this machine are not let in.")


def _create_backend_app(service: Any) -> Any:
    # Called once for each service, at its first request and under a lock.
    install_gaps_of(service)
    return create_backend_app(service)


class _RequestHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_expect_100(self) -> bool:
        # werkzeug sends the interim answer itself; a second one confuses clients.
        return True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        log.debug('"%s" %s', self.requestline, code)


class Server:
    """Serves an application on the loopback interface until it is stopped."""

    def __init__(self, app: LocalAws, port: int) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, app, threaded=True, request_handler=_RequestHandler
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._server.socket.listen(1024)

    @property
    def endpoint(self) -> str:
        """The URL that AWS clients are pointed at."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def serve(self) -> None:
        """Answers requests until `stop` is called from another thread."""
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Makes `serve` return."""
        threading.Thread(target=self._server.shutdown, daemon=True).start()


def _json(status: int, document: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(document).encode()


def _send(start_response: StartResponse, answer: Answer) -> list[bytes]:
    status, headers, body = answer
    headers = {
        **headers,
        "Content-Length": str(len(body)),
        "Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()),
    }
    start_response(f"{status} {status_phrases.get(status, 'Unknown')}", list(headers.items()))
    return [body]
