"""What is served is not deleted: the names that point at a model, and the past that may go."""

from django.db.models import Q, QuerySet

from annotator.kernel.errors import ConflictError
from annotator.models import Dataset
from training.models import Checkpoint, Export, Run, ServedModel, ServedMove, Weights


def _uses(*things: Checkpoint | Export | Weights | Run) -> Q:
    """Rows that use one of them: a checkpoint also by its exports, a run by its checkpoints."""
    found = Q(pk__in=[])
    for thing in things:
        match thing:
            case Checkpoint():
                found |= Q(checkpoint=thing) | Q(export__checkpoint=thing)
            case Run():
                found |= Q(checkpoint__run=thing) | Q(export__checkpoint__run=thing)
            case Export():
                found |= Q(export=thing)
            case Weights():
                found |= Q(weights=thing)
    return found


def served_names(*things: Checkpoint | Export | Weights | Run) -> list[str]:
    """Return the names that point at one of ``things`` now."""
    return list(ServedModel.objects.filter(_uses(*things)).values_list("name", flat=True))


def refuse_served(*things: Checkpoint | Export | Weights | Run) -> None:
    """Raise ConflictError where a name points at one of ``things``."""
    _refuse(served_names(*things))


def refuse_served_of(dataset: Dataset) -> None:
    """Raise ConflictError where a name is answered by a model of ``dataset``, or is its own."""
    rows: QuerySet[ServedModel] = ServedModel.objects.filter(
        Q(dataset=dataset)
        | Q(checkpoint__run__dataset=dataset)
        | Q(export__checkpoint__run__dataset=dataset)
        | Q(weights__dataset=dataset)
    )
    _refuse(list(rows.values_list("name", flat=True)))


def _refuse(names: list[str]) -> None:
    if names:
        shown = ", ".join(f"“{name}”" for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise ConflictError(
            f"It is served as {shown}{more}: move the name to another model or stop serving it "
            "first.",
            code="served",
        )


def forget_moves(*things: Checkpoint | Export | Weights | Run) -> None:
    """Remove from the history of names what no name points at any more, as it is deleted now."""
    ServedMove.objects.filter(_uses(*things)).delete()
