"""Runs: start, watch, cancel; their epochs, log and files."""

import math
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.base import NameField
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.models.jobs import JobState
from annotator.permissions import LEADS, MEMBERS, REVIEWERS, datasets_of, get_dataset_for
from training.models import Run, StopMode
from training.permissions import get_checkpoint_for, get_run_for, get_version_for
from training.runs import runs as service
from training.runs.data_counts import UsedData, read_used_data
from training.runs.payloads import (
    EpochPayload,
    RunPayload,
    epoch_payload,
    run_payload,
    runs_for_payload,
)
from training.runs.queue import PRIORITIES, QueuedRun, list_queue
from training.runs.samples import SamplePayload, list_samples
from training.versions.folds import FEWEST_FOLDS, MOST_FOLDS

from .base import list_of, page_of, paginate
from .downloads import file_response
from .schema import schema_of

DEVICE_PATTERN = r"^(auto|cpu|mps|\d{1,2}(,\d{1,2}){0,15})$"
DEVICE_ERROR: dict[str, Any] = {
    "invalid": "A device is “auto”, “cpu”, “mps”, the number of a GPU, or several such as “0,1”."
}
STATES = OpenApiParameter("state", str, enum=JobState.values, many=True)
DATASETS = OpenApiParameter("dataset", str, many=True, description="Slugs of datasets.")


def validate_image_size(value: int) -> None:
    if value % 32:
        below = value // 32 * 32
        raise serializers.ValidationError(
            f"The image size must be a multiple of 32, such as {below or 32} or {below + 32}."
        )


def validate_finite(value: float) -> None:
    """“nan” is a float that no limit stops."""
    if not math.isfinite(value):
        raise serializers.ValidationError("A number is needed.")


class ArgumentField(serializers.JSONField):
    """A number, a truth value, a text or null."""

    def to_internal_value(self, data: Any) -> Any:
        if data is not None and not isinstance(data, bool | int | float | str):
            raise serializers.ValidationError("An argument is a number, a truth value or a text.")
        return data


class FoldInputSerializer(serializers.Serializer[Any]):
    """One fold of a version's train and val: it is validated on, the others are trained on."""

    number = serializers.IntegerField(min_value=1, max_value=MOST_FOLDS)
    count = serializers.IntegerField(min_value=FEWEST_FOLDS, max_value=MOST_FOLDS)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class RunCreateSerializer(serializers.Serializer[Any]):
    """Either ``base_model`` or ``checkpoint`` says where to start; no ``version``: freeze now."""

    dataset = serializers.SlugField()
    version = serializers.IntegerField(required=False, allow_null=True)
    name = NameField(required=False, allow_blank=True, max_length=120)
    base_model = serializers.CharField(required=False, max_length=40)
    checkpoint = serializers.IntegerField(required=False, allow_null=True)
    epochs = serializers.IntegerField(min_value=1, max_value=10_000)
    image_size = serializers.IntegerField(
        min_value=32, max_value=4096, validators=[validate_image_size]
    )
    batch = serializers.IntegerField(min_value=1, max_value=1024)
    device = serializers.RegexField(
        DEVICE_PATTERN, required=False, allow_blank=True, error_messages=DEVICE_ERROR
    )
    seed = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    patience = serializers.IntegerField(required=False, min_value=0, max_value=10_000)
    learning_rate = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=1e-7,
        max_value=1.0,
        validators=[validate_finite],
    )
    allow_smaller_batch = serializers.BooleanField(
        required=False, help_text="Whether to go on with half the batch when the memory runs out."
    )
    priority = serializers.ChoiceField(choices=list(PRIORITIES), required=False)
    arguments = serializers.DictField(
        child=ArgumentField(allow_null=True),
        required=False,
        help_text="Further train arguments of Ultralytics, by name.",
    )
    fold = FoldInputSerializer(required=False, allow_null=True)
    sample_every = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10_000,
        help_text="Epochs between predictions of a few val images; 0: none.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if bool(values.get("base_model")) == (values.get("checkpoint") is not None):
            raise serializers.ValidationError(
                {"base_model": "Say either a base model or a checkpoint to start from."}
            )
        return values


class RunUpdateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120, required=False)
    priority = serializers.ChoiceField(choices=list(PRIORITIES), required=False)


def resolve_run_request(user: User, values: dict[str, Any]) -> service.RunRequest:
    """Put the version and the checkpoint in the place of their ids, if ``user`` may see them."""
    if (version_id := values.pop("version", None)) is not None:
        values["version"] = get_version_for(user, version_id)
    if (checkpoint_id := values.pop("checkpoint", None)) is not None:
        values["checkpoint"] = get_checkpoint_for(user, checkpoint_id)
    return cast(service.RunRequest, values)


class RunListQuerySerializer(serializers.Serializer[Any]):
    group = serializers.IntegerField(required=False, min_value=0, max_value=2**62)


def filter_runs(request: Request) -> QuerySet[Run]:
    """Return the runs of the user's datasets that match the query string."""
    rows = runs_for_payload().filter(dataset__in=datasets_of(current_user(request)))
    query = request.query_params
    if slugs := query.getlist("dataset"):
        rows = rows.filter(dataset__slug__in=slugs)
    if states := query.getlist("state"):
        rows = rows.filter(state__in=states)
    if search := query.get("search"):
        rows = rows.filter(name__icontains=search)
    values = parse(RunListQuerySerializer, query)
    if "group" in values:
        rows = rows.filter(group=values["group"])
    return rows


class RunListView(APIView):
    @extend_schema(
        operation_id="runs_list",
        parameters=[
            *CURSOR_PARAMETERS,
            DATASETS,
            STATES,
            RunListQuerySerializer,
            OpenApiParameter("search", str),
        ],
        responses=page_of(RunPayload),
    )
    def get(self, request: Request) -> Response:
        """List the runs of your datasets, the newest first."""
        return paginate(self, request, filter_runs(request), run_payload)

    @extend_schema(
        operation_id="runs_create",
        request=RunCreateSerializer,
        responses={202: schema_of(RunPayload)},
    )
    def post(self, request: Request) -> Response:
        """Start a run. It waits in the queue until a worker is free."""
        user = current_user(request)
        values = parse(RunCreateSerializer, request.data)
        dataset = get_dataset_for(user, values.pop("dataset"), LEADS)
        run_request = resolve_run_request(user, values)
        run = service.start_run(dataset, run_request, created_by=user)
        return Response(run_payload(run), status=status.HTTP_202_ACCEPTED)


class RunQueueView(APIView):
    pagination_class = None

    @extend_schema(operation_id="runs_queue", responses=list_of(QueuedRun))
    def get(self, request: Request) -> Response:
        """List the runs that wait, in the order in which they are taken up, and why they wait."""
        return Response(list_queue(current_user(request)))


class LatestRunsView(APIView):
    pagination_class = None

    @extend_schema(operation_id="runs_latest", parameters=[DATASETS], responses=list_of(RunPayload))
    def get(self, request: Request) -> Response:
        """Return the newest run of each of the datasets."""
        datasets = datasets_of(current_user(request))
        if slugs := request.query_params.getlist("dataset"):
            datasets = datasets.filter(slug__in=slugs)
        rows = runs_for_payload().filter(pk__in=service.latest_runs(list(datasets)))
        return Response([run_payload(run) for run in rows])


class RunView(APIView):
    @extend_schema(operation_id="runs_read", responses=schema_of(RunPayload))
    def get(self, request: Request, run_id: int) -> Response:
        return Response(run_payload(get_run_for(current_user(request), run_id)))

    @extend_schema(
        operation_id="runs_update",
        request=RunUpdateSerializer,
        responses=schema_of(RunPayload),
    )
    def patch(self, request: Request, run_id: int) -> Response:
        """Rename a run, or move it in the queue."""
        user = current_user(request)
        run = get_run_for(user, run_id, LEADS)
        service.update_run(run, **parse(RunUpdateSerializer, request.data))
        return Response(run_payload(get_run_for(user, run_id)))

    @extend_schema(operation_id="runs_delete", responses={204: None})
    def delete(self, request: Request, run_id: int) -> Response:
        """Delete a run that has ended, with its checkpoints and evaluations."""
        service.delete_run(get_run_for(current_user(request), run_id, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RunCancelSerializer(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(
        choices=StopMode.choices,
        default=StopMode.NOW,
        help_text="“keep” ends it as finished and evaluates it; “now” ends it as cancelled.",
    )


class RunCancelView(APIView):
    @extend_schema(
        operation_id="runs_cancel",
        request=RunCancelSerializer,
        responses={202: schema_of(RunPayload)},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Stop after the present batch. The checkpoints so far stay."""
        user = current_user(request)
        run = get_run_for(user, run_id, LEADS)
        service.cancel_run(run, StopMode(parse(RunCancelSerializer, request.data)["mode"]))
        return Response(run_payload(get_run_for(user, run_id)), status=status.HTTP_202_ACCEPTED)


class RunResumeView(APIView):
    @extend_schema(operation_id="runs_resume", request=None, responses={202: schema_of(RunPayload)})
    def post(self, request: Request, run_id: int) -> Response:
        """Let a run that failed or was cancelled go on from its last.pt."""
        user = current_user(request)
        service.resume_run(get_run_for(user, run_id, LEADS), resumed_by=user)
        return Response(run_payload(get_run_for(user, run_id)), status=status.HTTP_202_ACCEPTED)


class RunSampleListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="run_samples_list", responses=list_of(SamplePayload))
    def get(self, request: Request, run_id: int) -> Response:
        """List what was predicted on the same few images of val while the run learned."""
        return Response(list_samples(get_run_for(current_user(request), run_id)))


class EpochListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="epochs_list",
        parameters=[OpenApiParameter("after", int, description="Only later epochs.")],
        responses=list_of(EpochPayload),
    )
    def get(self, request: Request, run_id: int) -> Response:
        run = get_run_for(current_user(request), run_id)
        after = parse(EpochQuerySerializer, request.query_params)["after"]
        rows = run.epoch_rows.filter(number__gt=after).order_by("number")
        return Response([epoch_payload(row) for row in rows])


class EpochQuerySerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


class LogQuerySerializer(serializers.Serializer[Any]):
    tail = serializers.IntegerField(default=200, min_value=1, max_value=5000)


class RunLogView(APIView):
    @extend_schema(
        operation_id="runs_log",
        parameters=[LogQuerySerializer],
        responses=schema_of(service.LogTail),
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Return the end of the log."""
        run = get_run_for(current_user(request), run_id)
        lines = parse(LogQuerySerializer, request.query_params)["tail"]
        return Response(service.read_log(run, lines=lines))


class RunFileListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="run_files_list", responses=list_of(service.RunFile))
    def get(self, request: Request, run_id: int) -> Response:
        """List the files of the run folder."""
        return Response(service.list_run_files(get_run_for(current_user(request), run_id)))


class RunFileView(APIView):
    @extend_schema(
        operation_id="run_files_read",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, run_id: int, name: str) -> HttpResponse | StreamingHttpResponse:
        """Download one file of the run folder; weights (.pt) are for reviewers and team leads."""
        roles = REVIEWERS if name.endswith(".pt") else MEMBERS
        run = get_run_for(current_user(request), run_id, roles)
        path = service.find_run_file(run, name)
        stem = run.name if name.endswith(".pt") else ""
        return file_response(request, path, download_name=f"{stem}-{name}" if stem else name)


class RunDataView(APIView):
    @extend_schema(operation_id="runs_data", responses=schema_of(UsedData))
    def get(self, request: Request, run_id: int) -> Response:
        """Tell what the trainer really read, beside what the version holds."""
        return Response(read_used_data(get_run_for(current_user(request), run_id)))
