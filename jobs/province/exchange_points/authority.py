"""An authority that issues certificates for the servers of a demonstration. Its key never leaves this process."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Tls:
    """The files of a server's certificate and of its private key."""

    certificate: Path
    key: Path


@dataclass
class Authority:
    """An authority of its own, valid for a day around now."""

    name: str = "Demonstration authority"
    _key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False
    )

    def __post_init__(self) -> None:
        self._certificate = self._signed(self.name, self._key.public_key(), datetime.now(UTC) + DAY, authority=True)

    @property
    def pem(self) -> str:
        """Its certificate: what a connection names as `authority`."""
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def issue(self, folder: Path, host: str = "127.0.0.1", until: datetime | None = None) -> Tls:
        """Write a certificate for a host, with its key, into a folder. until: its last moment; by default in a day."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(host, key.public_key(), until or datetime.now(UTC) + DAY, authority=False)
        folder.mkdir(parents=True, exist_ok=True)
        tls = Tls(folder / "server.pem", folder / "server.key")
        tls.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        tls.key.touch(mode=0o600)
        tls.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return tls

    def _signed(
        self, subject: str, key: ec.EllipticCurvePublicKey, until: datetime, authority: bool
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(_name(self.name))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(until - 2 * DAY)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if not authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([_host(subject)]), critical=False)
        return builder.sign(self._key, SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
