# One image for everything: `run` (the default), or any other command of videobot. /data is the only place it writes to,
# beside /tmp: the root file system may be read-only. Build it in this folder: docker build --tag videobot .
FROM python:3.11-slim AS build
WORKDIR /src
RUN python -m venv /opt/videobot
COPY requirements/run.txt requirements/run.txt
RUN /opt/videobot/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN /opt/videobot/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation .
# Nothing is installed later; without pip, nothing can be.
RUN /opt/videobot/bin/python -m pip uninstall --quiet --yes setuptools pip

FROM python:3.11-slim
LABEL org.opencontainers.image.title="videobot" \
      org.opencontainers.image.description="A self-hosted Discord and Slack bot that makes videos with Kling models"
# Both ids are fixed: a folder of the machine that is mounted at /data belongs to 10001:10001.
RUN groupadd --gid 10001 videobot \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin videobot \
    && install -d -o videobot -g videobot -m 0700 /data
COPY --from=build /opt/videobot /opt/videobot
ENV PATH=/opt/videobot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VIDEOBOT_DATA_DIR=/data \
    VIDEOBOT_HTTP_PORT=8080 \
    VIDEOBOT_LOG=json \
    MPLCONFIGDIR=/tmp/matplotlib
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["videobot", "health"]
ENTRYPOINT ["videobot"]
CMD ["run"]
