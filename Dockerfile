# syntax=docker/dockerfile:1
#
#   docker build --tag farmlokal .
#   docker run --rm --publish 3000:3000 --env DATABASE_URL=postgres://user:password@host/db farmlokal
#
# The cache mounts need BuildKit, which is the default of Docker since version 23; Podman and Buildah know them as well.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# One package alone: built together, the server would get the features of the other packages' libraries. With the feature
# `otlp` it can send traces; it does so only where OTEL_EXPORTER_OTLP_ENDPOINT is set.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --profile dist --package farmlokal --bin farmlokal --features otlp \
    && cp target/dist/farmlokal /usr/local/bin/farmlokal \
    && mkdir /data

# The binary needs glibc, libm and libgcc, and nothing else: SQLite, TLS and its root certificates are linked in. The same
# Debian release as above, so that glibc is at least as new.
FROM gcr.io/distroless/cc-debian12:nonroot

ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="FarmLokal" \
      org.opencontainers.image.description="GraphQL API server of a hyperlocal food marketplace" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

COPY --from=build /usr/local/bin/farmlokal /usr/local/bin/farmlokal
# For those who keep an SQLite file in a volume: DATABASE_URL=sqlite:///data/farmlokal.db
COPY --from=build --chown=65532:65532 /data /data

ENV HOST=0.0.0.0 \
    PORT=3000 \
    FARMLOKAL_ENV=production
EXPOSE 3000
WORKDIR /data
USER 65532:65532

# A first connection to a sleeping database may take 30 seconds, the first migration a little more.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/usr/local/bin/farmlokal", "healthcheck"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/farmlokal"]
CMD ["serve"]
