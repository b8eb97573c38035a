# SPDX-License-Identifier: Apache-2.0
"""A disk of its own for a data directory, which can be taken as it stands at one moment: what was
not synced until then is not on it, as after a power cut."""
import fcntl
import subprocess

from .run import skip, wait_until

CLONE = 0x40049409  # FICLONE, for which writers wait; a copy that is read bit by bit is no moment
SHELF_SIZE, SIZE = 2 << 30, 96 << 20


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False)


class Disk:
    """Images by name, of which a copy is mounted at `place`; the first one, "new", is empty."""

    def __init__(self, folder):
        self.shelf, self.place, self.number = folder / "shelf", folder / "data", 0
        self.shelf.mkdir()
        self.place.mkdir()
        make(folder / "shelf.xfs", SHELF_SIZE, "mkfs.xfs", "-q", "-m", "reflink=1")
        mount(folder / "shelf.xfs", self.shelf, "loop")
        make(self.shelf / "new", SIZE, "mkfs.ext4", "-q", "-F", "-m", "0")

    @property
    def drive(self):
        return self.shelf / f"drive-{self.number}"

    def mount(self, name):
        # Never the same file again: whoever made a mount namespace meanwhile still has the one
        # before mounted, and mount(8) would give that one back, as it was.
        self.drive.unlink(missing_ok=True)
        self.number += 1
        clone(self.shelf / name, self.drive)
        # Nothing is written but what is synced: the journal's own turn comes in 5 minutes.
        mount(self.drive, self.place, "loop,commit=300")

    def unmount(self):
        wait_until(lambda: run("umount", self.place).returncode == 0, 20, "umount")

    def take(self, name):
        """The image of this name is what is mounted, or was last, as it stands on the disk now."""
        clone(self.drive, self.shelf / name)

    def close(self):
        for place in (self.place, self.shelf):
            run("umount", "-l", place)


def clone(source, target):
    with open(source, "rb") as old, open(target, "wb") as new:
        fcntl.ioctl(new, CLONE, old.fileno())


def make(path, size, program, *arguments):
    with open(path, "wb") as image:
        image.truncate(size)
    try:
        made = run(program, *arguments, path)
    except FileNotFoundError as error:
        skip(f"no file system can be made here: {error}")
    if made.returncode != 0:
        skip(f"no file system can be made here: {made.stderr.strip()}")


def mount(image, place, how):
    done = run("mount", "-o", how, image, place)
    if done.returncode != 0:
        skip(f"an image cannot be mounted here: {done.stderr.strip()}")
