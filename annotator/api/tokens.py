"""One's tokens for scripts."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.kernel.accounts.tokens import create_token, delete_token, tokens_of

from .serializers.session import NewTokenSerializer, TokenCreateSerializer, TokenSerializer
from .web.base import current_user, parse, require_session
from .web.view import APIView


class TokenListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="tokens_list", responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List your tokens, the newest first; their keys were shown once, when they were made."""
        return Response(TokenSerializer(tokens_of(current_user(request)), many=True).data)

    @extend_schema(
        operation_id="token_create",
        request=TokenCreateSerializer,
        responses={201: NewTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a token with a name and an end. Its key is in this answer and nowhere else."""
        require_session(request, "make tokens")
        values = parse(TokenCreateSerializer, request.data)
        made = create_token(current_user(request), **values)
        return Response(NewTokenSerializer(made).data, status=201)


class TokenView(APIView):
    @extend_schema(operation_id="token_delete", responses={204: None})
    def delete(self, request: Request, token_id: UUID) -> Response:
        """Delete one of your tokens; what uses it is refused from then on."""
        if not delete_token(current_user(request), token_id):
            raise Http404
        return Response(status=204)
