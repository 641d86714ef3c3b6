# The project's image. Airflow, the Spark cluster and the demonstration point are the same program with other commands.
FROM python:3.11.13-slim-bookworm

# The folder of manual pages: Debian's slim images lack it, and Java's package writes there.
RUN mkdir -p /usr/share/man/man1 \
    && apt-get update \
    && apt-get install --yes --no-install-recommends make openjdk-17-jre-headless \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/lakehouse
COPY . .
RUN make setup && rm -rf .uv /root/.cache
ENV PATH=/opt/lakehouse/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1

# Its user has the number of whoever owns the files under secrets/, which nobody else can read. A new volume takes the
# owner of the folder that it is mounted over.
ARG UID=1000
RUN useradd --uid "$UID" --create-home lakehouse \
    && install --directory --owner lakehouse --mode 750 /airflow /cluster /lake /lake/serving /province /site
USER lakehouse
