"""How decision files and their sign-offs are named, written and known again."""

from __future__ import annotations

import hashlib
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = "decisions"
_LONGEST_SLUG = 60


def slug(text: str, otherwise: str) -> str:
    """Give the part of a file name that tells what it is about, portable on every file system.

    Example:
        >>> slug("b05@400", "candidate"), slug("../..", "candidate"), slug("11-25-x", "candidate")
        ('b05-400', 'candidate', 'c-11-25-x')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text)[:_LONGEST_SLUG].strip(".-") or otherwise
    return f"{otherwise[:1]}-{plain}" if re.match(r"\d\d-\d\d-", plain) else plain


def text_digest(data: bytes) -> str:
    """Digest a text; line ends that git changed on checkout do not count."""
    return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()


def as_yaml(record: Mapping[str, object], head: str) -> str:
    """Render a record as YAML below a line that says what it is; text of several lines stands as such."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - keeps the start of a run quick

    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({key: _laid_out(value) for key, value in record.items()}, out)
    return head + out.getvalue()


def _laid_out(value: object) -> object:
    from ruamel.yaml.scalarstring import LiteralScalarString  # noqa: PLC0415 - keeps the start of a run quick

    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
