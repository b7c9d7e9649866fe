"""Deliberate faults in the heart of a save: a test that does not notice one is not worth much.

``mutated(name)`` lets the program have a fault for a while: no file is changed, functions get
other code. ``SEGLOOP_MUTANT=name`` does so in the server of tests/annotator/folder/killed.py.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

VARIABLE = "SEGLOOP_MUTANT"


class Mutant(NamedTuple):
    """``old``, which stands once in ``module``, becomes ``new``."""

    module: str
    old: str
    new: str


MUTANTS = {
    "flag cleared although a newer save came": Mutant(
        "annotator.folder.live_folder",
        "pk=image.pk, revision=image.revision, split=image.split, status=image.status",
        "pk=image.pk",
    ),
    "image moved before its label is written": Mutant(
        "annotator.folder.live_folder",
        '    label_sha256 = ""\n',
        '    label_sha256 = ""\n    _move_picture(image, wanted, place)\n',
    ),
    "label file not synced": Mutant(
        "annotator.kernel.files", "            os.fsync(handle.fileno())\n", ""
    ),
    "folder not synced": Mutant(
        "annotator.kernel.files", "        os.fsync(folder_descriptor)\n", "        pass\n"
    ),
}


@contextmanager
def mutated(name: str) -> Iterator[None]:
    """The program with one fault in it."""
    replaced = install(name)
    try:
        yield
    finally:
        for function, code in replaced:
            function.__code__ = code


def install(name: str) -> list[tuple[FunctionType, CodeType]]:
    """Put a fault in; returns each function that has it with the code that it had."""
    mutant = MUTANTS[name]
    module = importlib.import_module(mutant.module)
    assert module.__file__ is not None
    text = Path(module.__file__).read_text()
    assert text.count(mutant.old) == 1, f"{mutant.old!r} stands {text.count(mutant.old)} times"
    other: dict[str, object] = {"__name__": module.__name__, "__package__": module.__package__}
    exec(compile(text.replace(mutant.old, mutant.new), module.__file__, "exec"), other)
    replaced: list[tuple[FunctionType, CodeType]] = []
    for key, value in vars(module).items():
        function, faulty = _plain(value), _plain(other.get(key))
        if function is None or faulty is None or function.__module__ != module.__name__:
            continue
        if function.__code__.co_code != faulty.__code__.co_code:
            replaced.append((function, function.__code__))
            function.__code__ = faulty.__code__
    assert replaced, f"no function has changed in {mutant.module}"
    return replaced


def _plain(value: object) -> FunctionType | None:
    function = getattr(value, "__wrapped__", value)
    return function if isinstance(function, FunctionType) else None
