"""Optuna, for a search whose state lies in the database: each question builds the study anew.

Imported by workers only, when they need it.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

from training.models import Pruner

from .space import Dimension, fit

optuna.logging.set_verbosity(logging.WARNING)

Result = Literal["running", "finished", "pruned", "failed"]
_STATES: dict[Result, TrialState] = {
    "running": TrialState.RUNNING,
    "finished": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}
FEWEST_FOR_IMPORTANCE = 4
REDUCTION = 3
"""Of Hyperband: a third of the trials go on from one rung to the next, three times as far away."""


@dataclass(frozen=True)
class TrialRecord:
    """A trial as the study sees it. ``scores``: epoch → result so far; ``value``: of "finished"."""

    parameters: Mapping[str, float]
    result: Result
    value: float | None
    scores: Mapping[int, float]


@dataclass(frozen=True)
class Plan:
    """What of a search the study depends on. ``name``: Hyperband draws its brackets by it."""

    name: str
    space: Sequence[Dimension]
    trial_count: int
    seed: int
    pruner: str
    epochs: int


def ask(plan: Plan, trials: Sequence[TrialRecord]) -> dict[str, float]:
    """Return the parameters to try next, by the tree-structured Parzen estimator (TPE).

    The same trials before and the same seed give the same parameters.
    """
    study = build_study(plan, trials)
    asked = study.ask(_distributions(plan.space)).params
    return {item["name"]: fit(item, asked[item["name"]]) for item in plan.space}


def is_hopeless(plan: Plan, trials: Sequence[TrialRecord], number: int) -> bool:
    """Whether the trial ``number``, which runs, falls so far behind that it should end.

    The first never does: it has the arguments as they were, and the others are measured by it.
    """
    if number == 0:
        return False
    if plan.pruner == Pruner.HYPERBAND:
        return _falls_at_a_rung(plan, trials, number)
    study = build_study(plan, trials)
    return study.pruner.prune(study, study.get_trials(deepcopy=False)[number])


def _falls_at_a_rung(plan: Plan, trials: Sequence[TrialRecord], number: int) -> bool:
    """Whether Hyperband stops the trial at the rung of epochs that it has just reached.

    What each trial came to at its rungs, Optuna notes in the study while it is asked. One that is
    built anew knows nothing of that, and would stop nobody: so all trials climb once more.
    """
    rungs = _rungs(plan)
    if max(trials[number].scores, default=0) not in rungs:
        return False
    study = optuna.create_study(
        study_name=plan.name, direction="maximize", pruner=_make_pruner(plan)
    )
    climbing: list[optuna.Trial] = []
    for trial in trials:
        study.enqueue_trial(dict(trial.parameters))
        climbing.append(study.ask(_distributions(plan.space)))
    is_stopped = False
    for i in (*(i for i in range(len(trials)) if i != number), number):
        for epoch in rungs:
            if epoch in trials[i].scores:
                climbing[i].report(trials[i].scores[epoch], epoch)
                is_stopped = climbing[i].should_prune()
    return is_stopped


def _rungs(plan: Plan) -> list[int]:
    """The epochs at which Hyperband may stop a trial."""
    rungs = [_warmup(plan)]
    while rungs[-1] * REDUCTION <= plan.epochs:
        rungs.append(rungs[-1] * REDUCTION)
    return rungs


def find_importance(plan: Plan, trials: Sequence[TrialRecord]) -> dict[str, float]:
    """Return each argument's share in the differences of the results, the largest first (PED-ANOVA,
    Watanabe et al. 2023); {} while too few trials have finished."""
    finished = [trial.value for trial in trials if trial.result == "finished"]
    if len(finished) < FEWEST_FOR_IMPORTANCE or len(set(finished)) == 1:
        return {}
    shares = optuna.importance.get_param_importances(build_study(plan, trials))
    return {name: round(share, 4) for name, share in shares.items()}


def build_study(plan: Plan, trials: Sequence[TrialRecord]) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=min(10, max(3, plan.trial_count // 4)),
        # A sampler begins anew with each question: another seed each, or it would draw the same.
        seed=(plan.seed + 7919 * len(trials)) % 2**32,
    )
    study = optuna.create_study(
        study_name=plan.name, direction="maximize", sampler=sampler, pruner=_make_pruner(plan)
    )
    distributions = _distributions(plan.space)
    for trial in trials:
        study.add_trial(
            create_trial(
                state=_STATES[trial.result],
                value=trial.value if trial.result == "finished" else None,
                params=dict(trial.parameters),
                distributions=distributions,
                intermediate_values=dict(trial.scores),
            )
        )
    return study


def _make_pruner(plan: Plan) -> optuna.pruners.BasePruner:
    if plan.pruner == Pruner.MEDIAN:
        return optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=_warmup(plan))
    if plan.pruner == Pruner.HYPERBAND:
        return optuna.pruners.HyperbandPruner(
            min_resource=_warmup(plan), max_resource=plan.epochs, reduction_factor=REDUCTION
        )
    return optuna.pruners.NopPruner()


def _warmup(plan: Plan) -> int:
    """Epochs that every trial is given."""
    return max(1, plan.epochs // 5)


def _distributions(space: Sequence[Dimension]) -> dict[str, BaseDistribution]:
    return {
        item["name"]: IntDistribution(int(item["low"]), int(item["high"]), log=item["log"])
        if item["kind"] == "int"
        else FloatDistribution(item["low"], item["high"], log=item["log"])
        for item in space
    }
