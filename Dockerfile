# An image with nothing but the program: no shell, no package manager, not root. It is not built by .ci/run, where no Docker is.
#
#   docker build -t gigabatch .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" -e GIGACHAT_CREDENTIALS gigabatch run reviews.xlsx -p "Sentiment of {{Review}}"
#
# The folder with the table is /data; the journal and the output appear beside the table. For the page:
#
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" -e GIGACHAT_CREDENTIALS -e GIGABATCH_PASSWORD -p 127.0.0.1:8765:8765 \
#     gigabatch serve --listen 0.0.0.0:8765
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TAG=
RUN git config --global --add safe.directory /src && bash .ci/build /gigabatch "$TAG"

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /gigabatch /usr/bin/gigabatch
COPY --from=build /src/LICENSE /usr/share/doc/gigabatch/copyright
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/usr/bin/gigabatch"]
CMD ["--help"]
