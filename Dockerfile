# Segloop, one image for every role; docker-compose.yml says which command each runs.
# Its size is PyTorch's: about 6 GB with the CUDA libraries that the pinned torch brings along.
# A host without a GPU runs the same image on its processor.

FROM node:22-bookworm-slim AS frontend
WORKDIR /build/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM python:3.12-slim-bookworm
# opencv needs libGL and glib, also where nothing is shown; a report as PDF the letters of its names
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libgl1 libglib2.0-0 fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin segloop \
    && install -d -m 700 -o segloop -g segloop /data
WORKDIR /app
COPY requirements.txt requirements-engine.txt ./
RUN pip install --no-cache-dir -r requirements-engine.txt
COPY manage.py ./
COPY config/ config/
COPY annotator/ annotator/
COPY sample_pond/ sample_pond/
COPY training/ training/
COPY --from=frontend /build/frontend/dist frontend/dist
RUN SEGLOOP_DATA=/tmp/build SEGLOOP_SECRET_KEY=only-for-the-build \
    python manage.py check \
    && python -m compileall -q config annotator training sample_pond \
    && rm -rf /tmp/build
ENV SEGLOOP_DATA=/data \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings
USER segloop
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
    CMD ["python", "-m", "config.healthcheck", "web"]
CMD ["python", "-m", "config.serve", "--host=0.0.0.0", "--port=8000"]
