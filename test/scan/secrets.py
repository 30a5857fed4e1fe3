"""Looks for secrets in files and in archives: by the patterns of detect-secrets, and by values that are known to be secret.

    python test/scan/secrets.py < request.json

The request has `files` and `values`; the answer is a list of `{"file", "kind"}`. It never repeats what it found.
"""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

# Patterns of credentials. Not the guesses by entropy and by words, for hashes and names of passwords are no secrets.
PLUGINS = [
    "ArtifactoryDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "GitHubTokenDetector",
    "JwtTokenDetector",
    "NpmDetector",
    "PrivateKeyDetector",
    "SlackDetector",
    "StripeDetector",
    "TwilioKeyDetector",
]

# Of keys the pattern of detect-secrets knows those of one line only; most have many.
KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(\s|\\n|\\r)*[A-Za-z0-9+/]{20,}")

# Lines of bundles are long, and patterns are short.
LINE = 2000
OVERLAP = 200


def main() -> None:
    """Reads the request, writes the answer."""
    request = json.load(sys.stdin)
    values = [value.encode() for value in request["values"]]
    found: set[tuple[str, str]] = set()
    plugins = {"plugins_used": [{"name": name} for name in PLUGINS], "filters_used": []}
    with transient_settings(plugins):
        for name in request["files"]:
            for where, content in contents(name, Path(name).read_bytes()):
                found |= {(where, kind) for kind in kinds(content, values)}
    json.dump([{"file": where, "kind": kind} for where, kind in sorted(found)], sys.stdout)


def contents(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The file, or what is in it if it is an archive, to any depth."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        yield name, data
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield from contents(f"{name}!{entry.filename}", archive.read(entry))


def kinds(content: bytes, values: list[bytes]) -> set[str]:
    """What kinds of secrets there are in the content."""
    found = {"a known value" for value in values if value in content}
    found |= {"Private Key" for _ in KEY.finditer(content)}
    # Programs in machine code have bytes of every kind.
    if b"\0" in content[:8000]:
        return found
    for line in content.decode("utf-8", "replace").splitlines():
        for start in range(0, max(len(line), 1), LINE - OVERLAP):
            found |= {secret.type for secret in scan_line(line[start : start + LINE])}
    return found


if __name__ == "__main__":
    main()
