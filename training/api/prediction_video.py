"""Predictions on videos: the video itself, what was found by frame, over time and by track."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web import ranges
from annotator.api.web.base import current_user, parse
from annotator.api.web.streaming import stream_response
from annotator.api.web.view import APIView
from annotator.kernel.errors import ConflictError
from annotator.models.jobs import JobState
from training import paths
from training.models import Prediction, VideoFileKind
from training.permissions import (
    get_own_video_file_for,
    get_prediction_for,
    get_video_file_for,
)
from training.predictions.options import CONFIDENCE_FLOOR
from training.predictions.video import results, video_files
from training.predictions.video.frames import frame_jpeg
from training.predictions.video.playing import playable_file

from .base import list_of
from .schema import schema_of

_MOST_POSITION = 2**31 - 1


class FramesQuerySerializer(serializers.Serializer[Any]):
    """``from`` and ``to``: positions; the last one is not among the answers."""

    to = serializers.IntegerField(required=False, min_value=0, max_value=_MOST_POSITION)

    def get_fields(self) -> dict[str, Any]:
        start = serializers.IntegerField(default=0, min_value=0, max_value=_MOST_POSITION)
        return {"from": start, **super().get_fields()}


class TimelineQuerySerializer(serializers.Serializer[Any]):
    bins = serializers.IntegerField(default=300, min_value=1, max_value=results.MOST_BINS)


class FramesCsvQuerySerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(required=False, min_value=0.0, max_value=1.0)


class BurntInSerializer(serializers.Serializer[Any]):
    confidence = serializers.FloatField(
        required=False,
        min_value=CONFIDENCE_FLOOR,
        max_value=1.0,
        help_text="Else the prediction's.",
    )
    classes = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        default=list,
        max_length=10_000,
        help_text="Names of those to draw; none: all.",
    )
    with_boxes = serializers.BooleanField(default=False, help_text="Boxes with names, too.")


def _of(request: Request, prediction_id: int) -> Prediction:
    """The prediction, which has a video. Raises ConflictError for one on images."""
    prediction = get_prediction_for(current_user(request), prediction_id)
    if prediction.source_kind not in ("video", "stream"):
        raise ConflictError("This prediction is not on a video.", code="no_video")
    return prediction


class VideoView(APIView):
    @extend_schema(
        operation_id="predictions_video",
        responses={(200, "video/mp4"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, prediction_id: int) -> HttpResponse | StreamingHttpResponse:
        """Stream the video, or a range of it, as browsers play it. 409 (`video_not_ready`) while a
        worker still makes such a file."""
        path, media_type = playable_file(_of(request, prediction_id))
        return ranges.file_response(
            request, path, download_name=path.name, media_type=media_type, inline=True
        )


class FramesView(APIView):
    @extend_schema(
        operation_id="predictions_frames",
        parameters=[FramesQuerySerializer],
        responses=schema_of(results.FramesPayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """List what was found on the frames of positions, at most 500 of them."""
        prediction = _of(request, prediction_id)
        values = parse(FramesQuerySerializer, request.query_params)
        start = values["from"]
        stop = values.get("to", start + results.MOST_FRAMES)
        return Response(results.frames_payload(prediction, start, stop))


class FramesCsvView(APIView):
    @extend_schema(
        operation_id="predictions_frames_csv",
        parameters=[FramesCsvQuerySerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, prediction_id: int) -> StreamingHttpResponse:
        """Download how many objects of each class are on each frame."""
        prediction = _of(request, prediction_id)
        values = parse(FramesCsvQuerySerializer, request.query_params)
        confidence = values.get("confidence", prediction.confidence)
        return stream_response(
            request,
            results.csv_lines(prediction, confidence),
            name=f"prediction-{prediction.pk}-frames.csv",
            media_type="text/csv; charset=utf-8",
        )


class FrameImageView(APIView):
    @extend_schema(
        operation_id="predictions_frame_image",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, prediction_id: int, position: int) -> HttpResponse:
        """Show one frame, exactly the one that was predicted on."""
        content = frame_jpeg(_of(request, prediction_id), position)
        return HttpResponse(
            content,
            content_type="image/jpeg",
            headers={
                "Cache-Control": "private, max-age=86400",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
            },
        )


class TimelineView(APIView):
    @extend_schema(
        operation_id="predictions_timeline",
        parameters=[TimelineQuerySerializer],
        responses=schema_of(results.TimelinePayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """Count objects by class over time, for many confidences at once."""
        prediction = _of(request, prediction_id)
        values = parse(TimelineQuerySerializer, request.query_params)
        return Response(results.timeline_payload(prediction, values["bins"]))


class TracksView(APIView):
    @extend_schema(operation_id="predictions_tracks", responses=list_of(results.TrackPayload))
    def get(self, request: Request, prediction_id: int) -> Response:
        """List the objects that were followed, in the order in which they appear."""
        return Response(results.tracks_payload(_of(request, prediction_id)))


class BurntInView(APIView):
    @extend_schema(
        operation_id="predictions_burnt_in_list",
        responses=list_of(video_files.VideoFilePayload),
    )
    def get(self, request: Request, prediction_id: int) -> Response:
        """List the files with masks burnt in, the newest first."""
        files = _of(request, prediction_id).video_files.filter(kind=VideoFileKind.BURNT_IN)
        return Response([video_files.video_file_payload(file) for file in files.order_by("-pk")])

    @extend_schema(
        operation_id="predictions_burnt_in_create",
        request=BurntInSerializer,
        responses={202: schema_of(video_files.VideoFilePayload)},
    )
    def post(self, request: Request, prediction_id: int) -> Response:
        """Make an MP4 with masks burnt in, its sound and its times kept, as a job of a worker.

        Asked for again, it is not made twice.
        """
        prediction = _of(request, prediction_id)
        values = parse(BurntInSerializer, request.data)
        file = video_files.make_burnt_in(
            prediction,
            confidence=values.get("confidence", prediction.confidence),
            class_names=values["classes"],
            with_boxes=values["with_boxes"],
            created_by=current_user(request),
        )
        return Response(video_files.video_file_payload(file), status=status.HTTP_202_ACCEPTED)


class BurntInFileView(APIView):
    @extend_schema(
        operation_id="predictions_burnt_in_read",
        responses=schema_of(video_files.VideoFilePayload),
    )
    def get(self, request: Request, prediction_id: int, file_id: int) -> Response:
        file = get_video_file_for(current_user(request), prediction_id, file_id)
        return Response(video_files.video_file_payload(file))

    @extend_schema(operation_id="predictions_burnt_in_delete", responses={204: None})
    def delete(self, request: Request, prediction_id: int, file_id: int) -> Response:
        """Stop the making of a file, or delete one that is there: of your own, or (team leads) any
        of the dataset."""
        file = get_own_video_file_for(current_user(request), prediction_id, file_id)
        video_files.cancel_video_file(file)
        return Response(status=status.HTTP_204_NO_CONTENT)


class BurntInMp4View(APIView):
    @extend_schema(
        operation_id="predictions_burnt_in_mp4",
        responses={(200, "video/mp4"): OpenApiTypes.BINARY},
    )
    def get(
        self, request: Request, prediction_id: int, file_id: int
    ) -> HttpResponse | StreamingHttpResponse:
        """Download a file with masks burnt in."""
        file = get_video_file_for(current_user(request), prediction_id, file_id)
        path = paths.video_file_path(file)
        if file.state != JobState.FINISHED or not path.is_file():
            raise ConflictError(
                f"The file is not there: its making is {file.state}.", code="video_not_ready"
            )
        stem = file.prediction.source_name.rpartition(".")[0] or file.prediction.source_name
        return ranges.file_response(
            request, path, download_name=f"{stem or 'video'}-masks.mp4", media_type="video/mp4"
        )
