"""Who did what in a dataset."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.models import Dataset, Role
from annotator.permissions import REVIEWERS, check_role, get_dataset_for
from annotator.review.people import People, Period, measure_people
from annotator.review.people_csv import write_people_csv

from .serializers.base import UserSerializer
from .web.base import current_user, parse
from .web.view import APIView


class FirstPassSerializer(serializers.Serializer[Any]):
    judged = serializers.IntegerField()
    accepted = serializers.IntegerField()


class GroundTruthScoreSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField(help_text="Ground-truth images drawn.")
    score = serializers.FloatField(
        allow_null=True, help_text="Mean IoU over all objects; 0 for one that only one side has."
    )


class ImportedSerializer(serializers.Serializer[Any]):
    images = serializers.IntegerField()
    objects = serializers.IntegerField()


class PeriodSerializer(serializers.Serializer[Any]):
    """Query parameters: days in UTC, both included."""

    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "since" in attrs and "until" in attrs and attrs["since"] > attrs["until"]:
            raise serializers.ValidationError({"until": ["The period ends before it begins."]})
        return attrs


class PersonFiguresSerializer(serializers.Serializer[Any]):
    user = UserSerializer()
    role = serializers.ChoiceField(choices=Role.choices)
    finished = serializers.IntegerField(help_text="Images that the person marked done.")
    objects = serializers.IntegerField(help_text="Drawn by the person.")
    accepted = serializers.IntegerField(help_text="Verdicts about the person's work.")
    sent_back = serializers.IntegerField()
    active_seconds = serializers.FloatField(
        help_text="Between saves that follow each other; what is longer than 5 minutes is a pause."
    )
    left = serializers.IntegerField(help_text="Assigned to the person and not finished.")
    left_sent_back = serializers.IntegerField()
    left_second = serializers.IntegerField(
        help_text="Of those left: second annotations yet to be drawn."
    )
    waiting_for_review = serializers.IntegerField()
    first_pass = FirstPassSerializer(help_text="Images at their first verdict.")
    reasons = serializers.DictField(
        child=serializers.IntegerField(), help_text="How often work was sent back for which reason."
    )
    ground_truth = GroundTruthScoreSerializer()


class DayOfPersonSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    user_id = serializers.IntegerField()
    finished = serializers.IntegerField()


class DayOfDatasetSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    images = serializers.IntegerField()
    finished = serializers.IntegerField(help_text="Done or accepted, at the end of the day.")
    accepted = serializers.IntegerField()


class PeopleSerializer(serializers.Serializer[Any]):
    people = PersonFiguresSerializer(many=True)
    throughput = DayOfPersonSerializer(many=True, help_text="Of the last 60 days.")
    progress = DayOfDatasetSerializer(many=True)
    imported = ImportedSerializer(help_text="Came in with an import: nobody's work.")
    reasons = serializers.DictField(child=serializers.IntegerField())


class PeopleView(APIView):
    @extend_schema(
        operation_id="people_read", parameters=[PeriodSerializer], responses=PeopleSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Tell who did what; an annotator sees only their own figures."""
        _, people = _measure(request, slug)
        return Response(PeopleSerializer(people).data)


class PeopleCsvView(APIView):
    @extend_schema(
        operation_id="people_csv",
        parameters=[PeriodSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The figures of the people as a table for a spreadsheet."""
        dataset, people = _measure(request, slug)
        return HttpResponse(
            write_people_csv(people["people"]),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{dataset.slug}-people.csv"'},
        )


def _measure(request: Request, slug: str) -> tuple[Dataset, People]:
    user = current_user(request)
    dataset = get_dataset_for(user, slug)
    only = None if check_role(user, dataset) in REVIEWERS else user
    period = Period(**parse(PeriodSerializer, request.query_params))
    return dataset, measure_people(dataset, only=only, period=period)
