"""Wiring: settings, urls, ASGI and Celery applications, the launcher.

Nothing is imported here: the bootstrap uses `config.console` before anything is installed.
"""
