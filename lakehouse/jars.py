"""The Delta jars that Spark loads beside its own: pinned here, fetched once at set-up, never by a night."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lakehouse.errors import LakehouseError
from lakehouse.java import java_home


@dataclass(frozen=True)
class Jar:
    """One file of Maven coordinates `group:name:version`, with its size in bytes and its SHA-256."""

    group: str
    name: str
    version: str
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """Name of the file in the folder of jars."""
        return f"{self.name}-{self.version}.jar"


# Exactly what Spark 4.1 with Scala 2.13 lacks: resolved with their dependencies they would bring 87 MB it has already.
JARS = (
    Jar(
        "io.delta",
        "delta-spark_4.1_2.13",
        "4.4.0",
        9_471_929,
        "75a9400986853c061f5109f012547de2545a5759e5e752e5ef633dabe16a4f10",
    ),
    Jar(
        "io.delta",
        "delta-storage",
        "4.4.0",
        113_863,
        "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
    ),
    Jar(
        "io.delta",
        "delta-kernel-api",
        "4.4.0",
        2_838_619,
        "ee9b5a14ac3b7efdff4d61a58478fe8eb0e5a3fbca43889dca7290795fe79a11",
    ),
    Jar(
        "io.delta",
        "delta-kernel-defaults",
        "4.4.0",
        227_185,
        "225c975199e4718b38ee5b7e6da7f19e9585024262b2cec2656b32151a856b0b",
    ),
    Jar(
        "io.delta",
        "delta-kernel-unitycatalog",
        "4.4.0",
        43_048,
        "cea22dfb4ac562b3cd27bf652697750e8336009d73fb06631363aaaad5345ffa",
    ),
    Jar(
        "io.unitycatalog",
        "unitycatalog-client",
        "0.6.0",
        564_136,
        "48257499a86b801a3e2372cec55ac226ca1c1c7eabe5c118e7302f29a1fdbc19",
    ),
)


def folder() -> Path:
    """Where the jars lie: inside the environment, so that they go when it goes."""
    return Path(sys.prefix) / "share" / "lakehouse" / "jars"


def jar_paths() -> list[Path]:
    """The jars to give to Spark's start; their sizes are looked at, their digests only at set-up and by doctor."""
    for jar in JARS:
        path = folder() / jar.file
        if not path.is_file() or path.stat().st_size != jar.size:
            state = "has the wrong size" if path.exists() else "is missing"
            raise LakehouseError("JARS-001", f"A jar of Spark {state}.", where=str(path), do="Run `make setup`.")
    return [folder() / jar.file for jar in JARS]


def damaged(where: Path) -> list[Jar]:
    """Jars that are missing from a folder or differ from their pinned digest."""
    return [jar for jar in JARS if not _is_sound(where / jar.file, jar)]


def install() -> None:
    """Fetch what is missing or damaged, check every digest, and only then put the files in place."""
    if not damaged(folder()):
        return
    with tempfile.TemporaryDirectory(prefix="lakehouse-jars-") as temporary:
        fetched = Path(temporary) / "fetched"
        _fetch(Path(temporary), fetched)
        wrong = damaged(fetched)
        if wrong:
            raise LakehouseError(
                "JARS-003",
                "What was fetched is not what is pinned.",
                where=", ".join(jar.file for jar in wrong),
                do=f"Fetch these files from a source you trust and put them into {folder()}, then run `make setup`.",
            )
        folder().mkdir(parents=True, exist_ok=True)
        for jar in JARS:
            part = folder() / f".{jar.file}.{os.getpid()}"
            shutil.copyfile(fetched / jar.file, part)
            os.replace(part, folder() / jar.file)


def _is_sound(path: Path, jar: Jar) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _fetch(work: Path, target: Path) -> None:
    """Let the Ivy that comes with Spark fetch the files: it knows the registry, so no address stands here."""
    (work / "ivy.xml").write_text(_ivy_file())
    pattern = f"{target}/[artifact]-[revision].[ext]"
    command = [str(java_home() / "bin" / "java"), f"-Divy.default.ivy.user.dir={work}", "-jar", str(_ivy_jar())]
    options = ["-ivy", str(work / "ivy.xml"), "-types", "jar", "-retrieve", pattern, "-error"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise LakehouseError(
            "JARS-002",
            "The jars of Delta could not be fetched.",
            where=_reason(done.stdout + done.stderr),
            do=f"Check the network and run `make setup` again, or put the files by hand into {folder()}.",
        )


def _ivy_file() -> str:
    lines = [
        f'<dependency org="{jar.group}" name="{jar.name}" rev="{jar.version}" transitive="false" conf="*->default"/>'
        for jar in JARS
    ]
    head = '<ivy-module version="2.0"><info organisation="lakehouse" module="jars"/><dependencies>'
    return "\n".join([head, *lines, "</dependencies></ivy-module>"])


def _ivy_jar() -> Path:
    package = importlib.util.find_spec("pyspark")
    found = sorted(Path(package.origin).parent.glob("jars/ivy-*.jar")) if package and package.origin else []
    if not found:
        raise LakehouseError("JARS-004", "Spark is not installed in this environment.", do="Run `make setup`.")
    return found[0]


def _reason(output: str) -> str:
    """The first line in which Ivy says what failed."""
    lines = [line.strip() for line in output.splitlines()]
    telling = [line for line in lines if any(word in line.lower() for word in ("error at", "exception", "not found"))]
    return (telling or [line for line in lines if line] or ["no reason given"])[0][:200]


def main() -> int:
    """Fetch the jars; what a person must do is one sentence on standard error."""
    try:
        install()
    except LakehouseError as error:
        print(error, file=sys.stderr)
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
