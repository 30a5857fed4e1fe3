"""How jobs fail. The name of the class is the machine-readable part: it becomes the run's error message."""

from __future__ import annotations


class RefusedError(Exception):
    """The data, and not the machinery, is at fault: a retry with the same data would end the same way."""

    # Tracebacks print modules of all classes but builtins, and the run's message has to begin with the bare name.
    __module__ = "builtins"

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class QualityRefusedError(RefusedError):
    """A quality rule of the contract does not hold."""

    __module__ = "builtins"


class SchemaRefusedError(RefusedError):
    """The contract changed in a way that what is stored cannot follow."""

    __module__ = "builtins"


class WindowRefusedError(RefusedError):
    """Rows of a database's table cannot be assigned to windows of time."""

    __module__ = "builtins"


class CountRefusedError(RefusedError):
    """Other rows were read or written than the database counted."""

    __module__ = "builtins"


class SecretRefusedError(RefusedError):
    """There is no usable user and password, or the database does not let them in."""

    __module__ = "builtins"


class SourceUnreachableError(Exception):
    """The database does not answer, or nobody vouches that it is the one."""

    __module__ = "builtins"

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class FencedError(Exception):
    """Somebody else has taken over what this run was to do, and this one has changed nothing since."""

    __module__ = "builtins"


class ArgumentsError(Exception):
    """The job was started with arguments that do not suffice."""

    __module__ = "builtins"
