"""First uses in two threads at once: modules are imported then, and each thread finds them whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import commercelayer_klarna

CHILD = """
import sys, threading, time
sys.path[:0] = sys.argv[1:]
import commercelayer_klarna as ck
from commercelayer_klarna._lazy import lazy

on_the_way, met = threading.Event(), threading.Event()

class Meeting:
    # Each thread goes on when the other has begun a module that it needs.
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "commercelayer_klarna._document":
            on_the_way.set()
            met.wait(0.5)
            time.sleep(0.1)
        if name == "commercelayer_klarna.plugins.values":
            met.set()

sys.meta_path.insert(0, Meeting)

def run(use):
    try:
        use()
    except ImportError as error:
        print(error)

(timing,) = lazy("plugins.timing")
first = threading.Thread(target=run, args=(lambda: timing.Timing,))
first.start()
on_the_way.wait()
second = threading.Thread(target=run, args=(lambda: ck.RetryPolicy,))
second.start()
first.join()
second.join()
"""


def run(code: str) -> str:
    paths = [str(Path(__file__).parents[1] / each) for each in ("extensions", "generated")]
    return subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, check=True).stdout


def test_two_threads_that_use_it_first_find_it_whole() -> None:
    """Python gives one of two threads that wait for each other's modules a part of one, so one waits before."""
    assert run(CHILD) == ""


def test_a_type_whose_class_is_not_there_yet_is_waited_for() -> None:
    """What is unpickled may come while another thread imports the classes, of which some are there."""
    child = """
import sys
sys.path[:0] = sys.argv[1:]
from commercelayer_klarna._document import resource_class
from commercelayer_klarna._jsonapi.resource import Resource
class First(Resource, types=("firsts",)): pass
print(resource_class("orders").__name__, resource_class("unknown").__name__)
"""
    assert run(child) == "Order Resource\n"


def test_an_interpreter_completes_every_public_name() -> None:
    """Classes are imported with their first use, so ``dir`` has to be told of them."""
    names = set(
        run(
            "import sys; sys.path[:0] = sys.argv[1:]; import commercelayer_klarna; print(*dir(commercelayer_klarna))"
        ).split()
    )
    assert names > set(commercelayer_klarna.__all__)
