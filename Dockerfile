# The images of nodetool-jupyter. Any builder will do, the classic one too; the README of each target is in
# docs/operators/docker.md.
#
#   docker build -t nodetool .                                     from a checkout, target runner
#   docker build --build-arg EXTRAS=torch -t nodetool-gpu .        with an extra of the package
#   docker build --build-arg BASE_IMAGE=my/cuda-python:3.11 .      upon another image that has Python 3.11 or later
#
# The context is a checkout, or a folder whose subfolder wheels/ has the package's wheel. Whatever else is in wheels/ is
# taken before the index is asked.
#
# make image adds labels, org.nodetool.jupyter.version and .python, which only the finished image knows: by them a job that
# does not fit is refused before its start (nodetool_jupyter/execution/container/image.py).
ARG BASE_IMAGE=python:3.11-slim-bookworm

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

FROM ${BASE_IMAGE} AS runner
COPY --from=build /opt/nodetool /opt/nodetool
ENV PATH=/opt/nodetool/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1
# A number, since it has no name in most images: no file belongs to it, and no setuid file is left that could change it.
RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["nodetool"]
CMD ["run", "--stdin", "--jsonl"]
