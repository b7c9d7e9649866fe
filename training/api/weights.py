"""Weights from elsewhere, and the list of everything that can be predicted with."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, datasets_of, get_dataset_for
from training.permissions import check_administrator_of_weights, check_leads_any, get_weights_for
from training.weights import payloads
from training.weights import weights as service

from .base import page_of, paginate
from .schema import schema_of


class WeightsUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        allow_empty_file=True, help_text="A segmentation model as Ultralytics saves it (.pt)."
    )
    dataset = serializers.SlugField(
        required=False,
        default="",
        allow_blank=True,
        max_length=120,
        help_text="Whose members may use it; nothing: everybody (administrators).",
    )
    name = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)


class PretrainedSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60, help_text="Such as yolo11n-seg.pt.")


class ModelListQuerySerializer(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, default="", allow_blank=True, max_length=200)
    cursor = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    page_size = serializers.IntegerField(
        required=False, default=payloads.PAGE_SIZE, min_value=1, max_value=200
    )


class WeightsListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="weights_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(payloads.WeightsPayload),
    )
    def get(self, request: Request) -> Response:
        """List weights from elsewhere that you can use, the newest first, and those that were
        refused."""
        seen = service.weights_seen_by(datasets_of(current_user(request)))
        rows = seen.select_related("dataset", "created_by")
        return paginate(self, request, rows, payloads.weights_payload)

    @extend_schema(
        operation_id="weights_create",
        request={"multipart/form-data": WeightsUploadSerializer},
        responses={202: schema_of(payloads.WeightsPayload)},
    )
    def post(self, request: Request) -> Response:
        """Upload a model. A worker opens it safely and says which classes it knows; a file that is
        refused is deleted."""
        user = current_user(request)
        values = parse(WeightsUploadSerializer, request.data)
        dataset = None
        if values["dataset"]:
            dataset = get_dataset_for(user, values["dataset"], LEADS)
        else:
            check_administrator_of_weights(user)
        weights = service.upload_weights(
            values["file"], dataset=dataset, name=values["name"], created_by=user
        )
        return Response(payloads.weights_payload(weights), status=status.HTTP_202_ACCEPTED)


class WeightsView(APIView):
    @extend_schema(operation_id="weights_read", responses=schema_of(payloads.WeightsPayload))
    def get(self, request: Request, weights_id: int) -> Response:
        weights = get_weights_for(current_user(request), weights_id)
        return Response(payloads.weights_payload(weights))

    @extend_schema(operation_id="weights_delete", responses={204: None})
    def delete(self, request: Request, weights_id: int) -> Response:
        """Delete weights with their file, where nothing uses them."""
        user = current_user(request)
        service.delete_weights(get_weights_for(user, weights_id, to_change=True))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PretrainedView(APIView):
    @extend_schema(
        operation_id="weights_fetch",
        request=PretrainedSerializer,
        responses={202: schema_of(payloads.WeightsPayload)},
    )
    def post(self, request: Request) -> Response:
        """Have a worker fetch pretrained weights that are not here; then everybody can use them."""
        user = current_user(request)
        check_leads_any(user)
        name = parse(PretrainedSerializer, request.data)["name"]
        weights = service.fetch_pretrained(name, created_by=user)
        return Response(payloads.weights_payload(weights), status=status.HTTP_202_ACCEPTED)


class ModelListView(APIView):
    @extend_schema(
        operation_id="models_list",
        parameters=[ModelListQuerySerializer],
        responses=page_of(payloads.ModelPayload),
    )
    def get(self, request: Request) -> Response:
        """List everything that you can predict with: checkpoints, exported models, weights."""
        values = parse(ModelListQuerySerializer, request.query_params)
        page = payloads.list_models(current_user(request), **values)
        address = request.build_absolute_uri()
        following = page["next"] and replace_query_param(address, "cursor", page["next"])
        return Response({"next": following, "previous": None, "results": page["results"]})
