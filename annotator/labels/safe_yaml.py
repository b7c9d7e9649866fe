"""YAML that a stranger wrote: measured as a stream of events before anything is made of it.

331 bytes with aliases become 88 MB, and a few kilobytes of brackets exhaust the stack. No file that
Segloop reads (``data.yaml``, ``args.yaml``) needs aliases, depth or a hundred thousand values.
"""

from typing import Any

import yaml

MAX_BYTES = 1 << 20
MAX_VALUES = 50_000
MAX_DEPTH = 16

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """It is no YAML, or more of it than is read; the message says which, without the file."""


def load_yaml(content: bytes, *, as_text: bool = False) -> object:
    """Return what a YAML file holds. ``as_text``: every scalar stays as it is written.

    Raises YamlError: for what is no text in UTF-8, no YAML, larger than ``MAX_BYTES``, nested
    deeper than ``MAX_DEPTH``, of more than ``MAX_VALUES`` values, or with an alias.
    """
    if len(content) > MAX_BYTES:
        raise YamlError(f"is larger than {MAX_BYTES >> 20} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError("is not text in UTF-8; save it as UTF-8.") from error
    try:
        _measure(text)
        # BaseLoader builds only str, list and dict, so a class named "no" or "1.0" keeps its name.
        return yaml.load(text, Loader=yaml.BaseLoader if as_text else yaml.SafeLoader)  # noqa: S506
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


def _measure(text: str) -> None:
    depth = values = 0
    for event in yaml.parse(text, Loader=_Parser):
        if isinstance(event, yaml.AliasEvent):
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
