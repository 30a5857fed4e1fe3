"""Replaces parts of moto, and refuses to when moto is not what the replacement was written for.

A replacement always gets the original as its first argument. Each one names the parameters of its target, so that an
upgrade of moto that changes a target stops the server at start instead of changing its behaviour unnoticed.
"""

from __future__ import annotations

import functools
import importlib.metadata
import inspect
import sys
from collections.abc import Callable
from typing import Any

SUPPORTED_MOTO = "5.2.5"

Replacement = Callable[..., Any]


class PatchError(RuntimeError):
    """moto differs from the version that this layer was written for."""


def require_supported_moto() -> None:
    """Fails unless exactly the supported version of moto is installed."""
    installed = importlib.metadata.version("moto")
    if installed != SUPPORTED_MOTO:
        raise PatchError(f"moto {installed} is installed, but this layer is written for moto {SUPPORTED_MOTO}")


def replace_method(owner: type, name: str, parameters: str) -> Callable[[Replacement], Replacement]:
    """Replaces a method; `parameters` are the target's parameter names, separated by spaces."""

    def decorate(replacement: Replacement) -> Replacement:
        found = owner.__dict__.get(name)
        original = found.__func__ if isinstance(found, staticmethod) else found
        if not inspect.isfunction(original):
            raise PatchError(f"{_label(owner, name)} is not a method any more")
        _require_parameters(original, parameters, _label(owner, name))

        @functools.wraps(original)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return replacement(original, *args, **kwargs)

        setattr(owner, name, staticmethod(patched) if isinstance(found, staticmethod) else patched)
        return replacement

    return decorate


def replace_property(owner: type, name: str) -> Callable[[Replacement], Replacement]:
    """Replaces a read-only property; the replacement gets the original getter and the instance."""

    def decorate(replacement: Replacement) -> Replacement:
        original = owner.__dict__.get(name)
        if not isinstance(original, property) or original.fget is None:
            raise PatchError(f"{_label(owner, name)} is not a property any more")
        getter = original.fget
        setattr(owner, name, original.getter(lambda self: replacement(getter, self)))
        return replacement

    return decorate


def add_method(owner: type, name: str) -> Callable[[Replacement], Replacement]:
    """Adds a method that moto lacks; fails once moto has one of that name, so that ours can be deleted."""

    def decorate(method: Replacement) -> Replacement:
        if hasattr(owner, name):
            raise PatchError(f"moto now has {_label(owner, name)}: delete the replacement")
        setattr(owner, name, method)
        return method

    return decorate


def replace_function(target: Callable[..., Any], parameters: str) -> Callable[[Replacement], Replacement]:
    """Replaces a function in its own module and in each module that has imported it by name."""

    def decorate(replacement: Replacement) -> Replacement:
        label = f"{target.__module__}.{target.__qualname__}"
        _require_parameters(target, parameters, label)

        @functools.wraps(target)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return replacement(target, *args, **kwargs)

        importers = [module for module in list(sys.modules.values()) if _imports(module, target)]
        if not importers:
            raise PatchError(f"{label} is not found in any module")
        for module in importers:
            setattr(module, target.__name__, patched)
        return replacement

    return decorate


def _imports(module: Any, target: Callable[..., Any]) -> bool:
    return getattr(module, "__dict__", {}).get(target.__name__) is target


def _require_parameters(function: Callable[..., Any], expected: str, label: str) -> None:
    found = " ".join(inspect.signature(function).parameters)
    if found != expected:
        raise PatchError(f"{label} takes ({found}), but this layer was written for ({expected})")


def _label(owner: type, name: str) -> str:
    return f"{owner.__module__}.{owner.__qualname__}.{name}"
