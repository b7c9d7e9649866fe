"""Django's admin with the same limits on guessing passwords as the application."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from annotator.kernel.accounts.guesses import TooManyGuessesError
from annotator.kernel.accounts.sign_in import confirm_password, remember_device


class SignInForm(AdminAuthenticationForm):
    """Says how long to wait where too many wrong passwords came."""

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except TooManyGuessesError as error:
            raise _waiting(self.request, error) from error


class PasswordForm(AdminPasswordChangeForm):
    """The present password is guessed here as little as elsewhere."""

    request: HttpRequest  # given by PasswordView

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        try:
            is_right = confirm_password(self.request, self.user, old)
        except TooManyGuessesError as error:
            raise _waiting(self.request, error) from error
        if not is_right:
            message = self.error_messages["password_incorrect"]
            raise forms.ValidationError(message, code="password_incorrect")
        return old


class PasswordView(PasswordChangeView):
    def get_form(self, form_class: Any = None) -> Any:
        form: Any = super().get_form(form_class)
        form.request = self.request
        return form


class AdminSite(admin.AdminSite):
    """The site that `admin.site` is."""

    login_form = SignInForm

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().login(request, extra_context)
        if request.method == "POST" and isinstance(request.user, User):
            remember_device(request, response, request.user)
        _tell_wait(request, response)
        return response

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        request.current_app = self.name
        view = PasswordView.as_view(
            form_class=PasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            template_name="registration/password_change_form.html",
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        response = cast(HttpResponse, view(request))
        _tell_wait(request, response)
        return response


def _waiting(request: HttpRequest | None, error: TooManyGuessesError) -> forms.ValidationError:
    if request is not None:
        request.META["segloop.wait_seconds"] = error.wait_seconds
    return forms.ValidationError(str(error), code=error.code)


def _tell_wait(request: HttpRequest, response: HttpResponse) -> None:
    if wait := request.META.get("segloop.wait_seconds"):
        response.status_code = 429
        response["Retry-After"] = str(wait)
