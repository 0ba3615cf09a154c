"""From the key in the headers to the project that it sees."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from types import FrameType, FunctionType, ModuleType
from typing import Any

import openai
import pytest

from convsim import Emulator
from convsim.errors import AuthenticationError, UsageError
from convsim.faults import Unauthorized
from convsim.http.keys import DEFAULT_PROJECT, Keys, key_of
from convsim.http.messages import Request
from tests.asking import HELLO, client


def sent(headers: Mapping[bytes, bytes]) -> Request:
    return Request("GET", "/conversations/conv_1", "/v1/conversations/conv_1", "", list(headers.items()), b"")


def bearer(key: bytes) -> Request:
    return sent({b"Authorization": b"Bearer " + key})


def test_any_key_sees_the_default_project_when_none_are_listed() -> None:
    keys = Keys()
    assert DEFAULT_PROJECT == "proj_default"
    assert [keys.project(bearer(key)) for key in (b"sk-a", b"anything at all")] == ["proj_default", "proj_default"]


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer sk-b"},
        {b"AUTHORIZATION": b"bearer sk-b"},
        {b"authorization": b"BEARER sk-b"},
        {b"authorization": b"Basic sk-b"},
        {b"authorization": b"Bearer  sk-b "},
        {b"api-key": b"sk-b"},
        {b"Api-Key": b" sk-b "},
        {b"authorization": b"Bearer sk-b", b"api-key": b"sk-a"},
        {b"authorization": b"Negotiate sk-a", b"api-key": b"sk-b"},
        {b"authorization": b"sk-a", b"api-key": b"sk-b"},
        {b"authorization": b"Bearer", b"api-key": b"sk-b"},
        {b"authorization": b"Bearer ", b"api-key": b"sk-b"},
        {b"authorization": b"Bearer   ", b"api-key": b"sk-b"},
    ],
)
def test_the_key_is_found_in_the_headers_that_clients_send(headers: Mapping[bytes, bytes]) -> None:
    assert Keys({"sk-a": "proj_a", "sk-b": "proj_b"}).project(sent(headers)) == "proj_b"


@pytest.mark.parametrize("api_keys", [None, ["sk-a"], {"sk-a": "proj_a"}, {"": "proj_a"}])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": b""},
        {b"authorization": b"Bearer"},
        {b"authorization": b"Bearer "},
        {b"authorization": b"Bearer   "},
        {b"authorization": b"sk-a"},
        {b"authorization": b"Digest sk-a"},
        {b"api-key": b""},
        {b"x-api-key": b"sk-a"},
    ],
)
def test_a_request_without_a_key_gets_the_live_401(
    api_keys: Mapping[str, str] | Iterable[str] | None, headers: Mapping[bytes, bytes]
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        Keys(api_keys).project(sent(headers))
    assert caught.value.message == "Missing bearer or basic authentication in header"
    assert (caught.value.status_code, caught.value.code) == (401, None)


@pytest.mark.parametrize("headers", [{}, {b"authorization": b'Signature version="1"'}, {b"authorization": b"Bearer "}])
@pytest.mark.parametrize("api_keys", [None, ["sk-a", "sk-b"]])
def test_a_request_may_need_no_key(api_keys: list[str] | None, headers: Mapping[bytes, bytes]) -> None:
    keys = Keys(api_keys, auth="any")
    assert keys.project(sent(headers)) == "proj_default"
    assert keys.project(bearer(b"sk-b")) == ("proj_default" if api_keys is None else "proj_2")


def test_where_no_key_is_needed_a_key_that_is_not_listed_is_wrong_all_the_same() -> None:
    with pytest.raises(AuthenticationError, match="Incorrect API key provided: sk-c"):
        Keys(["sk-a"], auth="any").project(bearer(b"sk-c"))


@pytest.mark.parametrize(
    ("host", "api_keys", "project"),
    [
        (b"eu.test", None, "proj_eu"),
        (b"eu.test", {"sk-b": "proj_b"}, "proj_b"),
        (b"other.test", None, "proj_default"),
    ],
)
def test_the_url_names_the_project_unless_a_listed_key_does(
    host: bytes, api_keys: dict[str, str] | None, project: str
) -> None:
    keys = Keys(api_keys, base_urls={"https://eu.test/v1": "proj_eu"})
    assert keys.project(sent({b"Host": host, b"Authorization": b"Bearer sk-b"})) == project
    assert Keys(api_keys, base_urls=["https://eu.test/v1"]).project(bearer(b"sk-b")) in ("proj_default", "proj_b")


def test_each_listed_key_sees_a_project_of_its_own() -> None:
    keys = Keys(key for key in ("sk-a", "sk-b", "sk-c"))
    projects = [keys.project(bearer(key)) for key in (b"sk-a", b"sk-b", b"sk-c")]
    assert projects == ["proj_default", "proj_2", "proj_3"]


def test_a_repeated_key_keeps_its_first_project() -> None:
    keys = Keys(["sk-a", "sk-a", "sk-b"])
    assert [keys.project(bearer(key)) for key in (b"sk-a", b"sk-b")] == ["proj_default", "proj_2"]


def test_keys_may_share_a_project_by_name() -> None:
    keys = Keys({"sk-a": "proj_x", "sk-b": "proj_x"})
    assert [keys.project(bearer(key)) for key in (b"sk-a", b"sk-b")] == ["proj_x", "proj_x"]


def test_later_changes_of_the_mapping_change_nothing() -> None:
    mapping = {"sk-a": "proj_x"}
    keys = Keys(mapping)
    mapping["sk-a"] = "proj_y"
    assert keys.project(bearer(b"sk-a")) == "proj_x"


@pytest.mark.parametrize("api_keys", [["sk-a"], {"sk-a": "proj_a"}, []])
def test_another_key_gets_the_live_401_with_its_middle_masked(api_keys: Mapping[str, str] | Iterable[str]) -> None:
    with pytest.raises(AuthenticationError) as caught:
        Keys(api_keys).project(bearer(b"sk-wrong-and-long"))
    assert caught.value.message == (
        "Incorrect API key provided: sk-wrong*****long."
        " You can find your API key at https://platform.openai.com/account/api-keys."
    )
    assert caught.value.code == "invalid_api_key"


def test_bytes_beyond_ascii_are_a_wrong_key_and_no_crash() -> None:
    with pytest.raises(AuthenticationError, match="Incorrect API key provided: ÿ\\."):
        Keys(["sk-a"]).project(bearer(b"\xff"))


@pytest.mark.parametrize(
    ("api_keys", "example"),
    [
        (None, "sk-convsim-0"),
        (["sk-a", "sk-b"], "sk-a"),
        ({"sk-b": "proj_b", "sk-a": "proj_a"}, "sk-b"),
        ([], "sk-convsim-0"),
    ],
)
def test_the_example_is_a_key_that_is_accepted(
    api_keys: Mapping[str, str] | Iterable[str] | None, example: str
) -> None:
    assert Keys(api_keys).example == example


def test_one_string_is_refused_with_the_line_to_write() -> None:
    with pytest.raises(UsageError) as caught:
        Keys("sk-a")
    assert str(caught.value) == "api_keys is one string: write api_keys=[...] or api_keys={key: project}"


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({}, ""),
        ({b"authorization": b"Bearer sk-a"}, "sk-a"),
        ({b"authorization": b"Digest sk-a"}, ""),
        ({b"api-key": b" sk-a "}, "sk-a"),
        ({b"api-key": b"sk-a", b"Authorization": b"Basic sk-b"}, "sk-b"),
        ({b"api-key": b"sk-a", b"authorization": b"Bearer "}, "sk-a"),
        ({b"x-a-key": b"sk-a", b"authorizatio_": b"Bearer sk-b"}, ""),
        ({b"api-key": b"\xff"}, "\xff"),
    ],
)
def test_the_key_of_a_request_is_read_whether_or_not_it_is_accepted(headers: Mapping[bytes, bytes], key: str) -> None:
    assert key_of(sent(headers)) == key


@pytest.mark.parametrize("api_keys", [None, ["sk-a", "sk-b"], {"sk-a": "proj_x"}, []])
def test_what_was_given_may_be_given_again(api_keys: Mapping[str, str] | Iterable[str] | None) -> None:
    keys = Keys(api_keys)
    again = Keys(keys.given)

    assert again.given == keys.given
    assert again.example == keys.example


def test_several_keys_are_given_again_as_a_mapping() -> None:
    assert Keys(["sk-a", "sk-b"]).given == {"sk-a": "proj_default", "sk-b": "proj_2"}


@pytest.mark.parametrize("api_keys", [[1], {"sk-a": 1}, {1: "proj_a"}, [None], [b"sk-a"]])
def test_keys_and_projects_are_strings(api_keys: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Keys(api_keys)
    assert str(caught.value) == "api_keys: write keys and projects as strings"


@pytest.mark.parametrize("name", ["proj\r\nX-Injected: 1", "proj\n", "", " proj", "proj ", "prøj", "proj\x00", "\t"])
def test_a_projects_name_cannot_split_a_header(name: str) -> None:
    with pytest.raises(UsageError, match=r"^api_keys: .* is not a project name: write ASCII letters, digits and signs"):
        Keys({"sk-a": name})
    assert Keys({"sk-a": "my project/1"}).given == {"sk-a": "my project/1"}


# --- what shows them -----------------------------------------------------------------------------------------------


def reached_from(root: object) -> list[object]:
    """The root and every object that can be reached from it."""
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen and not isinstance(thing, (type, ModuleType, FrameType)):
            seen[id(thing)] = thing
            # What a function reaches beside its closure is its module.
            waiting += [thing.__closure__] if isinstance(thing, FunctionType) else gc.get_referents(thing)
    return list(seen.values())


def of_convsim(things: Iterable[object]) -> list[object]:
    return [thing for thing in things if type(thing).__module__.partition(".")[0] == "convsim"]


@pytest.mark.parametrize("api_keys", [["sk-a-secret", "sk-another-secret"], {"sk-a-secret": "proj_x"}])
def test_no_repr_and_no_str_of_anything_of_convsim_shows_a_key(api_keys: Any) -> None:
    sim = Emulator(api_keys=api_keys, base_urls=["https://me:a-secret@gateway.test/v1"])
    sim.faults.add(Unauthorized(), on="conversations.create", skip=5)
    snapshot = sim.snapshot()
    with client(sim, "sk-a-secret") as http:
        assert http.post("/conversations", json={"items": [HELLO]}).status_code == 200
    with client(sim, "sk-a-wrong-secret") as http:
        assert http.post("/conversations").status_code == 401
    sim.realtime.connect().send({"type": "response.create"})
    roots = (
        sim,
        Keys(api_keys),
        snapshot,
        sim.copy(),
        sim.project("proj_x"),
        sim.httpx2_transport(),
        sim.httpx_transport(),
    )
    found = of_convsim(thing for root in roots for thing in reached_from(root))

    assert {"Emulator", "Keys", "Journal", "Snapshot", "Session", "Store"} <= {type(thing).__name__ for thing in found}
    for thing in found:
        assert "secret" not in f"{thing!r} {thing}", type(thing)


def test_a_key_that_a_client_sent_is_nowhere_in_the_emulator_afterwards() -> None:
    secret = "sk-proj-4c1dQmVyeXNlY3JldA"
    sim = Emulator()
    with client(sim, secret) as http, sim.patch():
        assert http.post("/conversations", json={"items": [HELLO]}).status_code == 200
        assert http.get("/nowhere").status_code == 404
        openai.OpenAI(api_key=secret).conversations.create()
    opening = sim.realtime.open("/realtime")
    assert opening is not None
    opening(
        Request("GET", "/realtime", "/v1/realtime", "model=x", [(b"Authorization", b"Bearer " + secret.encode())], b"")
    )
    del http, opening

    words = [thing for thing in reached_from(sim) if isinstance(thing, (str, bytes))]
    assert len(words) > 100
    assert not [word for word in words if secret in (word if isinstance(word, str) else word.decode("latin-1"))]
