"""Before a run starts: presets, arguments, several runs at once, the same run again."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.streaming import download_headers
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, get_dataset_for
from training.jobs.train_arguments import TrainArguments, list_arguments
from training.models import Run
from training.permissions import get_group_for, get_run_for
from training.runs import launching as service
from training.runs.presets import Preset, list_presets
from training.runs.report.options import MOST_LOGO_BYTES, ReportOptions, draw_logo
from training.runs.report.report import make_html, make_pdf, report_name
from training.versions.folds import FEWEST_FOLDS, MOST_FOLDS

from .base import list_of
from .runs import RunCreateSerializer, resolve_run_request
from .schema import schema_of


class PresetListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="training_presets", responses=list_of(Preset))
    def get(self, request: Request) -> Response:
        """List presets: fields of the request for a run."""
        return Response(list_presets())


class ArgumentListView(APIView):
    @extend_schema(operation_id="training_arguments", responses=schema_of(TrainArguments))
    def get(self, request: Request) -> Response:
        """List Ultralytics' train arguments with their defaults and ranges."""
        return Response(list_arguments())


class RunGroupCreateSerializer(RunCreateSerializer):
    """A run for each model, each seed and each fold."""

    models = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=service.MOST_RUNS
    )
    seeds = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        required=False,
        max_length=service.MOST_RUNS,
    )
    folds = serializers.IntegerField(
        required=False,
        min_value=FEWEST_FOLDS,
        max_value=MOST_FOLDS,
        help_text="Divide train and val into so many folds: each run is validated on another one.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if values.get("models"):
            return super().validate({**values, "base_model": values["models"][0]})
        return super().validate(values)


class RunGroupListView(APIView):
    @extend_schema(
        operation_id="run_groups_create",
        request=RunGroupCreateSerializer,
        responses={202: schema_of(service.RunGroupPayload)},
    )
    def post(self, request: Request) -> Response:
        """Start several runs in one go: models × seeds × folds, all on the same version."""
        user = current_user(request)
        values = parse(RunGroupCreateSerializer, request.data)
        dataset = get_dataset_for(user, values.pop("dataset"), LEADS)
        models, seeds = values.pop("models", []), values.pop("seeds", [])
        folds = values.pop("folds", 0)
        group = service.start_runs(
            dataset,
            resolve_run_request(user, values),
            models=models,
            seeds=seeds,
            folds=folds,
            created_by=user,
        )
        return Response(service.group_payload(group), status=status.HTTP_202_ACCEPTED)


class RunGroupView(APIView):
    @extend_schema(operation_id="run_groups_read", responses=schema_of(service.RunGroupPayload))
    def get(self, request: Request, group_id: int) -> Response:
        """Tell what the runs of a group came to, and how far they differ."""
        return Response(service.group_payload(get_group_for(current_user(request), group_id)))


class RunRequestView(APIView):
    @extend_schema(operation_id="runs_request", responses=RunCreateSerializer)
    def get(self, request: Request, run_id: int) -> Response:
        """Tell what to post to start the same run again."""
        return Response(service.request_of(get_run_for(current_user(request), run_id)))


class ReportQuerySerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(
        required=False,
        min_value=0.0,
        max_value=1.0,
        help_text="Of everything that is counted; without it the evaluation's best.",
    )
    purpose = serializers.CharField(
        required=False, allow_blank=True, max_length=160, help_text="After the dataset's name."
    )
    author = serializers.CharField(required=False, allow_blank=True, max_length=160)


class ReportFormSerializer(ReportQuerySerializer):
    logo = serializers.FileField(required=False, help_text="A PNG or JPEG of 2 MB at most.")


def _report_options(values: dict[str, Any]) -> ReportOptions:
    logo = values.pop("logo", None)
    return ReportOptions(**values, logo=draw_logo(logo.read(MOST_LOGO_BYTES + 1)) if logo else "")


class RunReportView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="runs_report",
        parameters=[ReportQuerySerializer],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """The run in one HTML file, to hand to people without an account."""
        run = get_run_for(current_user(request), run_id)
        return self._answer(run, parse(ReportQuerySerializer, request.query_params))

    @extend_schema(
        operation_id="runs_report_with_logo",
        request={"multipart/form-data": ReportFormSerializer},
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def post(self, request: Request, run_id: int) -> HttpResponse:
        """The same with a logo. Nothing is stored."""
        run = get_run_for(current_user(request), run_id)
        return self._answer(run, parse(ReportFormSerializer, request.data))

    def _answer(self, run: Run, values: dict[str, Any]) -> HttpResponse:
        content = make_html(run, _report_options(values))
        return _report_answer(content, report_name(run, "html"), "text/html; charset=utf-8")


class RunReportPdfView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="runs_report_pdf",
        parameters=[ReportQuerySerializer],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """The same report as PDF."""
        run = get_run_for(current_user(request), run_id)
        return self._answer(run, parse(ReportQuerySerializer, request.query_params))

    @extend_schema(
        operation_id="runs_report_pdf_with_logo",
        request={"multipart/form-data": ReportFormSerializer},
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request, run_id: int) -> HttpResponse:
        """The same with a logo. Nothing is stored."""
        run = get_run_for(current_user(request), run_id)
        return self._answer(run, parse(ReportFormSerializer, request.data))

    def _answer(self, run: Run, values: dict[str, Any]) -> HttpResponse:
        content = make_pdf(run, _report_options(values))
        return _report_answer(content, report_name(run, "pdf"), "application/pdf")


def _report_answer(content: str | bytes, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            **download_headers(name),
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


class RunYamlView(APIView):
    @extend_schema(operation_id="runs_yolo_yaml", responses={(200, "text/yaml"): OpenApiTypes.STR})
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """The run's arguments for plain Ultralytics: `yolo cfg=yolo.yaml`."""
        content = service.yolo_yaml(get_run_for(current_user(request), run_id))
        return HttpResponse(
            content,
            content_type="text/plain; charset=utf-8",
            headers=download_headers("yolo.yaml"),
        )
