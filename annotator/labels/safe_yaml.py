"""YAML that a stranger wrote: measured as a stream of events before anything is made of it.

331 bytes with aliases become 88 MB, and a few kilobytes of brackets exhaust the stack. No file that
Segloop reads (``data.yaml``, ``args.yaml``) needs depth or a hundred thousand values. Aliases are
read in a ``data.yaml`` alone, of which only texts and lists of texts are taken.
"""

from collections.abc import Iterator
from typing import Any

import yaml

from .encodings import encoding_of

MAX_BYTES = 1 << 20
MAX_VALUES = 50_000
MAX_DEPTH = 16

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """It is no YAML, or more of it than is read; the message says which, without the file."""


def load_yaml(content: bytes, *, as_text: bool = False, is_lenient: bool = False) -> object:
    """Return what a YAML file holds. ``as_text``: every scalar stays as it is written.
    ``is_lenient``: aliases are taken (parts of the value may then be one object), and of several
    documents the first.

    Raises YamlError: for what is no text in Unicode, no YAML, larger than ``MAX_BYTES``, nested
    deeper than ``MAX_DEPTH``, of more than ``MAX_VALUES`` values, or with an alias.
    """
    text = _text_of(content)
    try:
        return _load(text, as_text, is_lenient)
    except YamlError:
        if "\t" not in text:
            raise
    return _load(text.replace("\t", "  "), as_text, is_lenient)  # YAML itself forbids tabs


def repeated_keys(content: bytes) -> list[str]:
    """The keys of a mapping that is there already as a YAML file, which occur more than once."""
    seen: dict[str, int] = {}
    depth, is_key = 0, True
    for event in _events(_text_of(content).replace("\t", "  ")):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            if is_key and isinstance(event, yaml.ScalarEvent):
                seen[event.value] = seen.get(event.value, 0) + 1
            is_key = not is_key
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
    return [key for key, count in seen.items() if count > 1]


def _text_of(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise YamlError(f"is larger than {MAX_BYTES >> 20} MB.")
    try:
        return content.decode(encoding_of(content)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise YamlError("is not text in UTF-8; save it as UTF-8.") from error


def _load(text: str, as_text: bool, is_lenient: bool) -> object:
    try:
        _measure(text, is_lenient)
        # BaseLoader builds only str, list and dict, so a class named "no" or "1.0" keeps its name.
        loader = yaml.BaseLoader if as_text else yaml.SafeLoader
        if is_lenient:
            return next(yaml.load_all(text, Loader=loader), None)
        return yaml.load(text, Loader=loader)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise YamlError(f"is not valid YAML{where}.") from error
    except (RecursionError, OverflowError) as error:
        raise YamlError("is not valid YAML.") from error
    except YamlError:
        raise
    except ValueError as error:  # a date that is none, a number of thousands of digits
        raise YamlError("is not valid YAML.") from error


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=_Parser)


def _measure(text: str, is_lenient: bool) -> None:
    depth = values = 0
    for event in _events(text):
        if isinstance(event, yaml.AliasEvent) and not is_lenient:
            raise YamlError("uses an alias (*name); write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if isinstance(event, yaml.NodeEvent):
            values += 1
        if depth > MAX_DEPTH:
            raise YamlError(f"is not valid YAML here: nested deeper than {MAX_DEPTH} levels.")
        if values > MAX_VALUES:
            raise YamlError(f"holds more than {MAX_VALUES:,} values.")
