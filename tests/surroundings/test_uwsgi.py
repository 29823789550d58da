"""uWSGI loads an application once, and forks in C afterwards, of which Python is not told."""

from __future__ import annotations

from helper import answer_of, check_that_nobody_gets_anothers, client, free_port, listening

NAME, PACKAGES = "uWSGI", ["uwsgi"]


def application():
    payments = client()
    payments.count()  # what a worker inherits was used: a connection, and a token

    def answer(environ, start):
        body = answer_of(payments, environ["QUERY_STRING"])
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return answer


def test_preforked_workers(measured):
    """1,000 reads and 1,000 creates over four preforked workers, default options: none gets another's answer."""
    port = free_port()
    command = ["uwsgi", "--http-socket", f"127.0.0.1:{port}", "--master", "--die-on-term", "--need-app"]
    with listening(*command, "--processes", "4", "--module", "test_uwsgi:application()", port=port):
        measured(check_that_nobody_gets_anothers(port, 1000, workers=4))
