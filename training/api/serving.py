"""Served models: names that answer at once, who may move them, and asking them."""

import time
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.parsers import JSONParser
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, datasets_of, get_dataset_for
from training.checkpoints.usable import UsableModel, model_of
from training.evaluation.thresholds import CONFIDENCE_FLOOR
from training.models import ServedModel
from training.permissions import get_served_for, get_usable_for
from training.serving import served as service
from training.serving.answering import (
    PREDICT_ONCE_PER_MINUTE,
    PredictAnswer,
    answer_payload,
    label_text,
    options_of,
)
from training.serving.asking import DEFAULT_CONFIDENCE, DEFAULT_IOU, ask
from training.serving.candidates import Candidate, find_candidates, list_candidates, measure
from training.serving.fetching import MOST_IMAGE_BYTES, fetch_image, too_large
from training.serving.limits import count_request
from training.serving.payloads import (
    ServedModelPayload,
    ServedMovePayload,
    move_payload,
    served_payload,
)
from training.serving.stats import ServedStats, note_request, note_speed, read_stats, read_today

from .base import list_of, page_of, paginate
from .schema import schema_of


class ServedCreateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    model = serializers.CharField(max_length=120)
    dataset = serializers.CharField(max_length=200, required=False)
    requests_per_minute = serializers.IntegerField(
        default=600, min_value=1, max_value=service.MOST_REQUESTS_PER_MINUTE
    )


class ServedUpdateSerializer(serializers.Serializer[Any]):
    requests_per_minute = serializers.IntegerField(
        min_value=1, max_value=service.MOST_REQUESTS_PER_MINUTE
    )


class ServedModelSerializer(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=120)


def payload_of(request: Request, name: str) -> ServedModelPayload:
    served = get_served_for(current_user(request), name)
    return served_payload(served, read_today([served])[served.pk])


class ServedListView(APIView):
    @extend_schema(
        operation_id="served_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(ServedModelPayload),
    )
    def get(self, request: Request) -> Response:
        """List the names that your datasets' models are served by, the newest first."""
        rows = service.served_for_payload().filter(dataset__in=datasets_of(current_user(request)))
        response = paginate(self, request, rows, lambda row: row)
        page: list[ServedModel] = response.data["results"]
        today = read_today(page)
        response.data["results"] = [served_payload(row, today[row.pk]) for row in page]
        return response

    @extend_schema(
        operation_id="served_create",
        request=ServedCreateSerializer,
        responses={201: schema_of(ServedModelPayload)},
    )
    def post(self, request: Request) -> Response:
        """Give a model a name under which it answers at once. Team leads of its dataset.

        `dataset`: whose members may ask; of weights that are everybody's it has to be said.
        """
        user = current_user(request)
        values = parse(ServedCreateSerializer, request.data)
        model = get_usable_for(user, values["model"])
        slug = values.get("dataset") or (model.dataset.slug if model.dataset else "")
        if not slug:
            raise serializers.ValidationError(
                {"dataset": "These weights are everybody's: say whose members may ask (`dataset`)."}
            )
        dataset = get_dataset_for(user, slug, LEADS)
        service.create_served(
            values["name"],
            model,
            dataset,
            requests_per_minute=values["requests_per_minute"],
            created_by=user,
        )
        return Response(payload_of(request, values["name"]), status=status.HTTP_201_CREATED)


class ServedView(APIView):
    @extend_schema(operation_id="served_read", responses=schema_of(ServedModelPayload))
    def get(self, request: Request, name: str) -> Response:
        return Response(payload_of(request, name))

    @extend_schema(
        operation_id="served_update",
        request=ServedUpdateSerializer,
        responses=schema_of(ServedModelPayload),
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change how many requests a minute one token may send."""
        served = get_served_for(current_user(request), name, LEADS)
        values = parse(ServedUpdateSerializer, request.data)
        service.set_requests_per_minute(served, values["requests_per_minute"])
        return Response(payload_of(request, name))

    @extend_schema(operation_id="served_delete", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Stop serving a name. The model stays."""
        service.delete_served(get_served_for(current_user(request), name, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ServedMoveView(APIView):
    @extend_schema(
        operation_id="served_move",
        request=ServedModelSerializer,
        responses=schema_of(ServedModelPayload),
    )
    def post(self, request: Request, name: str) -> Response:
        """Point a name at another model, once that is loaded. No request is dropped."""
        user = current_user(request)
        served = get_served_for(user, name, LEADS)
        model = get_usable_for(user, parse(ServedModelSerializer, request.data)["model"])
        service.move_served(served, model, moved_by=user)
        return Response(payload_of(request, name))


class ServedBackView(APIView):
    @extend_schema(
        operation_id="served_back", request=None, responses=schema_of(ServedModelPayload)
    )
    def post(self, request: Request, name: str) -> Response:
        """Point a name at the model that it pointed at before."""
        user = current_user(request)
        service.move_back(get_served_for(user, name, LEADS), moved_by=user)
        return Response(payload_of(request, name))


class ServedMoveListView(APIView):
    @extend_schema(
        operation_id="served_moves",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(ServedMovePayload),
    )
    def get(self, request: Request, name: str) -> Response:
        """List what a name pointed at, the newest first."""
        served = get_served_for(current_user(request), name)
        return paginate(self, request, service.moves_for_payload(served), move_payload)


class ServedStatsView(APIView):
    @extend_schema(operation_id="served_stats", responses=schema_of(ServedStats))
    def get(self, request: Request, name: str) -> Response:
        """Tell requests, errors and times of the last 24 hours and the last 30 days."""
        return Response(read_stats(get_served_for(current_user(request), name)))


class ServedCandidateListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="served_candidates", responses=list_of(Candidate))
    def get(self, request: Request, name: str) -> Response:
        """List the checkpoint and its exports with the milliseconds that each was measured at."""
        return Response(list_candidates(get_served_for(current_user(request), name)))


class ServedMeasureView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="served_measure",
        request=ServedModelSerializer,
        responses=list_of(Candidate),
    )
    def post(self, request: Request, name: str) -> Response:
        """Measure one of the candidates with a few warm requests."""
        served = get_served_for(current_user(request), name, LEADS)
        reference = parse(ServedModelSerializer, request.data)["model"]
        for model in find_candidates(served):
            if model.reference == reference:
                measure(model)
                return Response(list_candidates(served))
        raise serializers.ValidationError({"model": "It is none of the candidates of this name."})


# --- asking --------------------------------------------------------------------------------------


class RawImageParser(BaseParser):
    """The body is the image: ``curl --data-binary @cat.jpg -H "Content-Type: image/jpeg"``."""

    media_type = "image/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, bytes]:
        content: bytes = stream.read(MOST_IMAGE_BYTES + 1)
        if len(content) > MOST_IMAGE_BYTES:
            raise too_large()
        return {"file": content}


class SmallFormParser(MultiPartParser):
    """A form with one image: refused by its length, before it is read to the disk."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request: HttpRequest = (parser_context or {})["request"]
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > MOST_IMAGE_BYTES + 64 * 1024:
            raise too_large()
        return super().parse(stream, media_type, parser_context)


class PredictBodySerializer(serializers.Serializer[Any]):
    file = serializers.FileField(required=False, allow_empty_file=True)
    url = serializers.CharField(required=False, max_length=2000)


class PredictQuerySerializer(serializers.Serializer[Any]):
    conf = serializers.FloatField(
        default=DEFAULT_CONFIDENCE,
        min_value=CONFIDENCE_FLOOR,
        max_value=1.0,
        help_text="Confidence from which instances are answered.",
    )
    iou = serializers.FloatField(
        default=DEFAULT_IOU,
        min_value=0.0,
        max_value=1.0,
        help_text="IoU above which of two boxes the weaker is dropped.",
    )
    classes = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        max_length=1000,
        help_text="Names of classes; without them: all.",
    )
    imgsz = serializers.IntegerField(
        required=False,
        min_value=32,
        max_value=4096,
        help_text="Side of the network's input; without it: the model's own.",
    )
    max_det = serializers.IntegerField(
        default=300, min_value=1, max_value=3000, help_text="Most instances of an image."
    )


class OnceQuerySerializer(PredictQuerySerializer):
    model = serializers.CharField(
        max_length=120, help_text="checkpoint:12, export:3, weights:4, run:7, or a served name."
    )


_ANSWERS = {
    (200, "application/json"): schema_of(PredictAnswer),
    (200, "text/plain"): OpenApiTypes.STR,
}


class ServedPredictView(APIView):
    parser_classes = [JSONParser, SmallFormParser, RawImageParser]

    @extend_schema(
        operation_id="served_predict",
        parameters=[PredictQuerySerializer],
        request={"multipart/form-data": PredictBodySerializer},
        responses=_ANSWERS,
    )
    def post(self, request: Request, name: str) -> HttpResponse:
        """Ask a served model: the bytes of an image as the body, a form with `file`, or `url`.

        With `Accept: text/plain` the answer is a YOLO label file.
        """
        clock = _Clock()
        served = get_served_for(current_user(request), name)
        error = ""
        try:
            count_request(
                f"served:{served.pk}",
                current_user(request),
                request.auth,
                served.requests_per_minute,
            )
            return _predict(request, name, model_of(served), PredictQuerySerializer, clock)
        except Exception as problem:
            error = str(getattr(problem, "code", "") or "invalid")
            raise
        finally:
            note_request(served, clock.times, error=error)


class PredictOnceView(APIView):
    parser_classes = [JSONParser, SmallFormParser, RawImageParser]

    @extend_schema(
        operation_id="predict_once",
        parameters=[OnceQuerySerializer],
        request={"multipart/form-data": PredictBodySerializer},
        responses=_ANSWERS,
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask any model that you may use for one image, at once."""
        clock = _Clock()
        user = current_user(request)
        reference = parse(OnceQuerySerializer, request.query_params)["model"]
        model = get_usable_for(user, reference)
        count_request("once", user, request.auth, PREDICT_ONCE_PER_MINUTE)
        return _predict(request, reference, model, OnceQuerySerializer, clock)


class _Clock:
    """``times``: the milliseconds of each part, once the request was answered."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.times: dict[str, float] = {}


def _predict(
    request: Request,
    asked: str,
    model: UsableModel,
    query: type[PredictQuerySerializer],
    clock: _Clock,
) -> HttpResponse:
    """Answer one image."""
    options = options_of(model, parse(query, request.query_params))
    answer = ask(model, _image_of(request), options)
    note_speed(
        model.reference, answer.device_name, answer.milliseconds["model"], batch=answer.batch
    )
    response: HttpResponse
    answering = time.perf_counter()
    if _wants_text(request):
        response = HttpResponse(label_text(answer), content_type="text/plain; charset=utf-8")
    else:
        payload = answer_payload(asked, answer)
        response = Response(payload)
    now = time.perf_counter()
    clock.times = {
        **answer.milliseconds,
        "answer": round((now - answering) * 1000, 2),
        "whole": round((now - clock.began) * 1000, 2),
    }
    if isinstance(response, Response):
        payload["milliseconds"] = clock.times
    response["X-Segloop-Checkpoint"] = model.reference
    response["X-Segloop-Sha256"] = model.sha256
    return response


def _image_of(request: Request) -> bytes:
    data = request.data
    if isinstance(data, Mapping) and isinstance(data.get("file"), bytes):
        content: bytes = data["file"]
    else:
        values = parse(PredictBodySerializer, data)
        if ("file" in values) == ("url" in values):
            raise serializers.ValidationError(
                "Send one image: its bytes as the body (Content-Type: image/jpeg), a form with "
                "`file`, or JSON with `url`."
            )
        if "url" in values:
            return fetch_image(values["url"])
        if values["file"].size > MOST_IMAGE_BYTES:
            raise too_large()
        content = values["file"].read()
    if not content:
        raise serializers.ValidationError("The image is empty.")
    return content


def _wants_text(request: Request) -> bool:
    accept = request.headers.get("Accept", "").lower()
    return "text/plain" in accept and "application/json" not in accept
