"""End with the process that started this one, however that ended.

A process that Python started for another has the end of a pipe whose other end falls with its parent.
Knows nothing of what is done here.
"""

import os
import threading
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import wait


def end_with_it(save: Callable[[], None]) -> None:
    """Leave at once when the parent is gone; nothing where no Python process is the parent.

    Args:
        save: Called first, in a thread of its own: finishes what must not be lost.
    """
    parent = parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        try:
            save()
        finally:
            os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()
