# The wheel is built in one stage and installed in another; what runs is a user without a name or a home, on files that
# it may only read. All that it writes is in /data, and nothing unless it is told to: --store sqlite:////data/amp.db
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY mock_amp ./mock_amp
COPY schemas ./schemas
COPY scenarios ./scenarios
COPY docs ./docs
RUN python -m venv /opt/mock-amp \
    && PIP_CONSTRAINT=requirements.lock /opt/mock-amp/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/mock-amp /opt/mock-amp
ENV PATH="/opt/mock-amp/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Other containers call the control plane by these names; see docs/operations.md.
ENV MOCK_AMP_ALLOWED_HOST=mock-amp,rest.fortytwo.com
RUN install -d -o 65532 -g 65532 -m 0700 /data
VOLUME ["/data"]
WORKDIR /
# By number: a cluster that refuses root looks at nothing else.
USER 65532:65532
EXPOSE 8042
HEALTHCHECK --interval=5s --timeout=2s --start-period=2s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8042/readyz', timeout=1)"]
ENTRYPOINT ["mock-amp"]
CMD ["serve", "--host", "0.0.0.0"]
