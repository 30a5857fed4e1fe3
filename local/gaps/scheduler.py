"""Gaps of moto's EventBridge Scheduler."""


def install() -> None:
    """Closes the gaps of EventBridge Scheduler."""
