"""The classes of an evaluation: those of the dataset, joined with those of the model by name."""

from collections.abc import Sequence
from typing import NamedTuple


class JoinedClasses(NamedTuple):
    """``names``: of the dataset in their order, then ``extra``, which only the model knows.

    ``of_model``: for each class index of the model the one in ``names``. ``unknown``: classes of
    the dataset that the model does not know, so that it can never find them.
    """

    names: list[str]
    of_model: list[int]
    unknown: list[str]
    extra: list[str]


def join_classes(dataset: Sequence[str], model: Sequence[str]) -> JoinedClasses:
    """Join by name; a model that has a name twice means the same class by both."""
    known = set(dataset)
    extra = [name for name in dict.fromkeys(model) if name not in known]
    names = [*dataset, *extra]
    place = {name: index for index, name in reversed([*enumerate(names)])}
    told = set(model)
    return JoinedClasses(
        names=names,
        of_model=[place[name] for name in model],
        unknown=[name for name in dataset if name not in told],
        extra=extra,
    )
