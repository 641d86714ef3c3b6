"""Health checks of containers: `python -m jobs.healthy KIND HOST WHAT` ends with 0 or 1.

Kinds: `port` and `superset` with the number of a port, `airflow` with the name of a component.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys

SECONDS = 5.0


def port(host: str, number: str) -> bool:
    """Whether something accepts connections there."""
    with socket.create_connection((host, int(number)), SECONDS):
        return True


def airflow(host: str, component: str) -> bool:
    """Whether the api-server says that a component of Airflow has reported in time."""
    line = http.client.HTTPConnection(host, 8080, timeout=SECONDS)
    line.request("GET", "/api/v2/monitor/health")
    said = json.loads(line.getresponse().read())
    return bool(said[component]["status"] == "healthy")


def superset(host: str, number: str) -> bool:
    """Whether Superset says that it is there."""
    line = http.client.HTTPConnection(host, int(number), timeout=SECONDS)
    line.request("GET", "/health")
    return line.getresponse().read() == b"OK"


ASKED = {"port": port, "airflow": airflow, "superset": superset}


def main(words: list[str]) -> int:
    """Ask; what cannot be reached is not healthy."""
    kind, *rest = words
    try:
        return 0 if ASKED[kind](*rest) else 1
    except (OSError, http.client.HTTPException, ValueError, LookupError) as error:
        print(f"{kind} {' '.join(rest)}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
