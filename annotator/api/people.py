"""Who did what in a dataset."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.models import Role
from annotator.permissions import REVIEWERS, check_role, get_dataset_for
from annotator.services.people import measure_people

from .base import current_user
from .serializers.base import UserSerializer
from .view import APIView


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
    waiting_for_review = serializers.IntegerField()


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


class PeopleView(APIView):
    @extend_schema(operation_id="people_read", responses=PeopleSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Tell who did what; an annotator sees only their own figures."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        only = None if check_role(user, dataset) in REVIEWERS else user
        return Response(PeopleSerializer(measure_people(dataset, only=only)).data)
