"""A Debian archive on this machine's loopback: signed lists, files, and the ways in which an archive can fail."""

import email.utils
import hashlib
import io
import subprocess
import tarfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fakes.openpgp import SigningKey

# A member of a tar archive: a file's bytes, or a link's target.
Member = bytes | str


class DebianArchive:
    """Serves what was put into it. `cut` names files whose connection breaks half-way; `asked` is what was fetched."""

    def __init__(self, signer: SigningKey) -> None:
        self.signer = signer
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        self._sources: dict[str, list[str]] = {}
        self._packages: dict[str, list[str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/debian"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_source(self, suite: str, package: str, version: str, *names: str, more: str = "") -> None:
        """A source package of the suite, whose files were put into `files` under its folder in the pool."""
        folder = f"pool/main/{package[0]}/{package}"
        sums = "".join(
            f"\n {hashlib.sha256(self.files[f'{folder}/{name}']).hexdigest()} "
            f"{len(self.files[f'{folder}/{name}'])} {name}"
            for name in names
        )
        md5 = "".join(f"\n {'0' * 32} {len(self.files[f'{folder}/{name}'])} {name}" for name in names)
        self._sources.setdefault(suite, []).append(
            f"Package: {package}\nBinary: {package}\nVersion: {version}\nFormat: 3.0 (quilt)\nArchitecture: any\n"
            f"Files:{md5}\nChecksums-Sha256:{sums}\nDirectory: {folder}\n{more}"
        )

    def add_binary(self, suite: str, package: str, version: str, path: str) -> None:
        """A package for all architectures, whose file was put into `files` under `path`."""
        data = self.files[path]
        self._packages.setdefault(suite, []).append(
            f"Package: {package}\nVersion: {version}\nArchitecture: all\nMaintainer: Nobody\nFilename: {path}\n"
            f"Size: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\nDescription: a package\n"
        )

    def publish(self, suite: str, signed: bool = True, valid_until: float | None = None) -> None:
        """Write the suite's lists and sign them."""
        architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()  # noqa: S607
        lists = {
            "main/source/Sources": "\n".join(self._sources.get(suite, [])),
            f"main/binary-{architecture}/Packages": "\n".join(self._packages.get(suite, [])),
        }
        until = "" if valid_until is None else f"Valid-Until: {email.utils.formatdate(valid_until)}\n"
        sums = "".join(
            f" {hashlib.sha256(text.encode()).hexdigest()} {len(text.encode())} {name}\n"
            for name, text in lists.items()
        )
        release = (
            f"Origin: Tests\nSuite: {suite}\nCodename: {suite}\nDate: {email.utils.formatdate(1_750_000_000)}\n"
            f"{until}Architectures: all {architecture}\nComponents: main\n"
            f"No-Support-for-Architecture-all: Packages\nSHA256:\n{sums}"
        )
        for name, text in lists.items():
            self.files[f"dists/{suite}/{name}"] = text.encode()
        self.files[f"dists/{suite}/InRelease"] = (
            self.signer.clear_sign(release) if signed else release
        ).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        archive = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.replace("%2b", "+").replace("%7e", "~").removeprefix("/debian/")
                archive.asked.append(name)
                data = archive.files.get(name)
                if data is None:
                    self.send_error(404, "Not Found")
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if name in archive.cut else data)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def tar(members: Mapping[str, Member], compression: str = "xz") -> bytes:
    """A tar archive; a name may be any, also one that leads out of it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{compression}") as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size, info.mode = len(content), 0o755 if content.startswith(b"#!") else 0o644
                archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def deb(members: Mapping[str, Member]) -> bytes:
    """A Debian package that unpacks to `members` (deb(5))."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar.xz": tar({"./control": b"Package: x\nVersion: 1\nArchitecture: all\n"}),
        "data.tar.xz": tar(members),
    }
    return b"!<arch>\n" + b"".join(
        f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode()
        + data
        + b"\n" * (len(data) % 2)
        for name, data in parts.items()
    )


def write(path: Path, content: bytes) -> Path:
    """A file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
