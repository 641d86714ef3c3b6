"""A generated province whose points are reached over SFTP: `python -m jobs.province.far_site PROVINCE SITE CONNECTION`."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

from lakehouse.files import write_whole


def write_far_site(province: Path, site: Path, connection: str) -> int:
    """Write the province's declarations, with every outbox as a folder of one SFTP server; how many points there are."""
    points = sorted((province / "site" / "points").glob("*.yaml"))
    for file in points:
        stated = yaml.safe_load(file.read_text(encoding="utf-8"))
        stated["transport"] = {"kind": "sftp", "connection": connection, "path": f"/{stated['id']}"}
        text = yaml.safe_dump(stated, allow_unicode=True, sort_keys=False)
        write_whole(site / "points" / file.name, text.encode())
    write_whole(site / "settings.yaml", (province / "site" / "settings.yaml").read_bytes())
    return len(points)


if __name__ == "__main__":
    print(f"{write_far_site(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])} points")
