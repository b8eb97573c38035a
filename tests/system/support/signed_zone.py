# SPDX-License-Identifier: Apache-2.0
"""A zone signed with DNSSEC, behind a real unbound that validates it."""
import shutil
import subprocess
import tempfile
from pathlib import Path

from .dns import Unbound


def programs_missing():
    """What is not installed of what a signed zone needs."""
    return [name for name in ("ldns-keygen", "ldns-signzone") if not shutil.which(name)]


class SignedZone(Unbound):
    """`zones` maps a zone's name to its records, without SOA and NS; `unsigned` are zones of which
    the DNS vouches for nothing, `broken` those in which a text was replaced after signing."""

    def __init__(self, zones, unsigned=(), broken=None):
        self.zone_folder = Path(tempfile.mkdtemp(prefix="mailweir-zones-"))
        self.clauses, self.anchors = [], []
        for name, records in zones.items():
            self.write_zone(name, records, name not in unsigned,
                            (broken or {}).get(name))
        super().__init__([])

    def write_zone(self, name, records, is_signed, broken):
        text = (f"$ORIGIN {name}.\n$TTL 60\n@ IN SOA ns hostmaster 1 3600 600 86400 60\n"
                "@ IN NS ns\nns IN A 127.0.0.1\n" + "\n".join(records) + "\n")
        path = self.zone_folder / name
        path.write_text(text)
        if is_signed:
            key = self.call("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", name).strip()
            self.call("ldns-signzone", "-n", "-o", name, str(path), key)
            self.anchors.append(self.zone_folder / f"{key}.key")
            path = path.with_name(path.name + ".signed")
            if broken:
                path.write_text(path.read_text().replace(*broken))
        self.clauses.append(f'auth-zone:\n  name: "{name}."\n  zonefile: "{path}"\n'
                            "  for-upstream: yes\n  for-downstream: no\n  fallback-enabled: no\n")

    def call(self, *arguments):
        return subprocess.run(arguments, cwd=self.zone_folder, check=True, capture_output=True,
                              text=True).stdout

    def start(self):
        path = self.folder / "unbound.conf"
        text = path.read_text()
        if "auth-zone:" not in text:
            anchors = "".join(f'  trust-anchor-file: "{anchor}"\n' for anchor in self.anchors)
            text = text.replace('module-config: "iterator"', 'module-config: "validator iterator"')
            text = text.replace('  local-zone: "." static\n',
                                anchors + '  local-zone: "test." nodefault\n')
            path.write_text(text + "\n".join(self.clauses))
        super().start()

    def close(self):
        super().close()
        shutil.rmtree(self.zone_folder, ignore_errors=True)
