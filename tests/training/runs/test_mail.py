"""Who started a run is told of its end by mail, and a failing mail server harms nothing."""

import socket
from typing import cast

import pytest
from django.core import mail
from pytest_django import Settings

from training.models import Run, RunGroup, Search, Trial
from training.runs.mail import tell_end

from ..conftest import Trained

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing(trained: Trained, settings: Settings) -> Run:
    settings.EMAIL_HOST = "mail.pond.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = "https://pond.example"
    trained.pond.lead.email = "lead@pond.example"
    trained.pond.lead.save()
    return trained.run


def send(run: Run) -> list[mail.EmailMessage]:
    mail.outbox.clear()
    thread = tell_end(run.pk)
    if thread is not None:
        thread.join()
    return cast(list[mail.EmailMessage], list(mail.outbox))


def test_a_finished_run_is_told_with_its_figure_and_address(mailing: Run) -> None:
    mailing.name = "night\nBcc: everybody@pond.example"
    mailing.save(update_fields=["name"])
    (message,) = send(mailing)
    assert message.subject == "Segloop: night Bcc: everybody@pond.example has finished"
    assert message.to == ["lead@pond.example"]
    assert message.recipients() == ["lead@pond.example"]
    assert "Best mask mAP50: 0." in message.body
    assert f"https://pond.example/runs/{mailing.pk}/results" in message.body


def test_a_failed_run_says_why(mailing: Run) -> None:
    Run.objects.filter(pk=mailing.pk).update(
        state="failed", error="The disk is full.", error_hint="Free some space."
    )
    (message,) = send(mailing)
    assert message.subject.endswith("has failed")
    assert "The disk is full.\nFree some space." in message.body


@pytest.mark.parametrize(
    "why", ["no server", "no address", "cancelled", "left", "inactive", "trial", "nobody"]
)
def test_nobody_is_told_what_they_did_not_ask_for(
    mailing: Run, trained: Trained, settings: Settings, why: str
) -> None:
    lead = trained.pond.lead
    if why == "no server":
        settings.EMAIL_HOST = ""
    elif why == "no address":
        lead.email = ""
        lead.save()
    elif why == "cancelled":
        Run.objects.filter(pk=mailing.pk).update(state="cancelled")
    elif why == "left":
        lead.memberships.all().delete()
    elif why == "inactive":
        lead.is_active = False
        lead.save()
    elif why == "trial":
        group = RunGroup.objects.create(dataset=mailing.dataset, name="search")
        search = Search.objects.create(
            group=group, version=mailing.version, request={}, space=[], trial_count=1
        )
        Trial.objects.create(search=search, run=mailing, number=0, parameters={})
    else:
        Run.objects.filter(pk=mailing.pk).update(created_by=None)
    assert send(mailing) == []


def test_a_mail_server_that_refuses_or_is_away_harms_nothing(
    mailing: Run, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_PORT = server.getsockname()[1]
    settings.EMAIL_HOST = "127.0.0.1"  # where nobody listens any more
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert send(mailing) == []
    assert "the mail of its end was not sent" in caplog.text
    mailing.refresh_from_db()
    assert mailing.state == "finished"
    assert settings.EMAIL_TIMEOUT <= 30  # one that hangs is let go of
