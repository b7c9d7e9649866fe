"""Why a CSRF token was refused, for the two places that look at it. Imports nothing of DRF."""


def csrf_problem(reason: str) -> tuple[str, str]:
    """The sentence and the code of a refused CSRF token, from Django's reason."""
    if reason.startswith(("Origin", "Referer")):
        return (
            "The address in your browser is not one that this server knows: an administrator adds "
            "it to SEGLOOP_CSRF_TRUSTED_ORIGINS.",
            "origin_refused",
        )
    return (
        "The page's security token is missing or out of date: reload the page, then try again.",
        "csrf_failed",
    )
