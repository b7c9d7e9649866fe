"""What a search does after each epoch of a trial's run. Optuna is imported for trials only."""

from training.models import Run, Trial


def follow_epoch(run: Run) -> None:
    """Stop the run of a trial that has fallen behind."""
    if Trial.objects.filter(run=run).exists():
        from .searching import prune_if_hopeless  # keeps Optuna out of the web process

        prune_if_hopeless(run)
