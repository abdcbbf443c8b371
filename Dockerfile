# syntax=docker/dockerfile:1
# docker build -t certctl:0.1.0 .
FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libssl-dev libcurl4-openssl-dev libyaml-dev libidn2-dev libldns-dev libpsl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies before the sources, so that a change of ours does not fetch them again.
COPY Package.swift ./
RUN mkdir Sources Tests && swift package resolve
COPY Sources Sources
# What is embedded from there.
COPY policies policies
# Not built, but the package names them.
COPY Tests Tests
# The Swift runtime is linked into the program (Package.swift); what is left to load is below.
RUN swift build -c release --product certctl \
    && strip --strip-debug -o /certctl "$(swift build -c release --show-bin-path)/certctl"

# The same Debian as above: OpenSSL, libcurl, libyaml, libidn2, libldns and libpsl are its own, and get its security updates with the next build.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 libidn2-0 libldns3 libpsl5 libssl3 libstdc++6 libyaml-0-2 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /certctl /usr/local/bin/certctl
# As deploy/ has it: nothing here belongs to this user, and nothing is written outside of a --state folder.
USER 65532:65532
EXPOSE 8080 8443 9402
ENTRYPOINT ["/usr/local/bin/certctl"]
