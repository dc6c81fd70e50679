"""Asking several parties at once, within one budget of time; who does not answer in it has not answered."""

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from suyuan.errors import SuyuanError, UnavailableError

Answer = TypeVar("Answer")

BUDGET_SECONDS: Final = 5.0


def ask_all(
    questions: Mapping[str, Callable[[], Answer]], *, seconds: float = BUDGET_SECONDS
) -> dict[str, Answer | SuyuanError]:
    """Give the answer of each question, or the error that stands for it, in the order asked.

    Each is asked in a thread of its own that nobody waits for beyond the budget: a party that hangs hangs alone.
    """
    answers: queue.SimpleQueue[tuple[str, Answer | SuyuanError]] = queue.SimpleQueue()

    def ask(name: str, question: Callable[[], Answer]) -> None:
        try:
            answers.put((name, question()))
        except SuyuanError as error:
            answers.put((name, error))
        except Exception as error:  # What a thread raises nobody sees: it becomes the answer.
            answers.put((name, UnavailableError(f"failed: {type(error).__name__}")))

    for name, question in questions.items():
        threading.Thread(target=ask, args=(name, question), daemon=True).start()
    late = UnavailableError("did not answer in time")
    found: dict[str, Answer | SuyuanError] = dict.fromkeys(questions, late)
    end = time.monotonic() + seconds
    for _ in questions:
        try:
            name, answer = answers.get(timeout=max(end - time.monotonic(), 0.001))
        except queue.Empty:
            break
        found[name] = answer
    return found
