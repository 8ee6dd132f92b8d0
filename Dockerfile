# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/configserver \
 && /opt/configserver/bin/pip install --no-cache-dir .

FROM python:3.13-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends openssh-client=1:* \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/configserver configserver \
 && install -d -o configserver -g configserver -m 0700 /var/lib/configserver
COPY --from=build /opt/configserver /opt/configserver
ENV PATH=/opt/configserver/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATE_DIRECTORY=/var/lib/configserver
USER 10001
# The root file system may be read-only: mirrors of repositories are all that is written, and here.
VOLUME /var/lib/configserver
EXPOSE 8888
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8888/actuator/health/readiness', timeout=2)"]
ENTRYPOINT ["configserver"]
CMD ["serve", "--host", "0.0.0.0"]
