"""An upgrade of moto must stop the server, not change what it does."""

import importlib.metadata
import sys
import types

import pytest

from local import patching


class Target:
    def greet(self, name):
        return f"hello {name}"

    @property
    def size(self):
        return 1

    @staticmethod
    def double(value):
        return value * 2


@pytest.fixture
def target():
    return type("Copy", (), dict(Target.__dict__))


def test_a_method_is_replaced_and_can_call_the_original(target):
    @patching.replace_method(target, "greet", "self name")
    def greet(original, self, name):
        return original(self, name.upper())

    assert target().greet("ada") == "hello ADA"


def test_properties_and_static_methods(target):
    @patching.replace_property(target, "size")
    def size(original, self):
        return original(self) + 1

    @patching.replace_method(target, "double", "value")
    def double(original, value):
        return original(value) + 1

    assert (target().size, target.double(3), target().double(3)) == (2, 7, 7)


@pytest.mark.parametrize(("name", "parameters"), [("greet", "self who"), ("gone", "self"), ("size", "self")])
def test_a_method_that_differs_is_refused(target, name, parameters):
    with pytest.raises(patching.PatchError):
        patching.replace_method(target, name, parameters)(lambda original: None)


def test_a_method_that_moto_has_by_now_is_refused(target):
    with pytest.raises(patching.PatchError, match="delete the replacement"):
        patching.add_method(target, "greet")(lambda self: None)


def test_a_function_is_replaced_wherever_it_was_imported(monkeypatch):
    home, user = types.ModuleType("patched_home"), types.ModuleType("patched_user")
    exec("def answer(x):\n    return x", home.__dict__)
    user.answer = home.answer
    monkeypatch.setitem(sys.modules, "patched_home", home)
    monkeypatch.setitem(sys.modules, "patched_user", user)

    @patching.replace_function(home.answer, "x")
    def answer(original, x):
        return original(x) + 1

    assert (home.answer(1), user.answer(1)) == (2, 2)


def test_another_version_of_moto_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "5.3.0")
    with pytest.raises(patching.PatchError, match=r"moto 5\.3\.0 is installed"):
        patching.require_supported_moto()
