"""Keep what models were found not to take, for the length of a run and for its next start.

Turns lessons into one small file each in the run folder, so that processes that share a run lose none
and nobody is refused for the same thing again. Knows neither how a lesson is learned nor what is sent.
"""

import hashlib
import json
import logging

from schemas.errors import ParameterRefused, Retryable
from schemas.folders.run import RunFolder
from schemas.lesson import Lesson, Lessons
from tasks.doors.storage import shards

log = logging.getLogger("evolflow.lessons")


class Learnt:
    """What is known of every model; used from the engine's thread alone."""

    def __init__(self, folder: RunFolder | None) -> None:
        """Begin with what earlier starts of a run learned; None keeps nothing."""
        self._folder = folder
        self._by_model: dict[str, dict[str, Lesson]] = {}
        self._known: set[tuple[str, str, bool, str | None]] = set()
        for lesson in lessons_in(folder) if folder is not None else ():
            self._take(lesson)

    def of(self, model: str) -> Lessons:
        """Return what a model does not take, by parameter."""
        return self._by_model.get(model, {})

    def add(self, *lessons: Lesson) -> None:
        """Learn, say and keep what was not known."""
        for lesson in filter(self._take, lessons):
            log.warning("%s", lesson.text)
            if self._folder is not None:
                what = json.dumps([lesson.model, lesson.parameter, lesson.is_learned])
                name = hashlib.sha256(what.encode()).hexdigest()[:16]
                shards.write_json(lesson.record(), self._folder.lesson(name))

    def heed(self, error: Retryable) -> None:
        """Learn from a failure, if it teaches anything."""
        if isinstance(error, ParameterRefused):
            self.add(error.lesson)

    def _take(self, lesson: Lesson) -> bool:
        what = (lesson.model, lesson.parameter, lesson.is_learned, lesson.instead)
        if what in self._known:
            return False
        self._known.add(what)
        if lesson.is_learned:
            self._by_model.setdefault(lesson.model, {})[lesson.parameter] = lesson
        return True


def lessons_in(folder: RunFolder) -> list[Lesson]:
    """Return what a run's models were found not to take, in the order of their names."""
    found = [Lesson.of(shards.read_json(path)) for path in folder.lessons()]
    return sorted(found, key=lambda one: (one.model, one.parameter))
