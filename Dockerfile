# One container, one volume: /data holds the database and the media.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/videobot
COPY requirements/run.txt requirements/run.txt
RUN /opt/videobot/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md ./
COPY bot bot
COPY adapters adapters
COPY storage storage
RUN /opt/videobot/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data videobot && install -d -o videobot -g videobot /data
COPY --from=build /opt/videobot /opt/videobot
ENV PATH=/opt/videobot/bin:$PATH VIDEOBOT_DATA_DIR=/data PYTHONUNBUFFERED=1
USER videobot
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["videobot"]
CMD ["run"]
