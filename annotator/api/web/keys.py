"""Unknown keys of a request are refused by a sentence that names the nearest known one.

A key that is not known is nearly always a typo, and the request without it means something else:
``cancel {"mod": "keep"}`` would end a run at once.
"""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from rest_framework import serializers

NO_FIELDS: Mapping[str, Any] = {}


class UnknownKeysError(serializers.ValidationError):
    """``errors``: for each unknown key, by its path such as ``classes.0.colr``, the sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__({path: [sentence] for path, sentence in errors.items()})
        self.sentences = list(errors.values())


def refuse_unknown(errors: dict[str, str]) -> None:
    """Raise ``UnknownKeysError`` where there are errors."""
    if errors:
        raise UnknownKeysError(errors)


def unknown_keys(
    data: Any,
    serializer: serializers.BaseSerializer[Any] | None,
    *,
    shown: Collection[str] = (),
) -> dict[str, str]:
    """Return a sentence for each key of ``data``, at any depth, that ``serializer`` does not take.

    ``shown``: fields of the answer, which are told apart from what is not there at all. What is no
    object where one is expected is left to the serializer.
    """
    return dict(_walk(data, serializer, "", shown))


def _walk(
    data: Any, field: Any, path: str, shown: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        if isinstance(data, list) and _has_keys(field.child):
            for index, item in enumerate(data):
                yield from _walk(item, field.child, _join(path, index))
    elif isinstance(data, Mapping) and (field is None or isinstance(field, serializers.Serializer)):
        known = NO_FIELDS if field is None else settable_fields(field)
        for key, value in data.items():
            if key not in known:
                yield _join(path, key), explain_unknown(key, known, shown=shown)
            elif _has_keys(known[key]):
                yield from _walk(value, known[key], _join(path, key))


def _has_keys(field: Any) -> bool:
    """Whether objects may lie in a field. A polygon of a million numbers is not looked through."""
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return _has_keys(field.child)
    return isinstance(field, serializers.Serializer)


def _join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


def settable_fields(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    """Return the fields that a request may set."""
    return {name: field for name, field in serializer.fields.items() if not field.read_only}


def explain_unknown(key: str, known: Mapping[str, Any], *, shown: Collection[str] = ()) -> str:
    """Say that there is no ``key``, and which of ``known`` was probably meant."""
    name = key if len(key) <= 60 else f"{key[:60]}…"
    if key in shown:
        return f"`{name}` cannot be set here.{_list_known(known)}"
    if near := get_close_matches(key.lower(), known, n=1):
        return f"There is no `{name}` here; did you mean `{near[0]}`?"
    for field_name, field in known.items():  # cancel {"keep": true}
        if key in getattr(field, "choices", ()):
            return f"There is no `{name}` here; did you mean `{field_name}`: `{name}`?"
    return f"There is no `{name}` here.{_list_known(known) or ' This request takes no keys.'}"


def _list_known(known: Collection[str]) -> str:
    return f" There is {', '.join(f'`{name}`' for name in known)}." if known else ""
