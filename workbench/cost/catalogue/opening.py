"""Opens a catalogue: a file, or an address that the user named."""

from __future__ import annotations

import datetime as dt
import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path

from workbench.errors import Place, SourceError, UsageError

MOST_BYTES = 64 * 2**20
TIMEOUT_SECONDS = 30.0
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Opened:
    """The text of a catalogue.

    Attributes:
        origin: File or address, as it was named.
        text: All of it.
        sha256: Digest of its bytes.
        as_of: The day the file or the server says it is of.
    """

    origin: str
    text: str
    sha256: str
    as_of: dt.date


def open_catalogue(origin: str, most_bytes: int = MOST_BYTES, timeout_seconds: float = TIMEOUT_SECONDS) -> Opened:
    """Read a catalogue; the network is used for an `http` or `https` address only.

    Args:
        origin: File or address.
        most_bytes: Largest size.
        timeout_seconds: Longest wait for the server.

    Raises:
        SourceError: It cannot be read, is too large, or is no text.
        UsageError: The address is of another kind.
    """
    if "://" in origin and not origin.lower().startswith(_WEB):
        raise UsageError("this kind of address is not read", found=origin, expected="a file, http:// or https://")
    is_web = origin.lower().startswith(_WEB)
    data, day = _fetched(origin, most_bytes, timeout_seconds) if is_web else _read(Path(origin), most_bytes)
    if len(data) > most_bytes:
        raise SourceError("the catalogue is too large", place=Place(origin), expected=f"at most {most_bytes:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "unpack it first, if it is compressed"
        raise SourceError("the catalogue is not UTF-8 text", place=Place(origin), hint=hint) from error
    return Opened(origin, text, hashlib.sha256(data).hexdigest(), day)


def _read(path: Path, most_bytes: int) -> tuple[bytes, dt.date]:
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
        changed = path.stat().st_mtime
    except OSError as error:
        raise SourceError(f"cannot read the catalogue: {error.strerror}", place=Place(str(path))) from error
    return data, dt.datetime.fromtimestamp(changed, tz=dt.UTC).date()


def _fetched(address: str, most_bytes: int, timeout_seconds: float) -> tuple[bytes, dt.date]:
    request = urllib.request.Request(address, headers={"User-Agent": "workbench"})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as response:  # noqa: S310 - checked above
            if not response.geturl().lower().startswith(_WEB):
                raise SourceError("the server sent us to another kind of address", place=Place(address))
            data, modified = response.read(most_bytes + 1), response.headers.get("Last-Modified")
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        hint = "where the network is closed, download the file elsewhere and give its path"
        raise SourceError(f"cannot fetch the catalogue: {reason}", place=Place(address), hint=hint) from error
    return data, _day(modified)


def _day(modified: str | None) -> dt.date:
    try:
        return parsedate_to_datetime(modified or "").date()
    except ValueError:
        return dt.datetime.now(tz=dt.UTC).date()
