# kdmq in an image: `make image`, or with docker or buildah as they are. docs/container.md says how to run it.
ARG BASE_IMAGE=node:24-bookworm-slim

# On the architecture of the machine that builds. What comes out is JavaScript only and fits every base image.
FROM --platform=$BUILDPLATFORM $BASE_IMAGE AS build
WORKDIR /project
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
COPY . ./
# The same time for every file: the same sources give the same layer.
ARG SOURCE_DATE_EPOCH=0
RUN node image/bundle.ts /image/kdmq \
 && mkdir -p /image/var/lib/kdmq /image/bin \
 && ln -s /kdmq/dist/image/cli/main.js /image/bin/kdmq \
 && chmod -R u=rwX,go=rX /image/kdmq \
 && find /image -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +

FROM $BASE_IMAGE
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="kdmq" \
      org.opencontainers.image.description="A DMQ node for Kubernetes that shares one bus with Kamailio" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"

COPY --from=build /image/kdmq /kdmq
# `kubectl exec POD -- kdmq nodes`. A folder is copied: the link in it stays a link.
COPY --from=build /image/bin/ /usr/local/bin/
# The default data_dir, for those who mount nothing there.
COPY --from=build --chown=1000:1000 /image/var/lib/kdmq /var/lib/kdmq

# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
WORKDIR /kdmq
EXPOSE 5060/udp 5060/tcp 5061/tcp 8080/tcp

# Asks the node whether it is alive; Kubernetes has probes of its own.
HEALTHCHECK --interval=15s --timeout=3s --start-period=15s --retries=3 CMD ["node", "-e", \
  "require('node:http').get('http://localhost:8080/livez', (reply) => process.exit(reply.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]

# kdmq handles SIGTERM itself and starts no other processes: it needs no init. In small containers V8 would take more
# memory for its heap than there is, and be killed before it collects garbage.
ENTRYPOINT ["node", "--max-old-space-size-percentage=50", "dist/image/cli/main.js"]
CMD ["start"]
