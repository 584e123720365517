"""The same work on several threads at once."""

import threading
from collections.abc import Callable, Iterable


def at_once(work: Callable[[int], object], numbers: Iterable[int]) -> None:
    """Do the work for each number, all together; raises the first error that any of them ended with."""
    errors: list[Exception] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - it is raised below
            errors.append(error)

    workers = [threading.Thread(target=guarded, args=[number]) for number in numbers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if errors:
        raise errors[0]
