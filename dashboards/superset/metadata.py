"""An empty metadata database of Superset, made once for an environment and then copied: making one takes a minute.

`python -m dashboards.superset.metadata FILE`, with the Python of Superset's environment. Standard library only.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

CONFIG = Path(__file__).with_name("superset_config.py")
ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path, database: str, secret: str, guest_secret: str, served: Path) -> dict[str, str]:
    """The variables under which a program is this Superset. database: SQLAlchemy address of the metadata."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SUPERSET", "FLASK"))}
    ours = {
        "FLASK_APP": "superset.app:create_app()",
        "LAKEHOUSE_SERVED": str(served),
        "PYTHONPATH": str(ROOT),
        "SUPERSET_CONFIG_PATH": str(CONFIG),
        "SUPERSET_DATABASE": database,
        "SUPERSET_GUEST_SECRET": guest_secret,
        "SUPERSET_HOME": str(home),
        "SUPERSET_SECRET_KEY": secret,
    }
    return kept | ours


def prepare(path: Path) -> None:
    """Make the tables, and the roles and permissions that Superset itself knows; nothing that a secret protects."""
    with tempfile.TemporaryDirectory(dir=path.resolve().parent) as folder:
        made = Path(folder) / path.name
        secret, guest_secret = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        variables = environment(Path(folder), f"sqlite:///{made}", secret, guest_secret, Path(folder))
        for command in (["db", "upgrade"], ["init"]):
            program = [str(Path(sys.executable).with_name("superset")), *command]
            done = subprocess.run(program, env=variables, cwd=folder, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(
                    done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"superset {command[0]} failed"
                )
        os.replace(made, path)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
