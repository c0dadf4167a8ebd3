# The wheel is built in one stage and installed in another; what runs is a user without a name or a home, on files that
# it may only read. All that it writes is in /data, and nothing unless it is told to: --store sqlite:////data/amp.db
# keeps the state, --tls keeps a CA. How to run it: docs/how-to/containers.md
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY mock_amp ./mock_amp
COPY schemas ./schemas
COPY scenarios ./scenarios
COPY docs/wire-contract.md ./docs/
# The base's pip fills it, so that none has to be in it; nor have the tests of the libraries.
RUN python -m venv --without-pip /opt/mock-amp \
    && PIP_CONSTRAINT=requirements.lock python -m pip --python /opt/mock-amp/bin/python install \
        --no-cache-dir --disable-pip-version-check . \
    && find /opt/mock-amp/lib -depth -type d -name tests -exec rm -r {} +

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="mock-amp" \
      org.opencontainers.image.description="An emulator of Fortytwo's Advanced Messaging Platform" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/mock-amp /opt/mock-amp
ENV PATH="/opt/mock-amp/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Other containers call the control plane by these names; see docs/operations.md.
ENV MOCK_AMP_HOST=0.0.0.0 MOCK_AMP_ALLOWED_HOST=mock-amp,rest.fortytwo.com MOCK_AMP_TLS_DIR=/data/tls
# A volume takes owner and mode from here. Others may read the CA in /data/tls, and its key is for this user alone.
RUN install -d -o 65532 -g 65532 -m 0711 /data && install -d -o 65532 -g 65532 -m 0755 /data/tls /scenarios
VOLUME ["/data"]
WORKDIR /
# By number: a cluster that refuses root looks at nothing else.
USER 65532:65532
EXPOSE 8042 8442
HEALTHCHECK --interval=3s --timeout=3s --start-period=10s --retries=3 CMD ["mock-amp", "healthcheck"]
ENTRYPOINT ["mock-amp"]
CMD ["serve"]
