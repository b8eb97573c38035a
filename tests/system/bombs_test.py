#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Archives made to exhaust whoever opens them end within 2 s and 256 MiB, as unscannable."""
import base64
import ctypes
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from multiprocessing import Process
from pathlib import Path

from support import Case, Gateway, InternalServer, main, options

MIB = 1 << 20
SECONDS, MEMORY = 2, 256 * MIB
POLICY = {"layers": ["attachments"], "rules": []}


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return out.getvalue()


def deflated_zeros(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(MIB)
    return b"".join(packer.compress(block) for _ in range(size // MIB)) + packer.flush()


def local_header(name, packed, size):
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, 0, len(packed), size, len(name),
                       0) + name + packed


def directory_entry(name, packed, size, offset):
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, 0, len(packed), size,
                       len(name), 0, 0, 0, 0, 0, offset) + name


def end_of_directory(count, size, offset):
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, offset, 0)


def zip_of_zips(levels=5, copies=16):
    """In the manner of 42.zip: each level holds the one below sixteen times."""
    inner = zipped([("0.dll", bytes(16 * MIB))])
    for level in range(levels):
        inner = zipped([(f"{level}-{i}.zip", inner) for i in range(copies)])
    return inner


def overlapping(entries=1900):
    """In the manner of zbsm.zip: all entries share the octets of one, 4 GiB of zeros each."""
    size = 4000 * MIB
    packed = deflated_zeros(size)
    head = local_header(b"A", packed, size)
    directory = b"".join(directory_entry(b"A", packed, size, 0) for _ in range(entries))
    return head + directory + end_of_directory(entries, len(directory), len(head))


def interleaved(entries=250):
    """Each entry's octets are a stored block that quotes the next entry's header."""
    packed = deflated_zeros(64 * MIB)
    out = local_header(b"0", packed, 64 * MIB)
    offsets = [0]
    for number in range(1, entries):
        name = b"%d" % number
        quote = struct.pack("<BHH", 0, 30 + 1, 0xFFFF ^ 31)
        head = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, 0, len(out) + len(quote),
                           64 * MIB, len(name), 0) + name + quote
        out = head + out
        offsets = [0] + [offset + len(head) for offset in offsets]
    directory = b"".join(directory_entry(b"%d" % (entries - 1 - i), packed, 64 * MIB, offset)
                         for i, offset in enumerate(offsets))
    return out + directory + end_of_directory(entries, len(directory), len(out))


def nested(depth=1000):
    inner, name = b"hello", "x.txt"
    for _ in range(depth):
        inner, name = zipped([(name, inner)]), "x.zip"
    return inner


def million_in_tar():
    """One header after the other; gzip makes 512 MB of them small."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1) as packer:
        head = bytearray(512)
        head[0:1], head[100:107], head[124:135], head[156:157] = b"a", b"0000644", b"0" * 11, b"0"
        head[257:265] = b"ustar\x0000"
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        block = bytes(head) * 10_000
        for _ in range(100):
            packer.write(block)
    return out.getvalue()


def million_in_zip(count=500_000):
    """As many as a message of 50 MiB can carry in base64; the directory alone counts."""
    names = [b"%x" % i for i in range(count)]
    entries = b"".join(directory_entry(name, b"", 0, 0) for name in names)
    return local_header(b"0", b"", 0) + entries + end_of_directory(0xFFFF, len(entries), 31)


def million_in_7z(count=1_000_000):
    """7-Zip packs its directory, so that a million empty files take little room."""
    library = ctypes.CDLL("libarchive.so.13")
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(library, name).restype = ctypes.c_void_p
    pointer, used = ctypes.c_void_p, ctypes.c_size_t(0)
    writer, entry = pointer(library.archive_write_new()), pointer(library.archive_entry_new())
    library.archive_write_set_format_7zip(writer)
    room = ctypes.create_string_buffer(64 * MIB)
    library.archive_write_open_memory(writer, room, ctypes.c_size_t(len(room)),
                                      ctypes.byref(used))
    for number in range(count):
        library.archive_entry_clear(entry)
        library.archive_entry_set_pathname(entry, b"%x" % number)
        library.archive_entry_set_filetype(entry, 0o100000)
        library.archive_entry_set_perm(entry, 0o644)
        library.archive_entry_set_size(entry, ctypes.c_int64(0))
        library.archive_write_header(writer, entry)
    assert library.archive_write_close(writer) == 0
    return room.raw[:used.value]


def pdf(objects):
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"] + objects
    out, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + (b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n"
                  b"%d\n%%%%EOF" % (len(objects) + 1, table, len(objects) + 1, len(out)))


def pdfs():
    """No octet too many, and still a minute of work."""
    one = pdf([b"<</S/URI/URI(http://a%d.example/)>>" % i for i in range(2500)])
    return zipped([(f"{i}.pdf", one) for i in range(300)])


def numbers_in_pdf():
    """Two octets each here, a quarter of a kilobyte in a reader."""
    return pdf([b"[" + b"0 " * (15 * MIB) + b"]"])


def pdfs_of_numbers():
    one = pdf([b"[" + b"0 " * MIB + b"]"])
    return zipped([(f"{i}.pdf", one) for i in range(40)])


def endless_streams():
    """Who looks for the end of each of them reads to the end of the file."""
    return pdf([b"<</Length 999999999>>stream\nx"] * 49_000)


def documents():
    """Office documents that unpack to more than a gigabyte together."""
    one = zipped([("word/document.xml", b"<w:p>" * 40_000), ("[Content_Types].xml", b"x"),
                  ("word/_rels/document.xml.rels", b"<Relationship/>" * 20_000)])
    return zipped([(f"{i}.docx", one) for i in range(1900)])


def directory_of_ole(name, kind, child, start, size):
    text = name.encode("utf-16le")
    return (text.ljust(64, b"\0") + struct.pack("<HBB", len(text) + 2, kind, 1)
            + struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child) + bytes(36)
            + struct.pack("<IQ", start, size))


def ole(names, stream):
    """An OLE file of streams that all are the same octets, chained once."""
    sectors = len(stream) // 512 + 1
    entries = [directory_of_ole("Root Entry", 5, 1, 0xFFFFFFFE, 0)]
    directories = (len(names) + 4) // 4
    tables = (sectors + directories) // 127 + 1
    entries += [directory_of_ole(name, 2, 0xFFFFFFFF, tables + directories, len(stream))
                for name in names]
    table = [0xFFFFFFFD] * tables
    for length in (directories, sectors):
        table += [len(table) + i + 1 for i in range(length - 1)] + [0xFFFFFFFE]
    table += [0xFFFFFFFF] * (tables * 128 - len(table))
    first = list(range(min(tables, 109))) + [0xFFFFFFFF] * (109 - min(tables, 109))
    head = (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(22) + struct.pack("<H", 9) + bytes(12)
            + struct.pack("<IIQIIII", tables, tables, 0, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
            ).ljust(76, b"\0")
    return (head + struct.pack("<109I", *first) + struct.pack(f"<{len(table)}I", *table)
            + b"".join(entries).ljust(directories * 512, b"\0")
            + stream.ljust(sectors * 512, b"\0"))


def native(name, octets):
    inside = (struct.pack("<H", 2) + name + b"\0" + name + b"\0" + struct.pack("<III", 3, 0,
                                                                           len(octets)) + octets)
    return struct.pack("<I", len(inside)) + inside


def packages_in_packages(depth=500):
    inner = b"hello"
    for _ in range(depth):
        inner = ole(["\x01Ole10Native"], native(b"a.doc", inner))
    return inner


def objects_in_rtf(count=3000):
    one = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + bytes(8)
    inside = native(b"a.doc", ole(["\x01Ole10Native"], native(b"b.txt", b"x" * 600)))[4:]
    one += struct.pack("<I", len(inside)) + inside
    return b"{\\rtf1" + (b"{\\object{\\*\\objdata " + one.hex().encode() + b"}}") * count + b"}"


def files_in_pdf(count=200):
    """Each file a gigabyte, packed."""
    packed = zlib.compress(bytes(64 * MIB), 9)
    out = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"
    for number in range(2, 2 * count, 2):
        out += (b"%d 0 obj<</Type/Filespec/F(a.txt)/EF<</F %d 0 R>>>>endobj\n"
                b"%d 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
                % (number, number + 1, number + 1, len(packed), packed))
    return out + b"trailer<</Root 1 0 R>>\n"


BOMBS = {
    "packages.doc": lambda: ole(["Package"] * 300, b"PK" * (10 * MIB // 2)),
    "packages_in_packages.doc": packages_in_packages,
    "objects.rtf": objects_in_rtf,
    "files.pdf": files_in_pdf,
    "pdfs.zip": pdfs,
    "numbers.pdf": numbers_in_pdf,
    "numbers.zip": pdfs_of_numbers,
    "streams.pdf": endless_streams,
    "documents.zip": documents,
    "42.zip": zip_of_zips,
    "overlapping.zip": overlapping,
    "interleaved.zip": interleaved,
    "nested.zip": nested,
    "million.tar.gz": million_in_tar,
    "million.zip": million_in_zip,
    "million.7z": million_in_7z,
    "zeros.gz": lambda: gzip.compress(bytes(1024 * MIB), 1),
    "gz.gz.gz": lambda: gzip.compress(gzip.compress(gzip.compress(bytes(1024 * MIB)))),
}


def message(name, octets):
    return (f"From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: application/octet-stream; name={name}\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode() + base64.encodebytes(
                octets).replace(b"\n", b"\r\n")


class Bombs(Case):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())
                           if hasattr(self, "enterContext") else tempfile.mkdtemp())
        (self.folder / "policy.yaml").write_text(json.dumps(POLICY))
        (self.folder / "mailweir.yaml").write_text(json.dumps({"policy": "policy.yaml"}))

    def scan(self, path):
        """Findings, seconds of CPU and octets of memory of one `mailweir scan`."""
        with open(self.folder / "out", "w+b") as out:
            process = subprocess.Popen(
                [options.mailweir, "scan", "--in-process", "--json", "--config",
                 self.folder / "mailweir.yaml", path], stdout=out, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            took = usage.ru_utime + usage.ru_stime
            out.seek(0)
            text = out.read().decode()
        return text, took, usage.ru_maxrss * 1024

    def test_each_ends_in_time_and_memory_as_unscannable(self):
        innocent = self.folder / "innocent.eml"
        innocent.write_bytes(message("a.txt", b"x"))
        _, _, before = self.scan(innocent)
        for name, make in BOMBS.items():
            with self.subTest(name):
                path = self.folder / (name + ".eml")
                # In a process of its own: who starts another hands on the memory it has.
                maker = Process(target=lambda: path.write_bytes(message(name, make())))
                maker.start()
                maker.join()
                self.assertEqual(maker.exitcode, 0)
                text, took, memory = self.scan(path)
                print(f"{name}: {path.stat().st_size / MIB:.1f} MiB, {took:.2f} s, "
                      f"{(memory - before) / MIB:.0f} MiB above {before / MIB:.0f}")
                self.assertIn("content.unscannable", text)
                self.assertLess(took, SECONDS)
                self.assertLess(memory - before, MEMORY)
                path.unlink()

    def test_a_sealed_worker_keeps_to_the_limits_too(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=POLICY, changes={
            "workers": {"scanners": 1}}))

        def worker():
            """Its number, its seconds of CPU, and its private memory now."""
            [pid] = gateway.worker_pids()
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            status = dict(line.split(":", 1) for line in
                          Path(f"/proc/{pid}/status").read_text().splitlines())
            return (pid, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
                    int(status["RssAnon"].split()[0]) * 1024)

        self.assertCode(gateway.send(message("a.txt", b"x")), 250)
        for name, make in BOMBS.items():
            with self.subTest(name):
                # The bomb is another process's, as above.
                sender = Process(target=lambda: sys.exit(
                    gateway.send(message(name, make()), timeout=120)[0] != 250))
                pid, before, base = worker()
                peak = base
                sender.start()
                while sender.is_alive():
                    try:
                        peak = max(peak, worker()[2])
                    except (OSError, ValueError):
                        pass  # it has just ended, which the numbers below will tell
                    time.sleep(0.005)
                sender.join()
                self.assertEqual(sender.exitcode, 0)
                after = worker()
                print(f"{name}: {after[1] - before:.2f} s, {(peak - base) / MIB:.0f} MiB")
                self.assertEqual(after[0], pid, "the same worker: the analysis ended by itself")
                self.assertLess(after[1] - before, SECONDS)
                self.assertLess(peak - base, MEMORY)
        scan = gateway.json("status")["scan"]
        self.assertEqual((scan["died"], scan["started"]), (0, 1))
        held = gateway.quarantine()
        self.assertEqual({row["reason"] for row in held}, {"content.unscannable"})
        self.assertEqual(len(held), len(BOMBS))
        self.assertEqual(server.count, 1)

    def test_they_are_held_and_the_gateway_goes_on(self):
        server = self.open(InternalServer())
        gateway = self.open(Gateway(server.port, policy=POLICY))
        for make in (nested, zip_of_zips, million_in_tar):
            self.assertCode(gateway.send(message("a.bin", make())), 250)
        self.assertEqual(len(gateway.quarantine()), 3)
        self.assertCode(gateway.send(message("a.txt", b"x")), 250)
        self.assertEqual(server.count, 1)


if __name__ == "__main__":
    main()
