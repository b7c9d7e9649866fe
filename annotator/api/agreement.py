"""Images that two people draw: giving them out, drawing the second time, comparing."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.annotations.data import is_object
from annotator.models import IndependentAnnotation
from annotator.permissions import REVIEWERS, get_dataset_for, get_independent_for
from annotator.review import independent as service
from annotator.review.agreement import measure_dataset_agreement

from .annotations import read_base_revision
from .serializers.annotations import (
    AnnotationPatchSerializer,
    AnnotationSerializer,
    InstanceSerializer,
)
from .serializers.base import ProblemSerializer, UserSerializer
from .serializers.images import BulkResultSerializer, ImageDetailSerializer, PhotographSerializer
from .web.base import CURSOR_PARAMETERS, IF_MATCH, current_user, page_of, paginate, parse
from .web.view import APIView


class GiveOutSerializer(serializers.Serializer[Any]):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=10_000, min_length=1)
    annotator = serializers.IntegerField(help_text="The id of a member who did not draw them.")


class IndependentSerializer(serializers.ModelSerializer[IndependentAnnotation]):
    """A second annotation without what is in it, and without what is known of the first."""

    image = PhotographSerializer()

    class Meta:
        model = IndependentAnnotation
        fields = ["id", "image", "state", "revision", "created_at"]
        read_only_fields = fields


class ComparedSerializer(IndependentSerializer):
    image = ImageDetailSerializer()
    first_annotator = UserSerializer(allow_null=True)
    annotator = UserSerializer()
    disagreement = serializers.FloatField(
        help_text="One less the IoU of an average object; 0: the same."
    )
    matched = serializers.SerializerMethodField()
    only_first = serializers.SerializerMethodField()
    only_second = serializers.SerializerMethodField()

    class Meta(IndependentSerializer.Meta):
        fields = [
            *IndependentSerializer.Meta.fields,
            "first_annotator", "annotator", "disagreement", "matched", "only_first", "only_second",
        ]  # fmt: skip
        read_only_fields = fields

    def get_matched(self, row: IndependentAnnotation) -> int:
        return len(row.comparison["matches"])

    def get_only_first(self, row: IndependentAnnotation) -> int:
        return len(row.comparison["first_classes"]) - self.get_matched(row)

    def get_only_second(self, row: IndependentAnnotation) -> int:
        return len(row.comparison["second_classes"]) - self.get_matched(row)


class MatchSerializer(serializers.Serializer[Any]):
    first = serializers.IntegerField(help_text="The place in `first`.")
    second = serializers.IntegerField(help_text="The place in `second`.")
    iou = serializers.FloatField()


class ComparedDetailSerializer(ComparedSerializer):
    """The objects of both: ignore regions are not compared."""

    first = serializers.SerializerMethodField()
    second = serializers.SerializerMethodField()
    matches = serializers.SerializerMethodField()

    class Meta(ComparedSerializer.Meta):
        fields = [*ComparedSerializer.Meta.fields, "first", "second", "matches"]
        read_only_fields = fields

    @extend_schema_field(InstanceSerializer(many=True))
    def get_first(self, row: IndependentAnnotation) -> list[Any]:
        return list(filter(is_object, service.read_first(row)))

    @extend_schema_field(InstanceSerializer(many=True))
    def get_second(self, row: IndependentAnnotation) -> list[Any]:
        return list(filter(is_object, row.instances))

    @extend_schema_field(MatchSerializer(many=True))
    def get_matches(self, row: IndependentAnnotation) -> list[dict[str, Any]]:
        names = ("first", "second", "iou")
        return [dict(zip(names, match, strict=True)) for match in row.comparison["matches"]]


class AgreementFiguresSerializer(serializers.Serializer[Any]):
    first = serializers.IntegerField(help_text="Objects of the first annotations.")
    second = serializers.IntegerField(help_text="Objects of the second annotations.")
    matched = serializers.IntegerField()
    f1 = serializers.FloatField(allow_null=True)
    mean_iou = serializers.FloatField(allow_null=True, help_text="Of the matches.")
    kappa = serializers.FloatField(
        allow_null=True, help_text="Cohen's, of the classes of the matches; null for one class."
    )


class PairAgreementSerializer(AgreementFiguresSerializer):
    first_annotator = UserSerializer(allow_null=True)
    second_annotator = UserSerializer()
    images = serializers.IntegerField()


class ClassAgreementSerializer(AgreementFiguresSerializer):
    class_id = serializers.IntegerField()


class AgreementSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField(help_text="That two people drew.")
    waiting = serializers.IntegerField(help_text="Given out and not done.")
    min_iou = serializers.FloatField(help_text="Of two objects that are matched.")
    overall = AgreementFiguresSerializer()
    pairs = PairAgreementSerializer(many=True)
    classes = ClassAgreementSerializer(many=True)


class DecisionSerializer(serializers.Serializer[Any]):
    keep = serializers.ChoiceField(choices=["first", "second"])


class AgreementView(APIView):
    @extend_schema(operation_id="agreement_read", responses=AgreementSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Tell how far people agree on the images that two of them drew."""
        dataset = get_dataset_for(current_user(request), slug, REVIEWERS)
        return Response(AgreementSerializer(measure_dataset_agreement(dataset)).data)


class ComparedListView(APIView):
    @extend_schema(
        operation_id="independent_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(ComparedSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the images that two people drew, those where they differ most first."""
        dataset = get_dataset_for(current_user(request), slug, REVIEWERS)
        rows = service.list_compared(dataset).defer("instances")
        return paginate(self, request, rows, ComparedSerializer, ordering=("-disagreement", "id"))

    @extend_schema(
        operation_id="independent_give_out",
        request=GiveOutSerializer,
        responses=BulkResultSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have finished images drawn once more, by a member who did not draw them."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(GiveOutSerializer, request.data)
        changed, skipped = service.give_out(
            dataset, values["ids"], annotator_id=values["annotator"], asked_by=user
        )
        return Response({"changed": changed, "skipped": skipped})


class MyIndependentView(APIView):
    @extend_schema(
        operation_id="independent_mine",
        parameters=[
            *CURSOR_PARAMETERS,
            OpenApiParameter("dataset", str, description="Only of it."),
        ],
        responses=page_of(IndependentSerializer),
    )
    def get(self, request: Request) -> Response:
        """List what you have yet to draw without seeing the first annotation."""
        rows = service.list_independent_of(
            current_user(request), dataset_slug=request.query_params.get("dataset")
        )
        return paginate(self, request, rows, IndependentSerializer, ordering=("id",))


class MyIndependentImageView(APIView):
    @extend_schema(operation_id="independent_mine_read", responses=IndependentSerializer)
    def get(self, request: Request, independent_id: int) -> Response:
        """Return one that you were asked to draw, drawn already or not."""
        row = get_independent_for(current_user(request), independent_id)
        return Response(IndependentSerializer(row).data)


class ComparedView(APIView):
    @extend_schema(operation_id="independent_read", responses=ComparedDetailSerializer)
    def get(self, request: Request, independent_id: int) -> Response:
        """Return both annotations, and which objects are matched."""
        row = get_independent_for(current_user(request), independent_id, REVIEWERS)
        return Response(ComparedDetailSerializer(service.check_compared(row)).data)

    @extend_schema(
        operation_id="independent_decide",
        parameters=[IF_MATCH],
        request=DecisionSerializer,
        responses={200: ComparedDetailSerializer, 412: ProblemSerializer, 428: ProblemSerializer},
    )
    def post(self, request: Request, independent_id: int) -> Response:
        """Keep the first annotation, or save the second as a revision of the image by you.

        If-Match: the revision of the image that you have seen.
        """
        user = current_user(request)
        row = get_independent_for(user, independent_id, REVIEWERS)
        if parse(DecisionSerializer, request.data)["keep"] == "first":
            row = service.keep_first(row)
        else:
            base_revision = read_base_revision(request)
            row = service.take_second(row, base_revision=base_revision, author=user)
        return Response(ComparedDetailSerializer(row).data)


class IndependentAnnotationView(APIView):
    @extend_schema(operation_id="independent_annotation_read", responses=AnnotationSerializer)
    def get(self, request: Request, independent_id: int) -> Response:
        """Return what you have drawn; its revision is the ETag."""
        row = get_independent_for(current_user(request), independent_id)
        return Response(service.read_independent(row), headers={"ETag": f'"{row.revision}"'})

    @extend_schema(
        operation_id="independent_annotation_save",
        parameters=[IF_MATCH],
        request=AnnotationPatchSerializer,
        responses={200: AnnotationSerializer, 412: ProblemSerializer, 428: ProblemSerializer},
    )
    def patch(self, request: Request, independent_id: int) -> Response:
        """Store a difference, as of any annotation; done compares it with the first."""
        row = get_independent_for(current_user(request), independent_id)
        saved = service.save_independent(
            row,
            base_revision=read_base_revision(request),
            **parse(AnnotationPatchSerializer, request.data),
        )
        return Response(service.read_independent(saved), headers={"ETag": f'"{saved.revision}"'})
