"""Predictions: upload images, choose a checkpoint, get masks."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.files import picture_response
from annotator.api.sources import ServerFolderQuerySerializer, ServerFolderSerializer
from annotator.api.tus import LENGTH, METADATA, RESUMABLE, TusView, create_upload
from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.filters import read_filter_text
from annotator.api.web.view import APIView
from annotator.imports.arriving.server_folders import list_folder
from annotator.kernel.errors import ServiceError
from annotator.models import Split
from annotator.permissions import LEADS, check_role, datasets_of, get_dataset_for
from training.checkpoints.usable import UsableModel, as_usable, find_model
from training.jobs.waiting import Waiting
from training.models import PredictedImage, Prediction, SourceKind
from training.permissions import (
    check_leads_any,
    get_checkpoint_for,
    get_own_prediction_for,
    get_prediction_for,
    get_version_for,
)
from training.predictions import predictions as service
from training.predictions.options import (
    CONFIDENCE_FLOOR,
    PredictOption,
    check_options,
    list_options,
)
from training.predictions.payloads import (
    PredictionPayload,
    prediction_payload,
    predictions_for_payload,
)
from training.predictions.sources import requested

from .base import list_of, page_of, paginate
from .runs import DEVICE_ERROR, DEVICE_PATTERN
from .schema import schema_of

MAX_FILES = 1000
MAX_IMAGES = 1000
SOURCES = ("files", "upload", "url", "server_folder", "dataset", "version", "stream")


class PredictionCreateSerializer(serializers.Serializer[Any]):
    """One model and one source."""

    model = serializers.CharField(
        required=False,
        max_length=200,
        help_text="`run:7`, `checkpoint:12`, `export:3`, `weights:4`, or a served model's name.",
    )
    checkpoint = serializers.IntegerField(
        required=False, help_text="In place of `model`: the id of a checkpoint."
    )
    confidence = serializers.FloatField(default=0.25, min_value=CONFIDENCE_FLOOR, max_value=1.0)
    device = serializers.RegexField(
        DEVICE_PATTERN,
        required=False,
        allow_blank=True,
        default="",
        error_messages=DEVICE_ERROR,
    )
    options = serializers.JSONField(
        required=False, help_text="An object of the options at /api/predictions/options/."
    )
    dataset_for = serializers.SlugField(
        required=False,
        max_length=120,
        help_text="Whose members may see it, where neither model nor source says.",
    )
    files = serializers.ListField(
        required=False,
        child=serializers.FileField(allow_empty_file=True),
        max_length=MAX_FILES,
        allow_empty=False,
        error_messages={
            "max_length": f"A prediction takes at most {MAX_FILES} images at a time: bring more as "
            "an archive.",
            "empty": "Choose at least one image.",
        },
        help_text="Images; or one archive or one video.",
    )
    upload = serializers.UUIDField(
        required=False, help_text="A whole upload of /api/predictions/uploads/."
    )
    url = serializers.CharField(
        required=False, max_length=2000, help_text="Of an image, an archive or a video."
    )
    server_folder = serializers.CharField(
        required=False, max_length=4096, trim_whitespace=False, help_text="For team leads."
    )
    dataset = serializers.SlugField(required=False, max_length=120)
    filter = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=4000,
        help_text="Of `dataset`: the query string of its grid.",
    )
    images = serializers.JSONField(
        required=False, help_text=f"Of `dataset`: the ids of {MAX_IMAGES} images at most."
    )
    version = serializers.IntegerField(required=False)
    split = serializers.ChoiceField(
        choices=Split.choices, required=False, help_text="Of `version`; val if not given."
    )
    stream = serializers.CharField(
        required=False, max_length=2000, help_text="rtsp://, http:// or https:// address."
    )

    def validate_options(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError('Send an object, such as {"iou": 0.5}.')
        return value

    def validate_images(self, value: Any) -> list[UUID]:
        ids = serializers.ListField(
            child=serializers.UUIDField(), allow_empty=False, max_length=MAX_IMAGES
        )
        checked: list[UUID] = ids.run_validation(value)
        return checked

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in SOURCES if name in attrs]
        if len(named) != 1:
            raise serializers.ValidationError(
                {named[1] if named else "files": [f"Name one source: one of {', '.join(SOURCES)}."]}
            )
        if ("model" in attrs) == ("checkpoint" in attrs):
            raise serializers.ValidationError({"model": ["Name the model, or a checkpoint."]})
        for name, other in (("filter", "dataset"), ("images", "dataset"), ("split", "version")):
            if name in attrs and other not in attrs:
                raise serializers.ValidationError({name: [f"Only with `{other}`."]})
        if "filter" in attrs and "images" in attrs:
            raise serializers.ValidationError({"images": ["Name images, or a filter: not both."]})
        return attrs


class PredictionListSerializer(serializers.Serializer[Any]):
    mine = serializers.BooleanField(
        required=False, default=False, help_text="Only those that you started."
    )


class PredictionListView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="predictions_list",
        parameters=[*CURSOR_PARAMETERS, PredictionListSerializer],
        responses=page_of(PredictionPayload),
    )
    def get(self, request: Request) -> Response:
        """List the predictions that you may see, the newest first."""
        user = current_user(request)
        rows = predictions_for_payload().filter(
            Q(dataset__in=datasets_of(user)) | Q(dataset__isnull=True, created_by=user)
        )
        if parse(PredictionListSerializer, request.query_params)["mine"]:
            rows = rows.filter(created_by=user)
        return paginate(
            self, request, rows, partial(prediction_payload, waiting=Waiting.for_list())
        )

    @extend_schema(
        operation_id="predictions_create",
        request={"multipart/form-data": PredictionCreateSerializer},
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request) -> Response:
        """Predict on images, an archive, a URL, a folder of the server, a dataset, a version, a
        video or a stream. All that is at least 5 % confident is kept."""
        user = current_user(request)
        values = parse(PredictionCreateSerializer, request.data)
        model = _model_of(user, values)
        dataset_for = values.get("dataset_for")
        prediction = service.start_prediction(
            model,
            _source_of(user, values, model),
            confidence=values["confidence"],
            device=values["device"],
            options=check_options(values.get("options", {}), model),
            dataset_for=get_dataset_for(user, dataset_for) if dataset_for else None,
            created_by=user,
        )
        prediction = get_prediction_for(user, prediction.pk)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


def _model_of(user: User, values: dict[str, Any]) -> UsableModel:
    if "checkpoint" in values:
        model = as_usable(get_checkpoint_for(user, values["checkpoint"]))
        if not model.path.is_file():
            raise ServiceError("The file of that checkpoint is gone.", code="checkpoint_missing")
        return model
    try:
        return find_model(values["model"], user)
    except ServiceError as error:
        if error.code == "model_missing":
            raise Http404 from error
        raise


def _source_of(  # noqa: PLR0911 - a table of cases
    user: User, values: dict[str, Any], model: UsableModel
) -> requested.Source:
    match next(name for name in SOURCES if name in values):
        case "files":
            files = values["files"]
            uploads = (requested.Upload(item.name, item) for item in files)
            return requested.from_uploads(uploads, count=len(files))
        case "upload":
            return requested.from_tus_upload(values["upload"], owner=user)
        case "url":
            return requested.from_url(values["url"])
        case "server_folder":
            _check_server_folders(user, values, model)
            return requested.from_server_folder(values["server_folder"])
        case "dataset":
            dataset = get_dataset_for(user, values["dataset"])
            if "images" in values:
                return requested.from_images(dataset, values["images"])
            text = values.get("filter", "")
            return requested.from_dataset(
                dataset, read_filter_text(text, dataset, user), query=text
            )
        case "version":
            version = get_version_for(user, values["version"])
            return requested.from_version(version, values.get("split", Split.VAL))
        case _:
            return requested.from_stream(values["stream"])


def _check_server_folders(user: User, values: dict[str, Any], model: UsableModel) -> None:
    """What lies on the server is for those who may import it: administrators and team leads."""
    if user.is_superuser:
        return
    if values.get("dataset_for"):
        get_dataset_for(user, values["dataset_for"], LEADS)
    elif model.dataset is not None:
        check_role(user, model.dataset, LEADS)
    else:
        check_leads_any(user)


class PredictionFoldersView(APIView):
    @extend_schema(
        operation_id="predictions_server_folders",
        parameters=[ServerFolderQuerySerializer],
        responses=ServerFolderSerializer,
    )
    def get(self, request: Request) -> Response:
        """List folders, archives and videos on the server that can be predicted on. Team leads."""
        check_leads_any(
            current_user(request), "Team leads and administrators predict on folders of the server."
        )
        path = parse(ServerFolderQuerySerializer, request.query_params).get("path", "")
        return Response(ServerFolderSerializer(list_folder(path)).data)


class PredictionOptionsView(APIView):
    @extend_schema(operation_id="predictions_options", responses=list_of(PredictOption))
    def get(self, request: Request) -> Response:
        """List the options of a prediction: names, defaults, limits, help. `conf` is sent as
        `confidence`, the others as `options`."""
        return Response(list_options())


class PredictionUploadView(TusView):
    @extend_schema(
        operation_id="predictions_upload",
        parameters=[RESUMABLE, LENGTH, METADATA],
        request=None,
        responses={201: OpenApiResponse(description="Its address is in `Location`.")},
    )
    def post(self, request: Request) -> Response:
        """Start an upload of an archive or a video to predict on (tus). Once it is whole, its id is
        the `upload` of a prediction; unused, it is deleted after a day."""
        return create_upload(request, None)


class PredictionView(APIView):
    @extend_schema(operation_id="predictions_read", responses=schema_of(PredictionPayload))
    def get(self, request: Request, prediction_id: int) -> Response:
        prediction = get_prediction_for(current_user(request), prediction_id)
        return Response(prediction_payload(prediction))

    @extend_schema(operation_id="predictions_delete", responses={204: None})
    def delete(self, request: Request, prediction_id: int) -> Response:
        """Delete a prediction of your own (a team lead: any of the dataset)."""
        service.delete_prediction(get_own_prediction_for(current_user(request), prediction_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class PredictionPauseView(APIView):
    @extend_schema(
        operation_id="predictions_pause",
        request=None,
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        """Let a prediction rest after the image that it is at; what is done stays."""
        prediction = get_own_prediction_for(current_user(request), prediction_id)
        service.pause_prediction(prediction)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


class PredictionResumeView(APIView):
    @extend_schema(
        operation_id="predictions_resume",
        request=None,
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        """Go on with a prediction that is paused, failed or was cancelled, at the next image."""
        prediction = get_own_prediction_for(current_user(request), prediction_id)
        service.resume_prediction(prediction)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


class PredictionCancelView(APIView):
    @extend_schema(
        operation_id="predictions_cancel",
        request=None,
        responses={202: schema_of(PredictionPayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        prediction = get_own_prediction_for(current_user(request), prediction_id)
        service.cancel_prediction(prediction)
        return Response(prediction_payload(prediction), status=status.HTTP_202_ACCEPTED)


class PredictedFileView(APIView):
    @extend_schema(exclude=True)
    def get(
        self, request: Request, prediction_id: int, position: int, sha256: str, extension: str
    ) -> HttpResponse:
        image = _image_of(request, prediction_id, position, sha256)
        return picture_response(request, service.read_picture(image), image.extension)


class PredictedThumbnailView(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request, prediction_id: int, position: int, sha256: str) -> HttpResponse:
        image = _image_of(request, prediction_id, position, sha256)
        return picture_response(request, service.read_thumbnail(image), "webp")


def _image_of(request: Request, prediction_id: int, position: int, sha256: str) -> PredictedImage:
    user = current_user(request)
    prediction = get_prediction_for(user, prediction_id)
    rows = prediction.images.select_related("source_image__dataset")
    image = rows.filter(position=position, sha256=sha256).first()
    if image is None:
        raise Http404
    image.prediction = prediction
    if prediction.source_kind in (SourceKind.DATASET, SourceKind.VERSION):
        _check_source(user, prediction)
    return image


def _check_source(user: User, prediction: Prediction) -> None:
    """The images of a dataset are shown to its members only, whoever asked for the prediction."""
    source = prediction.source
    if "version" in source:
        get_version_for(user, source["version"])
    elif not datasets_of(user).filter(pk=source["dataset"]).exists():
        raise Http404
