"""`lakehouse receiver`: take what hospitals push."""

from __future__ import annotations

from pathlib import Path

import click

from jobs.receiver.serve import serve as serve_until_stopped
from lakehouse.settings import from_environment

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def receiver() -> None:
    """Take deliveries from the points that push them."""


@receiver.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of this machine to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="0: any free port.")
@click.option("--certificate", type=FILE, help="Certificate of the server and of who issued it, PEM.")
@click.option("--key", type=FILE, help="Private key of the certificate, PEM.")
def serve(host: str, port: int, certificate: Path | None, key: Path | None) -> None:
    """Answer as the interface of the province does, and keep sealed what comes in, until interrupted.

    Other addresses than this machine's own need a certificate.
    """
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key belong together.")
    tls = (certificate, key) if certificate and key else None
    serve_until_stopped(from_environment(), host, port, tls, lambda line: click.echo(line, err=True))
