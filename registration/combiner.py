"""The combiner: requests that arrive while a transaction runs share the next one."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Generic, Protocol, TypeVar, cast

from registration.database import transaction

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Asked_contra = TypeVar("Asked_contra", contravariant=True)
Answer_co = TypeVar("Answer_co", covariant=True)

MOST_TRIES = 20


class Again(Exception):  # it is an instruction, not an error
    """Raised by work that was decided on what is no longer so: do it once more from the start."""


class Work(Protocol[Asked_contra, Answer_co]):
    """What a `Combiner` does: one answer for each request, inside one transaction."""

    def __call__(self, asked: Sequence[Asked_contra], /, *, again: bool) -> Sequence[Answer_co]:
        """Answer the requests; ``again`` says that the last try ended in `Again`."""


class Combiner(Generic[Asked, Answer]):
    """Lets requests that arrive while a transaction runs share the next one.

    One commit then serves many, which is what makes a durable single write cheap. The first
    thread that finds nobody at work does the work of all that queue (flat combining: Hendler,
    Incze, Shavit, Tzafrir, SPAA 2010).
    """

    def __init__(
        self,
        work: Work[Asked, Answer],
        *,
        most: int,
        within: Callable[[], AbstractContextManager[object]] = transaction,
    ) -> None:
        """``work`` gets 1 to ``most`` requests at a time, each time ``within`` a unit of work."""
        self._work = work
        self._within = within
        self._most = most
        self._queue: list[_Request[Asked, Answer]] = []
        self._guard = threading.Lock()
        self._busy = False

    def ask(self, asked: Asked) -> Answer:
        """Return the answer to ``asked`` once it is committed; raise what the work raises.

        A shared transaction that fails is repeated for each of its requests alone, so that one
        bad request never fails another.
        """
        request: _Request[Asked, Answer] = _Request(asked)
        with self._guard:
            self._queue.append(request)
            leads = not self._busy
            self._busy = True
        if not leads:
            request.turn.acquire()
        if not request.done:
            self._lead()
        if request.error is not None:
            raise request.error
        return cast(Answer, request.answer)

    def _lead(self) -> None:
        with self._guard:
            batch, self._queue = self._queue[: self._most], self._queue[self._most :]
        try:
            self._serve(batch)
        finally:
            with self._guard:
                self._busy = bool(self._queue)
                if self._queue:
                    self._queue[0].turn.release()

    def _serve(self, batch: "Sequence[_Request[Asked, Answer]]") -> None:
        try:
            answers = self._try([request.asked for request in batch])
        except Exception as error:  # handed to whoever asked
            if len(batch) > 1:
                for request in batch:
                    self._serve([request])
            else:
                batch[0].settle(None, error)
            return
        for request, answer in zip(batch, answers, strict=True):
            request.settle(answer, None)

    def _try(self, asked: Sequence[Asked]) -> Sequence[Answer]:
        for attempt in range(MOST_TRIES):
            try:
                with self._within():
                    return self._work(asked, again=attempt > 0)
            except Again:
                continue
        raise Again


class _Request(Generic[Asked, Answer]):
    """One request in a `Combiner`'s queue."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.done = False
        self.turn = threading.Lock()
        self.turn.acquire()

    def settle(self, answer: Answer | None, error: Exception | None) -> None:
        """Note the outcome and wake who waits."""
        self.answer, self.error, self.done = answer, error, True
        self.turn.release()
