"""Signing in and out; changing one's password; finding people."""

from django.conf import settings
from django.contrib.auth import (
    authenticate,
    login,
    logout,
    update_session_auth_hash,
)
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.kernel.accounts.sign_in import confirm_password, remember_device
from annotator.kernel.errors import ServiceError

from .serializers.base import UserSerializer
from .serializers.session import PasswordChangeSerializer, SessionSerializer, SignInSerializer
from .web.base import current_user, parse, require_session
from .web.view import APIView


class SessionView(APIView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="session_read", responses=SessionSerializer)
    @method_decorator(ensure_csrf_cookie)
    def get(self, request: Request) -> Response:
        """Return who is signed in (``user`` is null: nobody) and set the CSRF cookie."""
        return _session_of(request)

    @extend_schema(
        operation_id="session_create", request=SignInSerializer, responses=SessionSerializer
    )
    @method_decorator(csrf_protect)
    def post(self, request: Request) -> Response:
        """Sign in. After ten wrong passwords in a row the next ones have to wait (429)."""
        user = authenticate(request._request, **parse(SignInSerializer, request.data))
        if not isinstance(user, User):
            raise ServiceError("The name or the password is wrong.", code="bad_credentials")
        login(request._request, user)
        request.user = user
        response = _session_of(request)
        remember_device(request._request, response, user)
        return response

    @extend_schema(operation_id="session_delete", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(request._request)
        return Response(status=204)


class PasswordView(APIView):
    @extend_schema(
        operation_id="password_change", request=PasswordChangeSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Change your password; your other sessions and your tokens end."""
        require_session(request, "change the password")
        user = current_user(request)
        values = parse(PasswordChangeSerializer, request.data)
        if not confirm_password(request._request, user, values["current"]):
            raise ServiceError("The current password is wrong.", code="bad_credentials")
        validate_password(values["new"], user)
        user.set_password(values["new"])
        user.save(update_fields=["password"])  # tokens: accounts.tokens.TokensEndWithPassword
        update_session_auth_hash(request._request, user)
        return Response(status=204)


class UserListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="users_list",
        parameters=[OpenApiParameter("search", str)],
        responses=UserSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Find people by the start of their names, twenty at most."""
        search = request.query_params.get("search", "")
        rows = (
            User.objects.filter(is_active=True)
            .filter(
                Q(username__istartswith=search)
                | Q(first_name__istartswith=search)
                | Q(last_name__istartswith=search)
            )
            .order_by("username")[:20]
        )
        return Response(UserSerializer(rows, many=True).data)


def _session_of(request: Request) -> Response:
    user = request.user if isinstance(request.user, User) else None
    session = {"user": user, "version": settings.VERSION, "trash_days": settings.TRASH_DAYS}
    return Response(SessionSerializer(session).data)
