"""Reviewing images, and being handed the next one."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.models import SendBackReason
from annotator.permissions import MEMBERS, REVIEWERS, get_dataset_for, get_image_for
from annotator.review.ground_truth import mix_in
from annotator.review.handing_out import PURPOSES, hand_out
from annotator.review.verdicts import VERDICTS, give_verdict, read_review

from .annotations import read_base_revision
from .comments import CommentCreateSerializer
from .serializers.annotations import AnnotationSavedSerializer
from .serializers.base import ProblemSerializer, UserSerializer
from .serializers.images import ImageDetailSerializer
from .web.base import IF_MATCH, current_user, parse
from .web.view import APIView


class SentBackSerializer(serializers.Serializer[Any]):
    by = UserSerializer(allow_null=True)
    at = serializers.DateTimeField()
    revision = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=SendBackReason.choices))


class ReviewSerializer(serializers.Serializer[Any]):
    finished_by = UserSerializer(allow_null=True)
    sent_back = SentBackSerializer(allow_null=True, help_text="The last time.")
    resolved_since = serializers.IntegerField(help_text="Comments resolved since then.")


class VerdictSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(
        choices=VERDICTS, help_text="`done` takes the verdict back that was given."
    )
    comment = CommentCreateSerializer(required=False)
    reasons = serializers.ListField(
        child=serializers.ChoiceField(choices=SendBackReason.choices),
        required=False,
        max_length=len(SendBackReason.choices),
        help_text="Of what is sent back. Without a comment they make one.",
    )


class NextImageSerializer(serializers.Serializer[Any]):
    purpose = serializers.ChoiceField(choices=PURPOSES, default="annotate")
    after = serializers.UUIDField(required=False, help_text="The image that you come from.")


class ReviewView(APIView):
    @extend_schema(operation_id="review_read", responses=ReviewSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        """Tell who finished the image, who sent it back last, and what was resolved since."""
        image = get_image_for(current_user(request), image_id)
        return Response(ReviewSerializer(read_review(image)).data)

    @extend_schema(
        operation_id="review_create",
        parameters=[IF_MATCH],
        request=VerdictSerializer,
        responses={200: AnnotationSavedSerializer, 412: ProblemSerializer, 428: ProblemSerializer},
    )
    def post(self, request: Request, image_id: UUID) -> Response:
        """Accept the image as you have seen it, or send it back with a comment.

        412 when somebody changed it since: look again.
        """
        user = current_user(request)
        image = get_image_for(user, image_id, REVIEWERS)
        values = parse(VerdictSerializer, request.data)
        saved = give_verdict(
            image,
            base_revision=read_base_revision(request),
            verdict=values["verdict"],
            author=user,
            comment=values.get("comment"),
            reasons=values.get("reasons", ()),
        )
        return Response(
            AnnotationSavedSerializer(saved).data, headers={"ETag": f'"{saved.revision}"'}
        )


class HandOutView(APIView):
    @extend_schema(
        operation_id="images_hand_out",
        request=NextImageSerializer,
        responses={200: ImageDetailSerializer, 204: None},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Be handed the next image to draw in, or to review; 204 when nothing is left for you.

        Nobody else is handed it while you have it open, and for ten minutes at least.
        """
        user = current_user(request)
        values = parse(NextImageSerializer, request.data)
        roles = REVIEWERS if values["purpose"] == "review" else MEMBERS
        dataset = get_dataset_for(user, slug, roles)
        after = dataset.images.filter(pk=values["after"]).first() if "after" in values else None
        image = hand_out(dataset, user=user, purpose=values["purpose"], after=after)
        if values["purpose"] == "annotate":
            mix_in(dataset, user)
        if image is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        image.dataset = dataset
        return Response(ImageDetailSerializer(image).data)
