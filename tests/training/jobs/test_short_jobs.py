"""What takes a moment is not made to wait for what takes a night."""

import pytest

from annotator.models.jobs import JobState
from training.models import Evaluation
from training.runs.checks import request_run_check
from training.runs.training import Training

from ..conftest import TINY, Engine, Pond, freeze, start

pytestmark = pytest.mark.django_db


def test_an_evaluation_goes_before_the_run_that_was_queued_earlier(
    pond: Pond, engine: Engine
) -> None:
    version = freeze(pond)
    first, second = (start(pond, version=version) for _ in range(2))
    engine.follow({}, {}, {})  # a step for the evaluation, too
    Training.take_up(first.pk)
    evaluation = Evaluation.objects.get(run=first)
    assert evaluation.state == JobState.QUEUED
    Training.take_up(second.pk)
    evaluation.refresh_from_db()
    second.refresh_from_db()
    assert evaluation.started_at
    assert second.started_at
    assert evaluation.started_at < second.started_at
    assert second.state == JobState.FINISHED


def test_a_check_goes_before_a_run(pond: Pond, engine: Engine) -> None:
    version = freeze(pond)
    run = start(pond, version=version)
    check = request_run_check(pond.dataset, {**TINY, "version": version}, created_by=pond.lead)
    engine.follow({}, {})
    Training.take_up(run.pk)
    check.refresh_from_db()
    run.refresh_from_db()
    assert check.started_at
    assert run.started_at
    assert check.started_at < run.started_at
