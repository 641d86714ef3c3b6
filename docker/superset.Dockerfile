# Superset in an environment of its own. Its pages, its workers and what sets it up are the same program with other commands.
FROM python:3.11.13-slim-bookworm

WORKDIR /opt/lakehouse
COPY . .
RUN python3 -m lakehouse.bootstrap superset && rm -rf .uv /root/.cache
ENV PATH=/opt/lakehouse/.venv-superset/bin:$PATH PYTHONDONTWRITEBYTECODE=1

# Its user has the number of whoever owns the files under secrets/, which nobody else can read. A new volume takes the
# owner of the folder that it is mounted over.
ARG UID=1000
RUN useradd --uid "$UID" --create-home lakehouse \
    && install --directory --owner lakehouse --mode 750 /serving /superset
USER lakehouse
