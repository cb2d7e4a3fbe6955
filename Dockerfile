# syntax=docker/dockerfile:1
# The image holds one binary, the few shared libraries that it needs, and the shipped configuration.
# scripts/check-image.sh reads the ARG lines below and tries the runtime stage without a container engine.

FROM swift:6.3-bookworm AS builder
ARG BUILD_PACKAGES="libbrotli-dev libhiredis-dev liblz4-dev libsimdjson-dev zlib1g-dev"
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $BUILD_PACKAGES \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Dependencies first: this layer is fetched again only when the manifest or the pins change, not with every source file.
COPY Package.swift Package.resolved* ./
RUN swift package resolve
COPY Sources ./Sources
# SwiftPM wants the folder of every target of the manifest, test targets included, even for one product.
COPY Tests ./Tests
RUN swift build -c release --product tributary --static-swift-stdlib \
 && install -D -m 0755 "$(swift build -c release --show-bin-path)/tributary" /out/tributary

FROM debian:bookworm-slim
# ca-certificates: upstreams over TLS. The rest is what `ldd tributary` names beyond libc.
ARG RUNTIME_PACKAGES="ca-certificates libbrotli1 libhiredis0.14 liblz4-1 libsimdjson14 libstdc++6 zlib1g"
RUN apt-get -qq update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $RUNTIME_PACKAGES \
 && rm -rf /var/lib/apt/lists/*
# A number, so that an orchestrator can see that it is not root.
ARG RUNTIME_UID=10001
RUN groupadd --gid $RUNTIME_UID tributary \
 && useradd --uid $RUNTIME_UID --gid $RUNTIME_UID --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tributary
COPY config/tributary.yaml /etc/tributary/tributary.yaml
COPY --from=builder /out/tributary /usr/local/bin/tributary
USER 10001:10001
# Mount another file there, or set variables over it. Inside a container the loopback address is nobody's, hence the other one;
# who may reach the port is the network's business.
ENV TRIBUTARY_CONFIG=/etc/tributary/tributary.yaml \
    TRIBUTARY_SERVER_HOST=0.0.0.0
EXPOSE 8005
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["tributary", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tributary"]
CMD ["serve"]
