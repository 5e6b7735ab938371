"""Does several things at a time, and all of them though some fail."""

import queue
import threading
from collections.abc import Callable, Sequence


def in_parallel(tasks: Sequence[Callable[[], None]], workers: int) -> list[BaseException]:
    """Do every task, `workers` at a time, and give what they raised.

    The threads do not keep a program alive that is interrupted.
    """
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    errors: list[BaseException] = []

    def work() -> None:
        while not waiting.empty():
            try:
                waiting.get_nowait()()
            except queue.Empty:
                return
            except BaseException as error:  # given to whoever waits for the threads
                errors.append(error)

    threads = [
        threading.Thread(target=work, name=f"fetch-{number}", daemon=True)
        for number in range(min(workers, len(tasks)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
