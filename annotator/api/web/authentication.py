"""Signing in by session and by token; without either the answer is 401, never 403."""

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import build_bearer_security_scheme_object
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import CSRFCheck
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from annotator.kernel.accounts.guesses import TOKENS_OF_ADDRESS, Count, count_guess, place_of
from annotator.kernel.accounts.tokens import note_use
from annotator.models import Token

from .csrf import csrf_problem


class SessionAuthentication(BaseSessionAuthentication):
    """DRF's, with a challenge: without one DRF turns 401 into 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"

    def enforce_csrf(self, request: Request) -> None:
        check = CSRFCheck(lambda request: None)  # type: ignore[arg-type]
        check.process_request(request)
        reason: Any = check.process_view(request, None, (), {})  # type: ignore[arg-type]
        if reason:
            raise PermissionDenied(*csrf_problem(str(reason)))


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """Knox's, with sentences, a limit on wrong ones, and a note of the last use."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        try:
            found: tuple[User, Token] | None = super().authenticate(request)
        except (AuthenticationFailed, UnicodeDecodeError) as error:
            if isinstance(error, AuthenticationFailed) and error.get_codes() == "token_ended":
                raise
            count_guess([Count(TOKENS_OF_ADDRESS, place=place_of(request._request))])
            raise AuthenticationFailed(
                "This token is not valid: it was deleted, or the password was changed since. "
                "Make a new one in the account menu."
            ) from error
        return found

    def _cleanup_token(self, auth_token: Token) -> bool:
        return False  # one that ended stays in the list, and is refused below with its reason

    def validate_user(self, auth_token: Token) -> tuple[User, Token]:
        if not auth_token.user.is_active:
            raise AuthenticationFailed("This account is deactivated.", code="token_ended")
        if auth_token.is_expired:
            raise AuthenticationFailed(
                f"The token “{auth_token.name}” ended on {auth_token.expiry:%Y-%m-%d}: "
                "make a new one in the account menu.",
                code="token_ended",
            )
        note_use(auth_token)
        return auth_token.user, auth_token


class SessionAuthenticationScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Describes the session cookie in the API schema."""

    target_class = "annotator.api.web.authentication.SessionAuthentication"


class TokenAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the token in the API schema."""

    target_class = "annotator.api.web.authentication.TokenAuthentication"
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        definition: dict[str, Any] = build_bearer_security_scheme_object(
            header_name="Authorization",
            token_prefix="Token",  # noqa: S106
        )
        return definition
