"""Arguments of a job, as Glue passes them: `--name value` or `--name=value`, among others that Glue adds for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .errors import ArgumentsError


def parse_arguments(argv: Sequence[str], required: Sequence[str], defaults: Mapping[str, str]) -> dict[str, str]:
    """The named arguments; unknown ones are ignored, and the last of several wins.

    Raises ArgumentsError with everything that is missing.
    """
    known = {*required, *defaults}
    found = dict(defaults)
    tokens = iter(argv)
    for token in tokens:
        name, equals, value = token.removeprefix("--").partition("=")
        if not token.startswith("--") or name not in known:
            continue
        found[name] = value if equals else next(tokens, "")
    missing = [f"--{name}" for name in required if not found.get(name)]
    if missing:
        given = ", ".join(sorted(f"--{name}" for name, value in found.items() if value)) or "nothing"
        raise ArgumentsError(f"missing: {', '.join(missing)} (given: {given}): start the job with a value for each")
    return found
