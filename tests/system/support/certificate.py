# SPDX-License-Identifier: Apache-2.0
"""Self-signed certificates made by the openssl program."""
import subprocess


def make_certificate(folder, name):
    """A self-signed pair for `name`, or for an IPv4 address; (certificate, key) as paths."""
    kind = "IP" if name.replace(".", "").isdigit() else "DNS"
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName={kind}:{name}", "-keyout", str(key), "-out",
                    str(certificate)], check=True, capture_output=True)
    return certificate, key
