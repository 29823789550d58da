"""The life of a client, as plugins are told of it: opened before its first call, closed after its last one."""

from __future__ import annotations

from collections.abc import Generator

from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna.plugins.flow import Effect, FlowOf, Lock


class Life:
    """What plugins were told of the life of a client. Its views share it.

    Attributes:
        lock: Held by whoever finishes the opening.
        is_opening: Whether a plugin has something to do before the first call.
        has_ended: Whether plugins were told that the client is closed.
    """

    def __init__(self, plugins: PluginSet) -> None:
        self.lock = Lock()
        self.is_opening = False
        self.has_ended = False
        self._plugins = plugins
        self._opening: Generator[Effect, object, None] | None = None
        self._wanted: Effect | None = None
        self._failed = False

    def open(self) -> None:
        """Tell plugins that the client was made, until one has to wait for something.

        Raises:
            PluginError: One failed.
        """
        self._opening = self._plugins.opening()
        try:
            self._wanted = next(self._opening)
            self.is_opening = True
        except StopIteration:
            self._opening = None

    def rest(self) -> FlowOf[None]:
        """Do what is still to be done before the first call.

        Raises:
            PluginError: One failed.
            RuntimeError: One failed before.
        """
        if self._failed:
            raise RuntimeError("this client is closed: a plugin failed when it was opened; make another")
        if self._opening is None or self._wanted is None:
            return
        self._failed = True  # until it is done
        yield from _resumed(self._opening, self._wanted)
        self._opening = self._wanted = None
        self._failed = self.is_opening = False

    def ends(self) -> bool:
        """Mark the end, and return whether it is the first time."""
        is_first, self.has_ended = not self.has_ended, True
        return is_first


def _resumed(flow: Generator[Effect, object, None], wanted: Effect) -> FlowOf[None]:
    """Go on with a flow from an effect that it has yielded."""
    try:
        while True:
            try:
                answer = yield wanted
            except BaseException as error:
                wanted = flow.throw(error)
            else:
                wanted = flow.send(answer)
    except StopIteration:
        pass
    finally:
        flow.close()
