"""Must-find objects."""

from typing import Any, TypedDict

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.pagination import CursorPagination
from annotator.api.web.view import APIView
from annotator.permissions import REVIEWERS, get_dataset_for
from training.findings import pins as service
from training.findings.verdict_payloads import PinOutcomePayload, PinPayload, pins_for_payload
from training.permissions import get_evaluation_for, get_evaluation_in, get_pin_for

from .base import page_of
from .schema import schema_of


class PinCreateSerializer(serializers.Serializer[Any]):
    """An instance, or a label of an evaluation by its place: the instance behind it is pinned."""

    instance = serializers.UUIDField(required=False)
    evaluation = serializers.IntegerField(required=False)
    key = serializers.CharField(max_length=20, required=False)
    index = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "instance" not in attrs and not {"evaluation", "key", "index"} <= set(attrs):
            raise serializers.ValidationError(
                "Name an instance, or evaluation, key and index of a label."
            )
        return attrs


class PinReportQuerySerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)


class PinReportPayload(TypedDict):
    """``confidence``: at which an object counts as found; IoU of masks 0.5, and the right class."""

    confidence: float
    lost: int
    results: list[PinOutcomePayload]


class PinListView(APIView):
    @extend_schema(
        operation_id="pins_list", parameters=CURSOR_PARAMETERS, responses=page_of(PinPayload)
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the must-find objects of a dataset, the newest first."""
        dataset = get_dataset_for(current_user(request), slug)
        paginator = CursorPagination(("-id",))
        rows = pins_for_payload().filter(dataset=dataset)
        page = paginator.paginate_queryset(rows, request, self) or []
        return paginator.get_paginated_response(service.pin_payloads(page))

    @extend_schema(
        operation_id="pins_create",
        request=PinCreateSerializer,
        responses={201: schema_of(PinPayload)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Pin an object: every evaluation then tells whether it was found."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(PinCreateSerializer, request.data)
        if "instance" in values:
            pin = service.pin_instance(
                dataset, values["instance"], note=values["note"], author=user
            )
        else:
            pin = service.pin_label(
                get_evaluation_in(dataset, values["evaluation"]),
                key=values["key"],
                index=values["index"],
                note=values["note"],
                author=user,
            )
        [payload] = service.pin_payloads([get_pin_for(user, pin.pk)])
        return Response(payload, status=status.HTTP_201_CREATED)


class PinView(APIView):
    @extend_schema(operation_id="pins_delete", responses={204: None})
    def delete(self, request: Request, pin_id: int) -> Response:
        """Take a pin away; the object itself stays."""
        service.unpin(get_pin_for(current_user(request), pin_id, REVIEWERS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class EvaluationPinsView(APIView):
    @extend_schema(
        operation_id="evaluations_pins",
        parameters=[PinReportQuerySerializer],
        responses=schema_of(PinReportPayload),
    )
    def get(self, request: Request, evaluation_id: int) -> Response:
        """Tell which must-find objects were found and which were lost, lost ones first."""
        evaluation = get_evaluation_for(current_user(request), evaluation_id)
        values = parse(PinReportQuerySerializer, request.query_params)
        report = service.report_pins(evaluation, confidence=values.get("confidence"))
        lost = sum(item["is_lost"] for item in report.outcomes)
        return Response({"confidence": report.confidence, "lost": lost, "results": report.outcomes})
