"""gevent makes threads greenlets. As it asks, it patches before anything else is imported."""

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()

import sys

from helper import client, running

NAME, PACKAGES = "gevent", ["gevent"]


def program() -> None:
    import gevent

    with client(deadline=30) as payments:
        greenlets = [gevent.spawn(payments.count) for _ in range(150)]
        gevent.joinall(greenlets, timeout=60)
        assert [each.value for each in greenlets] == [0] * 150
        for number in range(20):
            with gevent.Timeout(number / 2000, False):
                payments.count()
        assert payments.count() == 0


def test_greenlets():
    """150 greenlets at once on one client, then 20 calls that a `gevent.Timeout` breaks off: the client still works."""
    with running(sys.executable, __file__) as process:
        assert process.wait(100) == 0


if __name__ == "__main__":
    program()
