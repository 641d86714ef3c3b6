"""Makes an administrator; the password comes on standard input, since other users of a machine see commands.

`python -m dashboards.superset.administrator NAME`, with the Python and the variables of a Superset.
"""

from __future__ import annotations

import sys

from superset.app import create_app


def make(name: str, password: str) -> bool:
    """Make the user with all rights, unless there is one of that name; False when Superset did not."""
    app = create_app()
    with app.app_context():
        security = app.appbuilder.sm
        return bool(
            security.find_user(name)
            or security.add_user(
                name, "湖仓", "管理员", f"{name}@localhost", security.find_role("Admin"), password=password
            )
        )


if __name__ == "__main__":
    sys.exit(not make(sys.argv[1], sys.stdin.read().strip()))
