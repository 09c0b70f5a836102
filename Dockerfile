# Two images of one build: `scheduler` has the program and nothing else, `node` (the default) also what jobs usually call;
# with `serve --role=all` it is a whole DistCron. docs/guide/deploying.md says how to build and to run them.

# To pin by digest: --build-arg NODE_IMAGE=node@sha256:…
ARG NODE_IMAGE=node:24.11.1-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
# SQLite's driver is compiled where no binary of it fits.
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build \
 && npm prune --omit=dev --no-audit --no-fund \
 && npm sbom --omit=dev --sbom-format=cyclonedx > sbom.json \
 && mkdir /out \
 && mv bin dist node_modules package.json sbom.json LICENSE /out

FROM ${NODE_IMAGE} AS scheduler
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="DistCron" \
      org.opencontainers.image.description="A lightweight distributed cron" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# tini: the first process of a container has to reap what jobs leave behind, which Node does not do.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tini \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 distcron \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home distcron \
 && install -d -o 10001 -g 10001 -m 700 /data \
 && ln -s /opt/distcron/bin/distcron.js /usr/local/bin/distcron
COPY --from=build /out /opt/distcron
# Jobs inherit an environment, but none of these names; so nothing else is set.
ENV DISTCRON_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8470
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 CMD ["distcron", "health"]
ENTRYPOINT ["tini", "--", "distcron"]
CMD ["serve", "--role=scheduler"]

FROM scheduler AS node
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash coreutils curl findutils gzip procps tzdata \
 && rm -rf /var/lib/apt/lists/*
USER 10001:10001
EXPOSE 8471
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["distcron", "health", "--server=http://127.0.0.1:8471"]
CMD ["serve", "--role=node"]
