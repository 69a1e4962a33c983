"""The emulated machine's kernel: Debian's package, unpacked into a cache folder, not installed.

Its modules are found by their own dependency list; nothing here knows a version.
"""

import fcntl
import gzip
import lzma
import pathlib
import re
import shutil
import subprocess

META_PACKAGE = "linux-image-cloud-amd64"

# What the guest needs before it can mount the host's files; modprobe does the rest from there.
BOOT_MODULES = ("virtio_pci", "virtiofs", "overlay")


class Kernel:
    """One unpacked kernel package: its image and its modules."""

    def __init__(self, folder):
        base = folder / "usr" if (folder / "usr/lib/modules").is_dir() else folder
        self.modules = next((base / "lib/modules").iterdir())
        self.release = self.modules.name
        self.image = folder / "boot" / f"vmlinuz-{self.release}"
        self.base = base

    def boot_modules(self):
        """The BOOT_MODULES and what they need, each after what it depends on."""
        needs = {}
        for line in (self.modules / "modules.dep").read_text(encoding="ascii").splitlines():
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
        ordered = []
        for name in BOOT_MODULES:
            pattern = re.compile(rf"(.*/)?{name}\.ko(\.\w+)?")
            path = next((path for path in needs if pattern.fullmatch(path)), None)
            if path is None:
                continue  # built into the kernel
            for one in [*reversed(needs[path]), path]:
                if one not in ordered:
                    ordered.append(one)
        return [self.modules / path for path in ordered]


def fetch(cache):
    """The kernel in the cache folder; downloads and unpacks it first if it is not there."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cache / "kernel"
        if not folder.exists():
            partial = cache / "kernel.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            _unpack(_package_name(), partial)
            kernel = Kernel(partial)
            subprocess.run(["depmod", "-b", kernel.base, kernel.release], check=True)
            partial.rename(folder)
    return Kernel(folder)


def module_bytes(path):
    """A module as the kernel takes it, whatever it was packed with."""
    content = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(content)
    if path.suffix == ".gz":
        return gzip.decompress(content)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq"], input=content, stdout=subprocess.PIPE,
                              check=True).stdout
    return content


def _package_name():
    shown = subprocess.run(["apt-cache", "show", "--no-all-versions", META_PACKAGE],
                           capture_output=True, text=True)
    found = re.search(r"^Depends: (linux-image-\S+)", shown.stdout, re.MULTILINE)
    if not found:
        raise SystemExit(f"vm: apt knows no {META_PACKAGE}: run apt-get update (the emulated "
                         "machine takes its kernel from Debian's package)")
    return found[1]


def _unpack(package, folder):
    print(f"vm: downloading {package} (about 27 MB, unpacked into {folder.parent}, "
          "not installed)", flush=True)
    subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package],
                   cwd=folder, check=True)
    archive = next(pathlib.Path(folder).glob("*.deb"))
    subprocess.run(["dpkg", "-x", archive, folder], check=True)
    archive.unlink()
