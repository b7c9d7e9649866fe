"""Health: is every part there, and if not, why not."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.kernel.health import check_health

from .serializers.session import HealthSerializer
from .web.view import APIView


class HealthView(APIView):
    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(
        operation_id="health_read", responses={200: HealthSerializer, 503: HealthSerializer}
    )
    def get(self, request: Request) -> Response:
        """Tell database, Redis, workers and disk, each ok or why not; 503 when one is not."""
        health = check_health()
        return Response(health, status=200 if health["ok"] else 503)
