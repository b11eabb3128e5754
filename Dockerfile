# The images of nodetool-jupyter. Any builder will do, the classic one too; the README of each target is in
# docs/operators/docker.md and remote-worker.md.
#
#   docker build --target runner -t nodetool .          what a job of the docker strategy runs in
#   docker build --target worker -t nodetool-worker .   a worker behind a socket; what it needs beyond the runner
#   docker build --target hf-worker -t nodetool-hf .    the same with torch and transformers
#
#   --build-arg EXTRAS=js,table                   with extras of the package
#   --build-arg BASE_IMAGE=my/cuda-python:3.11    upon another image that has Python 3.11 or later
#   --build-arg CORE_IMAGE=my/worker:1.2          hf-worker upon a worker's image that is there
#
# The context is a checkout, or a folder whose subfolder wheels/ has the package's wheel. Whatever else is in wheels/ is
# taken before the index is asked.
#
# make image adds labels, org.nodetool.jupyter.version and .python, which only the finished image knows: by them a job that
# does not fit is refused before its start (nodetool_jupyter/execution/container/image.py).
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG CORE_IMAGE=worker

FROM ${BASE_IMAGE} AS build
ARG EXTRAS=
COPY . /context
# The virtual environment keeps apart what the base image has: nothing of it is replaced, and all of ours is in one place.
RUN set -e; python3 -m venv /opt/nodetool; \
    pip="/opt/nodetool/bin/python -m pip --disable-pip-version-check --no-cache-dir"; \
    mkdir -p /context/wheels; \
    wheel=$(find /context/wheels -name 'nodetool_jupyter-*.whl' | sort | tail -1); \
    $pip install --quiet --no-deps "${wheel:-/context}"; \
    /opt/nodetool/bin/python -m nodetool_jupyter.execution.needs "$EXTRAS" > /needs.txt; \
    $pip install --quiet --find-links /context/wheels --requirement /needs.txt; \
    $pip uninstall --quiet --yes setuptools pip

FROM ${BASE_IMAGE} AS bare
ENV PATH=/opt/nodetool/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
# A number, since it has no name in most images: no file belongs to it, and no setuid file is left that could change it.
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +
USER 65532:65532
WORKDIR /tmp

FROM bare AS runner
COPY --from=build /opt/nodetool /opt/nodetool
ENTRYPOINT ["nodetool"]
CMD ["run", "--stdin", "--jsonl"]

# What a worker needs beyond a runner: the job manager, and what only variables ask for, tokens of an issuer and a bucket.
FROM build AS build-worker
ARG EXTRAS=
ARG WORKER_EXTRAS=jwt,s3
RUN set -e; python3 -m venv /pip; \
    pip="/pip/bin/python -m pip --disable-pip-version-check --no-cache-dir --python /opt/nodetool/bin/python"; \
    /opt/nodetool/bin/python -m nodetool_jupyter.execution.needs --worker "$EXTRAS" "$WORKER_EXTRAS" > /needs.txt; \
    $pip install --quiet --no-warn-conflicts --find-links /context/wheels --requirement /needs.txt; \
    install -d -m 700 -o 65532 -g 65532 /app/data; install -d -o 65532 -g 65532 /app/huggingface

FROM bare AS worker
COPY --from=build-worker /opt/nodetool /opt/nodetool
# Both folders belong to the user, so that new volumes do there.
COPY --from=build-worker --chown=65532:65532 /app /app
ENV NODETOOL_HOME=/app/data \
    NODETOOL_RUNTIME=/tmp/nodetool \
    HF_HOME=/app/huggingface \
    HF_HUB_DISABLE_TELEMETRY=1
WORKDIR /app
EXPOSE 7777
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["python", "-m", "nodetool_jupyter.worker.health"]
CMD ["python", "-m", "nodetool_jupyter.worker", "--host", "0.0.0.0", "--port", "7777"]

# These come beside what is there, in /more, so that the image adds them as a layer to the worker's own, whichever that is.
FROM ${CORE_IMAGE} AS build-hf
ARG HF_VERSION=5.23.0
ARG TORCH_VERSION=2.13.0
# torch of the ordinary index brings CUDA's libraries; https://download.pytorch.org/whl/cpu has it without.
ARG TORCH_INDEX=
USER root
# The Dockerfile is named because a pattern that finds nothing is refused if it stands alone.
COPY Dockerfile wheels* /wheels/
RUN set -e; python3 -m venv /pip; \
    pip="/pip/bin/python -m pip --disable-pip-version-check --no-cache-dir --python /opt/nodetool/bin/python"; \
    python -m nodetool_jupyter.execution.needs hf > /needs.txt; \
    $pip freeze --exclude nodetool-jupyter > /there.txt; \
    printf 'transformers==%s\ntorch==%s\n' "$HF_VERSION" "$TORCH_VERSION" > /pins.txt; \
    mkdir /more; $pip install --quiet --no-warn-script-location --no-warn-conflicts --prefix /more \
      --find-links /wheels ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
      --constraint /there.txt --constraint /pins.txt --requirement /needs.txt

FROM ${CORE_IMAGE} AS hf-worker
COPY --from=build-hf /more /opt/nodetool
