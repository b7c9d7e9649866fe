"""Comments on images."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.annotations import comments as service
from annotator.models import MAX_COMMENT_LENGTH, Comment
from annotator.permissions import LEADS, MEMBERS, get_comment_for, get_image_for

from .serializers.base import UserSerializer
from .web.base import current_user, parse
from .web.view import APIView


class CommentSerializer(serializers.ModelSerializer[Comment]):
    image = serializers.UUIDField(source="image_id")
    author = UserSerializer(allow_null=True)
    resolved_by = UserSerializer(allow_null=True)

    class Meta:
        model = Comment
        fields = [
            "id", "image", "author", "text", "x", "y", "instance_id", "created_at",
            "resolved_at", "resolved_by",
        ]  # fmt: skip
        read_only_fields = fields


class CommentCreateSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_COMMENT_LENGTH)
    x = serializers.FloatField(required=False, allow_null=True, help_text="Image pixels.")
    y = serializers.FloatField(required=False, allow_null=True, help_text="Image pixels.")
    instance_id = serializers.UUIDField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs.get("x") is None) != (attrs.get("y") is None):
            raise serializers.ValidationError("A place has both x and y.")
        return attrs


class CommentUpdateSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_COMMENT_LENGTH, required=False)
    resolved = serializers.BooleanField(required=False)


class CommentListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="comments_list", responses=CommentSerializer(many=True))
    def get(self, request: Request, image_id: UUID) -> Response:
        """List the comments on an image, the oldest first."""
        image = get_image_for(current_user(request), image_id)
        return Response(CommentSerializer(service.list_comments(image), many=True).data)

    @extend_schema(
        operation_id="comments_create",
        request=CommentCreateSerializer,
        responses={201: CommentSerializer},
    )
    def post(self, request: Request, image_id: UUID) -> Response:
        """Say something about an image; pinned to a place where x and y are given."""
        user = current_user(request)
        image = get_image_for(user, image_id)
        data = parse(CommentCreateSerializer, request.data)
        comment = service.add_comment(
            image,
            data,  # type: ignore[arg-type]
            author=user,
        )
        return Response(CommentSerializer(comment).data, status=status.HTTP_201_CREATED)


class CommentView(APIView):
    @extend_schema(
        operation_id="comments_update",
        request=CommentUpdateSerializer,
        responses=CommentSerializer,
    )
    def patch(self, request: Request, comment_id: int) -> Response:
        """Resolve a comment or open it again (any member), or change its text (its author)."""
        user = current_user(request)
        values = parse(CommentUpdateSerializer, request.data)
        others = frozenset[Any]() if "text" in values else MEMBERS
        comment = get_comment_for(user, comment_id, others=others)
        if "text" in values:
            comment = service.edit_comment(comment, text=values["text"])
        if "resolved" in values:
            comment = service.resolve_comment(comment, resolved=values["resolved"], by=user)
        return Response(CommentSerializer(comment).data)

    @extend_schema(operation_id="comments_delete", responses={204: None})
    def delete(self, request: Request, comment_id: int) -> Response:
        """Delete a comment: its author or a team lead."""
        service.delete_comment(get_comment_for(current_user(request), comment_id, others=LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)
