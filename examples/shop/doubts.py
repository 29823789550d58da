"""Writes whose answer was lost: kept in the database as they were raised, and settled by a run of the shop after that.

A capture may have taken the money although its answer never came. Until that is known, nothing else is done with its
order: a second capture might take the money twice. Nor are two steps of one order taken at once.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from commercelayer_klarna import AmbiguousWriteError, AsyncKlarnaPayments, CommerceLayerError


class InDoubtError(Exception):
    """Nothing may be done with an order until it is known what becomes of another step."""


class Doubts:
    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._under_way: set[str] = set()
        with database:
            database.execute("create table if not exists doubts (order_id, step, error blob, outcome)")

    @contextmanager
    def kept(self, order_id: str) -> Generator[None]:
        """Take a step of an order, and keep the doubt if its answer is lost."""
        if order_id in self._under_way or "in doubt" in self.told(order_id).values():
            raise InDoubtError(f"order {order_id} waits until it is known what becomes of another step")
        self._under_way.add(order_id)
        try:
            yield
        except AmbiguousWriteError as error:
            with self._database:
                row = (order_id, error.operation, pickle.dumps(error), "in doubt")
                self._database.execute("insert into doubts values (?, ?, ?, ?)", row)
            raise
        finally:
            self._under_way.discard(order_id)

    def told(self, order_id: str) -> dict[str, str]:
        """Return the steps of an order that were ever in doubt, and what is known of each."""
        asked = "select step, outcome from doubts where order_id = ? order by rowid"
        return dict(self._database.execute(asked, [order_id]))

    async def settle(self, payments: AsyncKlarnaPayments) -> None:
        """Find out what became of all that is in doubt, as far as the API tells by now."""
        kept = self._database.execute("select rowid, error from doubts where outcome = 'in doubt'").fetchall()
        for row, error in kept:
            try:
                settled = await payments.settle(pickle.loads(error))  # noqa: S301 - this shop wrote it
            except CommerceLayerError:
                continue  # the API is not there: next time
            if settled.outcome != "unknown":
                with self._database:
                    self._database.execute("update doubts set outcome = ? where rowid = ?", (settled.outcome, row))
