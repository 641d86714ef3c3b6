"""Set the project up from nothing: packages, Java, jars. Standard library only; run by the system's Python.

`python3 -m lakehouse.bootstrap` in the checkout. A second run sees by its stamp that nothing changed, and ends at once.
With the word `lock` it resolves the pins anew before; with `superset` it sets up Superset's own environment and nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lakehouse import debian, java
from lakehouse.errors import LakehouseError

ROOT = Path(__file__).resolve().parents[1]
INPUTS = ("pyproject.toml", "requirements/lakehouse.txt", "lakehouse/bootstrap.py", "lakehouse/jars.py")
PYTHON = (3, 11)
VENV, SUPERSET = ".venv", ".venv-superset"
SUPERSET_INPUTS = ("requirements/superset.txt", "lakehouse/bootstrap.py", "dashboards/superset/metadata.py")


def set_up(root: Path) -> bool:
    """Bring the environment up to date; False when it was so already."""
    if is_current(root):
        return False
    with _alone(root):
        if is_current(root):
            return False
        _make_environment(root, _find_uv(root))
        _say("Looking for Java")
        java.install()
        _say("Fetching the jars of Delta")
        _fetch_jars(root)
        _stamp(root / VENV).write_text(fingerprint(root))
    return True


def set_up_superset(root: Path) -> bool:
    """Bring Superset's own environment up to date, with an empty metadata database in it; False when it was so already."""
    folder = root / SUPERSET
    if _is_stamped(folder, print_of := _digest(root, SUPERSET_INPUTS)):
        return False
    with _alone(root):
        if _is_stamped(folder, print_of):
            return False
        _make_python(root, _find_uv(root), folder, "superset.txt")
        _say("Preparing Superset's metadata, which takes a minute")
        _run(
            [_python(folder), "-m", "dashboards.superset.metadata", folder / "superset.db"],
            failing=LakehouseError(
                "SETUP-009", "Superset's metadata could not be prepared.", do="Mend that, then run `make superset`."
            ),
            cwd=root,
        )
        _stamp(folder).write_text(print_of)
    return True


def is_current(root: Path) -> bool:
    """Whether the environment was made from what the checkout asks for now."""
    return _is_stamped(root / VENV, fingerprint(root))


def fingerprint(root: Path) -> str:
    """Digest of everything the environment depends on: the inputs, the checkout's place, and its packages."""
    packages = sorted(package.parent.name for package in root.glob("*/__init__.py"))
    return _digest(root, INPUTS, *packages)


def _digest(root: Path, inputs: Sequence[str], *more: str) -> str:
    digest = hashlib.sha256(str(root).encode())
    for name in inputs:
        digest.update(hashlib.sha256((root / name).read_bytes()).digest())
    for text in more:
        digest.update(f"\n{text}".encode())
    return digest.hexdigest()


def _is_stamped(folder: Path, print_of: str) -> bool:
    """Whether an environment is there, and was made from what has this digest."""
    return _python(folder).exists() and _stamp(folder).exists() and _stamp(folder).read_text() == print_of


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _stamp(folder: Path) -> Path:
    return folder / "stamp"


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Let one set-up at a time work in a checkout; the others wait and then find it done."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _find_uv(root: Path) -> str:
    """The uv on PATH, or a private one, installed if need be."""
    private = root / ".uv" / "bin" / "uv"
    found = shutil.which("uv") or (str(private) if private.exists() else None)
    if found:
        return found
    _say("Installing uv")
    _make_private_environment(root / ".uv")
    _run(
        [root / ".uv" / "bin" / "python", "-m", "pip", "install", "-q", "--require-hashes"],
        ["-r", root / "requirements" / "uv.txt"],
        failing=LakehouseError("SETUP-002", "uv could not be installed.", do="Install uv, then run `make setup`."),
    )
    return str(private)


def _make_private_environment(folder: Path) -> None:
    """Make a virtual environment with pip in it. Debian keeps the module for that in a package of its own."""
    command: list[str | Path] = [sys.executable, "-m", "venv", "--clear", folder]
    failing = LakehouseError(
        "SETUP-001",
        "This Python cannot make a virtual environment.",
        do="Install uv, or the package python3-venv, then run `make setup`.",
    )
    try:
        _run(command, failing=failing)
    except LakehouseError:
        if not (debian.can_install() and debian.install("python3-venv")):
            raise
        _run(command, failing=failing)


def _make_environment(root: Path, uv: str) -> None:
    """Create `.venv`, put exactly the pinned packages into it, and the project itself as an editable install."""
    _make_python(root, uv, root / VENV, "lakehouse.txt")
    python = _python(root / VENV)
    _run(
        [uv, "pip", "install", "-q", "--python", python, "--no-deps", "--no-build-isolation", "-e", root],
        failing=LakehouseError(
            "SETUP-005", "The project could not be installed.", do="Mend pyproject.toml, then run `make setup`."
        ),
    )


def _make_python(root: Path, uv: str, folder: Path, requirements: str) -> None:
    """Create a virtual environment unless it is there, and put exactly the pinned packages into it."""
    python = _python(folder)
    if not _runs(python):
        _say(f"Creating {folder.name}")
        version = ".".join(str(part) for part in PYTHON)
        chosen = sys.executable if sys.version_info[:2] == PYTHON else version
        _run(
            [uv, "venv", "-q", "--clear", "--python", chosen, folder],
            failing=LakehouseError(
                "SETUP-003", f"No Python {version} was found.", do=f"Install Python {version}, then run `make setup`."
            ),
        )
    _say("Installing the pinned packages")
    _run(
        [uv, "pip", "sync", "-q", "--python", python, "--require-hashes"],
        [root / "requirements" / requirements],
        failing=LakehouseError(
            "SETUP-004",
            "The pinned packages could not be installed.",
            do="Check the network and the free disk, then run `make setup` again.",
        ),
    )


def _runs(python: Path) -> bool:
    """Whether an interpreter is there, starts, and is of the right version."""
    ask = f"import sys; sys.exit(sys.version_info[:2] != {PYTHON})"
    return python.exists() and subprocess.run([str(python), "-c", ask], capture_output=True).returncode == 0


def _fetch_jars(root: Path) -> None:
    """Fetch the jars with the environment's Python, into the environment. Its error is a sentence already."""
    done = subprocess.run(
        [str(_python(root / VENV)), "-m", "lakehouse.jars"], cwd=root, stderr=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        raise LakehouseError(
            "SETUP-006", "The jars are not in place.", do=(done.stderr.strip().splitlines() or [""])[-1]
        )


def _run(*parts: Sequence[str | Path], failing: LakehouseError, cwd: Path | None = None) -> None:
    """Run a program; when it fails, raise the error with what the program said as its place."""
    command = [str(word) for part in parts for word in part]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=cwd)
    if done.returncode != 0:
        raise LakehouseError(failing.code, failing.what, where=_said(done.stdout + done.stderr), do=failing.do)


def _said(output: str) -> str:
    """What a failing program said: its first line, and its last one, which is often the cause."""
    lines = [line.strip(" ×╰─▶│") for line in output.splitlines()]
    lines = [line for line in lines if line] or ["it said nothing"]
    return "; ".join(line[:200] for line in dict.fromkeys((lines[0], lines[-1])))


def lock(root: Path) -> None:
    """Resolve what pyproject.toml asks for into the pinned requirement files. Pins that still serve stay as they are."""
    project = root / "pyproject.toml"
    bare = ["--no-header", "--no-annotate", "--no-emit-index-url", "--generate-hashes"]  # No address and no path.
    for group, name, more in (("dev", "lakehouse.txt", [project]), ("superset", "superset.txt", [])):
        _run(
            [_find_uv(root), "pip", "compile", "-q", "--group", f"{project}:{group}", *bare],
            ["--python-version", ".".join(str(part) for part in PYTHON), "-o", root / "requirements" / name, *more],
            failing=LakehouseError(
                "SETUP-008",
                "The requirements contradict each other or could not be looked up.",
                do="Mend pyproject.toml or the network, then run `make lock` again.",
            ),
        )


def _say(step: str) -> None:
    print(f"{step} …", flush=True)


def main(arguments: list[str]) -> int:
    """Set up this checkout: after `lock` with new pins, after `superset` Superset's environment and nothing else.

    `--help` prints what this module says and does nothing. What a person must do is one sentence, with exit code 2."""
    if arguments in (["-h"], ["--help"]):
        print((__doc__ or "").strip())
        return 0
    try:
        if arguments not in ([], ["lock"], ["superset"]):
            what = f"Set-up does not know `{' '.join(arguments)}`."
            raise LakehouseError("SETUP-010", what, do="Give it `lock`, `superset` or nothing; `--help` says more.")
        if arguments == ["lock"]:
            lock(ROOT)
        changed = set_up_superset(ROOT) if arguments == ["superset"] else set_up(ROOT)
    except LakehouseError as error:
        print(error, file=sys.stderr)
        return error.status
    except OSError as error:
        print(f"SETUP-007: A file could not be written or a program not started ({error}).", file=sys.stderr)
        return LakehouseError.status
    print("The environment is ready." if changed else "The environment is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
