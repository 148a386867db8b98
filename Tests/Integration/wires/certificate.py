"""Certificates for tests: made by openssl, good for this machine's own addresses."""

from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path


class Certificate:
    """A certificate and its key as files, which can be renewed where they are."""

    def __init__(self, folder: Path):
        self.certificate = folder / "cert.pem"
        self.key = folder / "key.pem"
        self.renew()

    def renew(self) -> None:
        """Replaces both files, each in one step, as tools that renew certificates do."""
        aside = [path.with_suffix(".new") for path in (self.key, self.certificate)]
        command = [
            "openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout", str(aside[0]), "-out", str(aside[1]),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True)
        for new, path in zip(aside, (self.key, self.certificate)):
            os.replace(new, path)

    def context(self, *protocols: str) -> ssl.SSLContext:
        """What a client needs to trust this certificate alone; `protocols` are offered by ALPN."""
        context = ssl.create_default_context(cafile=self.certificate)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context

    @property
    def served(self) -> bytes:
        """The certificate as a handshake shows it (DER)."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
