"""Patching: methods exchanged and put back, now and in modules that come later; a missing one is said in words."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from convsim import ConvsimError
from convsim.adapters.patching import MethodPatch, PatchPoint, PatchSet
from tests.waiting import PATIENCE

SOURCE = "class Transport:\n    def send(self):\n        return 'sent'\n"


def saying(word: str) -> Callable[[MethodPatch], Callable[..., str]]:
    return lambda patch: lambda own: f"{word} {patch.original(own)}"


def later(module: ModuleType) -> list[PatchPoint]:
    home = f"{module.__name__}.Transport"
    return [PatchPoint("later", getattr(module, "Transport", None), "send", saying("seen"), home)]


LATER = {"later_library.transport": later}


def library() -> type[Any]:
    class Transport:
        def send(self) -> str:
            return "sent"

    return Transport


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package ``later_library`` that can be imported; it is forgotten afterwards."""
    package = tmp_path / "later_library"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "transport.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in ("later_library", "later_library.transport"):
        sys.modules.pop(name, None)


def test_a_point_is_exchanged_once_and_put_back() -> None:
    owner = library()
    original = vars(owner)["send"]
    point = PatchPoint("own", owner, "send", saying("seen"))
    assert owner().send() == "sent"
    patch = point.apply()
    assert point.apply() is patch
    assert owner().send() == "seen sent"
    patch.undo()
    patch.undo()
    assert vars(owner)["send"] is original


def test_a_point_takes_what_it_finds_when_it_is_installed() -> None:
    owner = library()
    point = PatchPoint("own", owner, "send", saying("seen"))
    owner.send = mock = lambda own: "mocked"
    patch = point.apply()
    assert owner().send() == "seen mocked"
    patch.undo()
    assert vars(owner)["send"] is mock


def test_what_was_exchanged_on_top_stays() -> None:
    owner = library()
    point = PatchPoint("own", owner, "send", saying("seen"))
    patch = point.apply()
    ours = vars(owner)["send"]
    owner.send = theirs = lambda own: f"theirs {ours(own)}"
    patch.undo()
    assert vars(owner)["send"] is theirs
    assert owner().send() == "theirs seen sent"


@pytest.mark.parametrize(
    ("owner", "home", "blamed"),
    [
        (None, "", r"own\.\?\.send"),
        (None, "own.net.Transport", r"own\.net\.Transport\.send"),
        (type("Transport", (), {}), "", r"own\.Transport\.send"),
        (
            type("Inheriting", (library(),), {}),
            "",
            r"own\.Inheriting\.send",
        ),  # inherited: patching it would be another's
    ],
)
def test_a_missing_method_is_said_in_words(owner: Any, home: str, blamed: str) -> None:
    with pytest.raises(ConvsimError) as caught:
        PatchPoint("own", owner, "send", saying("seen"), home)
    caught.match(
        rf"^convsim patches {blamed}, and this version of it has none: requests would reach the network\. Nothing was"
        r" patched\. Please report it, with the version\.$"
    )


def test_several_are_exchanged_together(folder: Path) -> None:
    owner = library()
    points = PatchSet([PatchPoint("own", owner, "send", saying("now"))], LATER)
    module = importlib.import_module("later_library.transport")
    for _ in range(2):
        points.apply()
        assert (owner().send(), module.Transport().send()) == ("now sent", "seen sent")
        points.undo_all()
        assert (owner().send(), module.Transport().send()) == ("sent", "sent")
        assert points not in sys.meta_path


def test_a_module_that_comes_later_is_exchanged_when_it_comes(folder: Path) -> None:
    points = PatchSet([], LATER)
    points.apply()
    import later_library.transport as module  # type: ignore[import-not-found]

    assert module.Transport().send() == "seen sent"
    assert module.__file__ == str(folder / "transport.py")
    assert module.__spec__.loader is module.__loader__
    assert module.__loader__.get_source("later_library.transport") == SOURCE
    points.undo_all()
    assert module.Transport().send() == "sent"
    points.apply()
    assert module.Transport().send() == "seen sent"
    points.undo_all()


def test_a_module_that_another_thread_is_importing_is_waited_for(folder: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    vars(sys)["_convsim_test"] = begun, go
    (folder / "transport.py").write_text(
        f"import sys\nbegun, go = sys._convsim_test\nbegun.set()\ngo.wait({PATIENCE})\n{SOURCE}"
    )
    importing = threading.Thread(target=importlib.import_module, args=("later_library.transport",))
    points = PatchSet([], LATER)
    patching = threading.Thread(target=points.apply)
    try:
        importing.start()
        assert begun.wait(PATIENCE)
        patching.start()
        patching.join(0.05)
        assert patching.is_alive()
        go.set()
        patching.join(PATIENCE)
        importing.join(PATIENCE)
        assert sys.modules["later_library.transport"].Transport().send() == "seen sent"
    finally:
        go.set()
        del vars(sys)["_convsim_test"]
        points.undo_all()


def test_a_module_whose_import_fails_in_another_thread_is_patched_when_it_comes(folder: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    vars(sys)["_convsim_test"] = begun, go
    (folder / "transport.py").write_text(
        f"import sys\nbegun, go = sys._convsim_test\nbegun.set()\ngo.wait({PATIENCE})\n1 / 0\n"
    )

    def import_it() -> None:
        with pytest.raises(ZeroDivisionError):
            importlib.import_module("later_library.transport")

    importing = threading.Thread(target=import_it)
    points = PatchSet([], LATER)
    try:
        importing.start()
        assert begun.wait(PATIENCE)
        threading.Timer(0.05, go.set).start()
        points.apply()
        importing.join(PATIENCE)
        (folder / "transport.py").write_text(SOURCE)
        importlib.invalidate_caches()
        module = importlib.import_module("later_library.transport")
        assert module.Transport().send() == "seen sent"
    finally:
        go.set()
        del vars(sys)["_convsim_test"]
        points.undo_all()


def test_a_finder_without_find_spec_is_passed_over(folder: Path) -> None:
    points = PatchSet([], LATER)
    points.apply()
    other: Any = object()
    sys.meta_path.insert(1, other)
    try:
        assert points.find_spec("later_library.transport", [str(folder)]) is not None
    finally:
        sys.meta_path.remove(other)
        points.undo_all()


@pytest.mark.parametrize("forget", [True, False])
def test_a_module_that_is_imported_again_is_exchanged_again(folder: Path, forget: bool) -> None:
    """Tests that reload what they test make a new class."""
    module = importlib.import_module("later_library.transport")
    points = PatchSet([], LATER)
    points.apply()
    if forget:
        del sys.modules["later_library.transport"]
        module = importlib.import_module("later_library.transport")
    else:
        module = importlib.reload(module)
    during = module.Transport().send()
    points.undo_all()
    assert (during, module.Transport().send()) == ("seen sent", "sent")


def test_the_loader_serves_who_loads_without_importing(folder: Path) -> None:
    points = PatchSet([], LATER)
    points.apply()
    spec = points.find_spec("later_library.transport", [str(folder)])
    module: Any = ModuleType("later_library.transport")
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module)
    assert module.Transport().send() == "seen sent"
    points.undo_all()
    assert module.Transport().send() == "sent"


def test_other_imports_are_none_of_ours(folder: Path) -> None:
    points = PatchSet([], LATER)
    points.apply()
    assert points.find_spec("later_library", None) is None
    assert points.find_spec("json", None) is None
    points.undo_all()


def test_a_module_that_was_looked_for_before_and_comes_after_stays_as_it_is(folder: Path) -> None:
    points = PatchSet([], LATER)
    points.apply()
    spec = importlib.util.find_spec("later_library.transport")
    points.undo_all()
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.Transport().send() == "sent"


def test_a_module_that_is_not_installed_stays_missing() -> None:
    points = PatchSet([], {"later_library_none": later})
    points.apply()
    with pytest.raises(ModuleNotFoundError, match="later_library_none"):
        importlib.import_module("later_library_none")
    points.undo_all()


@pytest.mark.parametrize("attribute", [{}, {"Transport": type("Transport", (), {})}])
def test_an_imported_module_without_the_method_leaves_everything_unpatched(
    attribute: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("later_library.transport")
    vars(module).update(attribute)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    owner = library()
    points = PatchSet([PatchPoint("own", owner, "send", saying("now"))], LATER)
    with pytest.raises(ConvsimError, match=r"^convsim patches later_library\.transport\.Transport\.send, and this"):
        points.apply()
    assert owner().send() == "sent"
    assert points not in sys.meta_path


def test_a_later_module_without_the_method_cannot_be_imported_unpatched(folder: Path) -> None:
    (folder / "transport.py").write_text("class Transport:\n    def post(self): ...\n")
    points = PatchSet([], LATER)
    points.apply()
    with pytest.raises(ConvsimError, match=r"convsim patches later_library\.transport\.Transport\.send"):
        importlib.import_module("later_library.transport")
    points.undo_all()
    assert "later_library.transport" not in sys.modules


def test_a_method_lost_since_the_import_is_said_in_words_and_nothing_is_exchanged() -> None:
    first, second = library(), library()
    points = PatchSet(
        [PatchPoint("own", first, "send", saying("seen")), PatchPoint("own", second, "send", saying("seen"))], {}
    )
    before = (list(sys.meta_path), vars(first)["send"])
    del second.send
    with pytest.raises(ConvsimError, match=r"^convsim patches own\.Transport\.send, and this version of it has none"):
        points.apply()
    assert (list(sys.meta_path), vars(first)["send"]) == before


def test_a_method_lost_while_others_are_exchanged_leaves_those() -> None:
    first, second = library(), library()
    points = PatchSet(
        [PatchPoint("own", first, "send", saying("seen")), PatchPoint("own", second, "send", saying("seen"))], {}
    )
    points.apply()
    del second.send
    with pytest.raises(ConvsimError):
        points.apply()
    assert first().send() == "seen sent"
    second.send = lambda own: "sent"
    points.undo_all()
    assert first().send() == "sent"


# --- the body of a function ----------------------------------------------------------------------------------------


def body_library() -> ModuleType:
    module = ModuleType("body_library")
    exec("word = 'sent'\n\ndef send(name, *, times=1):\n    return f'{word} {name}' * times\n", vars(module))
    return module


def wrapped(patch: MethodPatch) -> Any:
    def send(*args: Any, **options: Any) -> Any:
        return f"seen {patch.original(*args, **options)}"

    return send


def test_a_function_s_body_is_exchanged_for_those_who_have_it_already() -> None:
    module = body_library()
    early = module.send
    point = PatchPoint("body", module.send, "__code__", wrapped)
    patch = point.apply()
    assert point.apply() is patch
    assert early("a", times=2) == "seen sent asent a"
    assert early("a") == module.send("a") == "seen sent a"
    vars(module)["word"] = "posted"
    assert early("a") == "seen posted a"
    patch.undo()
    assert early("a") == "posted a"
    assert patch.undo() is False

    assert point.apply() is patch  # made once for what it replaces
    assert early("a") == "seen posted a"
    patch.undo()
    module.send.__code__ = body_library().send.__code__
    assert point.apply() is not patch


def test_a_body_that_was_exchanged_on_top_stays() -> None:
    module = body_library()
    patch = PatchPoint("body", module.send, "__code__", wrapped).apply()
    theirs = body_library().send.__code__
    module.send.__code__ = theirs
    assert patch.undo() is False
    assert module.send.__code__ is theirs


def test_a_missing_function_is_said_in_words() -> None:
    with pytest.raises(ConvsimError, match=r"^convsim patches body\.send\.__code__, and this version of it has none"):
        PatchPoint("body", None, "__code__", wrapped, "body.send")
