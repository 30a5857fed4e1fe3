"""A request that comes a second time under its invocation id is answered again, and not carried out again."""

import threading
import time
from collections.abc import Iterable

import pytest

from local.answers import Answers


class Application:
    """Counts how often it is asked."""

    def __init__(self, status: str = "200 OK", seconds: float = 0) -> None:
        self.asked = 0
        self._status, self._seconds = status, seconds

    def __call__(self, _environ: dict, start_response) -> Iterable[bytes]:
        self.asked += 1
        time.sleep(self._seconds)
        start_response(self._status, [("X-Number", str(self.asked))])
        return [f"answer {self.asked}".encode()]


def ask(answers: Answers, application: Application, invocation: str | None) -> tuple[str, str, bytes]:
    seen: list[tuple[str, str]] = []
    environ = {} if invocation is None else {"HTTP_AMZ_SDK_INVOCATION_ID": invocation}
    body = answers.once(environ, lambda status, headers: seen.append((status, headers[0][1])), application)
    return *seen[-1], b"".join(body)


def test_the_same_invocation_gets_the_same_answer():
    answers, application = Answers(), Application()
    first = ask(answers, application, "a")
    assert ask(answers, application, "a") == first == ("200 OK", "1", b"answer 1")
    assert ask(answers, application, "b")[2] == b"answer 2"


@pytest.mark.parametrize(("status", "invocation"), [("503 Slow Down", "a"), ("400 Bad", "a"), ("200 OK", None)])
def test_failures_and_requests_without_a_name_are_carried_out_each_time(status, invocation):
    answers, application = Answers(), Application(status)
    for number in (1, 2):
        assert ask(answers, application, invocation)[1] == str(number)


def test_a_repetition_waits_for_the_first():
    answers, application = Answers(), Application(seconds=0.2)
    found: list[tuple[str, str, bytes]] = []
    threads = [threading.Thread(target=lambda: found.append(ask(answers, application, "a"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert application.asked == 1
    assert len(set(found)) == 1
