"""Where somebody was mentioned in a comment."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.datasets.mentions import mark_read, unread_mentions_of
from annotator.models import Mention
from annotator.permissions import get_image_for

from .serializers.base import UserSerializer
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate
from .web.view import APIView


class MentionSerializer(serializers.ModelSerializer[Mention]):
    comment = serializers.IntegerField(source="comment_id")
    author = UserSerializer(source="comment.author", allow_null=True)
    text = serializers.CharField(source="comment.text")
    image = serializers.UUIDField(source="comment.image_id")
    file_name = serializers.CharField(source="comment.image.file_name")
    dataset = serializers.CharField(source="comment.image.dataset.slug")
    dataset_name = serializers.CharField(source="comment.image.dataset.name")

    class Meta:
        model = Mention
        fields = [
            "id", "comment", "author", "text", "image", "file_name", "dataset", "dataset_name",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class UnreadMentionsSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class ReadMentionsSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were new.")


class MentionListView(APIView):
    @extend_schema(
        operation_id="mentions_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(MentionSerializer),
    )
    def get(self, request: Request) -> Response:
        """List where you were mentioned and have not looked yet, the newest first."""
        rows = unread_mentions_of(current_user(request))
        return paginate(self, request, rows, MentionSerializer, ordering=("-created_at", "id"))


class MentionCountView(APIView):
    @extend_schema(operation_id="mentions_count", responses=UnreadMentionsSerializer)
    def get(self, request: Request) -> Response:
        """Count them."""
        return Response({"count": unread_mentions_of(current_user(request)).count()})


class ReadMentionsView(APIView):
    @extend_schema(operation_id="mentions_read", request=None, responses=ReadMentionsSerializer)
    def post(self, request: Request, image_id: UUID) -> Response:
        """Say that you have seen where this image mentions you."""
        user = current_user(request)
        return Response({"read": mark_read(get_image_for(user, image_id), user)})
