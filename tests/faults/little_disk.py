"""A disk that can be full, or mounted read-only."""

import contextlib
import errno
import subprocess
from pathlib import Path


class LittleDisk:
    """A file system in memory, mounted on a folder; root only."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir()
        self.folder = folder
        self._mount("-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", str(folder))

    def _mount(self, *options: str) -> None:
        subprocess.run(["mount", *options], check=True)

    def fill(self) -> None:
        """To the last byte."""
        with contextlib.suppress(OSError), (self.folder / "ballast").open("wb", 0) as ballast:
            for size in (65536, 512, 1):
                try:
                    while True:
                        ballast.write(b"x" * size)
                except OSError as error:
                    assert error.errno == errno.ENOSPC

    def empty(self) -> None:
        (self.folder / "ballast").unlink()

    def read_only(self, on: bool) -> None:
        self._mount("-o", f"remount,{'ro' if on else 'rw'}", str(self.folder))

    def end(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False)
