"""A person behind the reverse proxy: HTTPS outside, one session, CSRF as the browser sends it."""

import time
from typing import Any

import httpx


class Person:
    """Signs in once and keeps cookies, also the ones that are meant for HTTPS only."""

    def __init__(self, port: int, host: str) -> None:
        origin = f"https://{host}"
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={
                "Host": host,
                "X-Forwarded-Proto": "https",
                "X-Forwarded-For": "192.0.2.7",
                "Origin": origin,
                "Referer": f"{origin}/",
            },
            timeout=60,
        )
        self.cookies: dict[str, str] = {}

    def call(self, method: str, path: str, expect: int, **options: Any) -> httpx.Response:
        headers = dict(options.pop("headers", {}))
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers["X-CSRFToken"] = self.cookies.get("csrftoken", "")
        response = self.http.request(method, path, headers=headers, **options)
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.split(";")[0].partition("=")
            assert "Secure" in line, line
            self.cookies[name] = value
        assert response.status_code == expect, f"{method} {path}: {response.text[:2000]}"
        return response

    def get(self, path: str) -> Any:
        return self.call("GET", path, 200).json()

    def sign_in(self, username: str, password: str) -> None:
        self.get("/api/session/")
        body = {"username": username, "password": password}
        self.call("POST", "/api/session/", 200, json=body)

    def wait_finished(self, path: str, seconds: float) -> Any:
        """Ask until a job is over; it has to have finished well."""
        deadline = time.monotonic() + seconds
        while True:
            job = self.get(path)
            if job["state"] in {"finished", "failed", "cancelled"}:
                assert job["state"] == "finished", job
                return job
            assert time.monotonic() < deadline, f"{path} takes too long: {job}"
            time.sleep(0.3)
