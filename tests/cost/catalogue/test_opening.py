"""Opening a catalogue: files, addresses the user names, limits, and a closed network in plain words."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from workbench.cost.catalogue.opening import open_catalogue
from workbench.errors import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = b"InstanceType,Price\nm7i.large,0.1\n"


class Server(BaseHTTPRequestHandler):
    """Answers with a catalogue, an error, or a way out to a file."""

    def do_GET(self) -> None:
        if self.path == "/out":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/vms.csv" else 404)
        self.send_header("Last-Modified", "Sun, 01 Nov 2026 10:00:00 GMT")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def serving() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_file_is_read_with_its_digest_and_day(tmp_path: Path) -> None:
    path = tmp_path / "vms.csv"
    path.write_bytes(b"\xef\xbb\xbf" + BODY)
    opened = open_catalogue(str(path))
    assert opened.text == BODY.decode()
    assert opened.sha256 == hashlib.sha256(b"\xef\xbb\xbf" + BODY).hexdigest()
    assert opened.as_of == dt.datetime.fromtimestamp(path.stat().st_mtime, tz=dt.UTC).date()


def test_an_address_is_read_with_the_servers_day() -> None:
    with serving() as address:
        opened = open_catalogue(f"{address}/vms.csv")
    assert (opened.text, opened.as_of) == (BODY.decode(), dt.date(2026, 11, 1))


def test_what_cannot_be_fetched_is_one_readable_error() -> None:
    with serving() as address:
        with pytest.raises(SourceError, match="cannot fetch the catalogue: Not Found"):
            open_catalogue(f"{address}/gone.csv")
        with pytest.raises(SourceError, match="cannot fetch the catalogue"):
            open_catalogue(f"{address}/out")
    with pytest.raises(SourceError, match=r"Hint: where the network is closed, download the file"):
        open_catalogue(f"{address}/vms.csv", timeout_seconds=2.0)


@pytest.mark.parametrize("address", ["ftp://host/vms.csv", "file:///etc/hostname", "s3://bucket/vms.csv"])
def test_other_kinds_of_address_are_refused(address: str) -> None:
    with pytest.raises(UsageError, match="this kind of address is not read"):
        open_catalogue(address)


def test_a_catalogue_that_is_too_large_missing_or_packed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vms.csv"
    with pytest.raises(SourceError, match="cannot read the catalogue: No such file"):
        open_catalogue(str(path))
    path.write_bytes(b"x" * 101)
    assert len(open_catalogue(str(path), most_bytes=101).text) == 101
    with pytest.raises(SourceError, match="too large"):
        open_catalogue(str(path), most_bytes=100)
    path.write_bytes(b"\x1f\x8b\x08\x00\xff")
    with pytest.raises(SourceError, match=r"not UTF-8 text.*unpack it first"):
        open_catalogue(str(path))
