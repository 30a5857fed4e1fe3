"""Brings the jars of Spark jobs from where Spark itself gets packages, and checks each by its sum.

    python tools/setup/jars.py <list> <folder> [<file>...]

Ivy, which is part of Spark, knows the registries, and a mirror if DEFAULT_ARTIFACT_REPOSITORY names one. Each jar
is resolved alone: what a jar declares to need is either in Spark already or in the list. Files that are named are
the only ones that are brought.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def main(argv: list[str]) -> int:
    """Fetches what is missing or not as listed. Problems of all jars come at once, on stderr."""
    listed, folder, named = Path(argv[0]), Path(argv[1]), argv[2:]
    jars = [jar for jar in json.loads(listed.read_text("utf-8")) if not named or jar["file"] in named]
    wanted = [jar for jar in jars if sum_of(folder / jar["file"]) != jar["sha256"]]
    if not wanted:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    # What Ivy keeps for itself would only be a second copy of each.
    with tempfile.TemporaryDirectory(prefix=".ivy", dir=folder) as cache:
        resolve = resolver(cache)
        problems = [problem for jar in wanted if (problem := fetch(jar, folder, resolve, listed))]
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


def fetch(jar: dict[str, str], folder: Path, resolve: Callable[[str], str], listed: Path) -> str | None:
    """Brings one jar; what is wrong, or None."""
    coordinate = jar["coordinate"]
    print(f"fetching {coordinate}", flush=True)
    try:
        found = Path(resolve(coordinate))
    except Exception as error:
        text = " ".join(str(getattr(error, "java_exception", error)).split())[:300]
        return (
            f"{coordinate}: could not be fetched: {text}: check that a Maven registry can be reached, "
            "or name a mirror in DEFAULT_ARTIFACT_REPOSITORY"
        )
    content = found.read_bytes()
    actual = hashlib.sha256(content).hexdigest()
    if actual != jar["sha256"]:
        return (
            f"{coordinate}: expected sha256 {jar['sha256']}, found {actual}: it was damaged or replaced on the way; "
            f"try again, and if the sum stays, ask your mirror's owner before you change {listed}"
        )
    place(content, folder / jar["file"])
    return None


def place(content: bytes, target: Path) -> None:
    """Puts a file whole, so that nobody ever sees a part of it."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(target)


def sum_of(file: Path) -> str | None:
    """The sum of a file, or None if there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None


def resolver(cache: str) -> Callable[[str], str]:
    """Starts a JVM without a Spark context, and gives its way from coordinates to files."""
    # Another Spark of this machine's has no say.
    os.environ.pop("SPARK_HOME", None)
    os.environ["PYSPARK_SUBMIT_ARGS"] = "pyspark-shell"
    from pyspark.java_gateway import launch_gateway

    jvm = launch_gateway().jvm
    jvm.System.setProperty("spark.jars.ivy", cache)

    def resolve(coordinate: str) -> str:
        uri = jvm.java.net.URI.create(f"ivy://{coordinate}?transitive=false")
        return str(jvm.org.apache.spark.util.DependencyUtils.resolveMavenDependencies(uri).apply(0))

    return resolve


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
