"""``sim.prompts``: prompts that a test stores, and the turns that name them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from convsim import BadRequestError, Behavior, Emulator, NotFoundError, Response, UsageError
from convsim.responses.turn import Turn

Json = dict[str, Any]

NAMED: Json = {"id": "pmpt_1", "variables": {"name": "Ada"}}


def emulator(*replies: Any, **options: Any) -> Emulator:
    sim = Emulator(ids="sequential", replies=replies or ["Hi."], **options)
    sim.prompts.add("pmpt_1", version="2", model="gpt-4.1", instructions="Help {{name}}.")
    return sim


def ask(sim: Emulator, **body: Any) -> Response:
    answer = sim.responses.create(**body)
    assert isinstance(answer, Response)
    return answer


def test_a_client_names_a_prompt_and_no_model() -> None:
    sim = emulator()
    with sim.openai() as client:
        answer = client.responses.create(prompt={"id": "pmpt_1", "version": "2", "variables": {"name": "Ada"}})
    assert answer.model == "gpt-4.1"
    assert answer.prompt is not None
    assert answer.prompt.to_dict() == {"id": "pmpt_1", "variables": {"name": "Ada"}, "version": "2"}
    assert isinstance(answer.instructions, list)
    assert answer.instructions[0].to_dict() == {
        "type": "message",
        "content": [{"type": "input_text", "text": "Help Ada."}],
        "role": "developer",
    }


def test_a_completed_request_is_read_by_the_options_of_the_emulator() -> None:
    said: Json = {"role": "user", "content": "Hi", "phase": "commentary"}
    sim = emulator(behavior=Behavior(phase_on_other_roles="drop"))
    assert ask(sim, prompt=NAMED, input=[said]).status == "completed"
    with pytest.raises(BadRequestError):
        ask(emulator(), prompt=NAMED, input=[said])


def test_a_script_sees_the_request_completed() -> None:
    seen: list[Turn] = []

    def note(turn: Turn) -> str:
        seen.append(turn)
        return "Hi."

    tool = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
    sim = Emulator(replies=[note])
    sim.prompts.add("pmpt_1", model="gpt-4.1", instructions="Help {{name}}.", tools=iter([tool]))
    ask(sim, prompt=NAMED, input="Hi", tool_choice="required")
    assert (seen[0].model, seen[0].instructions, seen[0].tools) == ("gpt-4.1", "Help Ada.", (tool,))
    assert seen[0].request["prompt"] == NAMED | {"version": "1"}


def test_an_iterable_of_the_test_may_use_the_emulator() -> None:
    sim = emulator()

    def messages() -> Iterator[Json]:
        sim.prompts.add("pmpt_2", model="gpt-4.1", instructions="Be brief.")
        yield {"role": "developer", "content": f"There are {len(sim.state)}."}

    sim.prompts.add("pmpt_2", model="gpt-4.1", instructions=messages())
    answer = ask(sim, prompt={"id": "pmpt_2"}, input="Hi")
    assert answer.prompt is not None
    assert answer.prompt.version == "2"


def test_a_version_of_more_digits_than_python_reads_is_no_number() -> None:
    sim = emulator()
    sim.prompts.add("pmpt_1", version="9" * 5_000)
    sim.prompts.add("pmpt_1", model="gpt-4.1")
    answer = ask(sim, prompt={"id": "pmpt_1"}, input="Hi")
    assert answer.prompt is not None
    assert answer.prompt.version == "3"


def test_instructions_of_a_prompt_count_as_tokens() -> None:
    sim = emulator("Hi.", "Hi.")
    short, long = (
        ask(sim, prompt={"id": "pmpt_1", "variables": {"name": name}}, input="Hi") for name in ("Ada", "Ada " * 100)
    )
    assert long.usage.input_tokens > short.usage.input_tokens + 90


def test_instructions_are_messages_from_anywhere() -> None:
    sim = emulator("Hi.", "Hi.")
    sim.prompts.add("pmpt_2", model="gpt-4.1", instructions=iter([{"role": "user", "content": "Hi"}]))
    answer = ask(sim, prompt={"id": "pmpt_2"})
    assert [message.role for message in answer.instructions] == ["developer", "user"]


def test_a_message_of_a_prompt_may_be_what_mentions_json() -> None:
    sim = emulator("{}")
    sim.prompts.add("pmpt_3", model="gpt-4.1", instructions=[{"role": "user", "content": "Answer in JSON."}])
    wanted = {"format": {"type": "json_object"}}
    assert ask(sim, prompt={"id": "pmpt_3"}, text=wanted).status == "completed"
    with pytest.raises(BadRequestError, match="json"):
        ask(sim, prompt=NAMED, text=wanted, input="Hi")


@pytest.mark.parametrize(
    "arguments",
    [
        {"tools": "f"},
        {"tools": 5},
        {"instructions": {"role": "user"}},
        {"instructions": 5},
        {"instructions": "\ud800"},
        {"model": "\ud800"},
        {"temperature": "hot"},
    ],
)
def test_what_no_request_could_say_is_refused_and_not_added(arguments: Any) -> None:
    sim = Emulator()
    with pytest.raises(UsageError, match=r"sim\.prompts\.add"):
        sim.prompts.add("pmpt_1", **arguments)
    with pytest.raises(UsageError, match=r"sim\.prompts\.add\(\[\]\): write an id"):
        sim.prompts.add([], **arguments)  # type: ignore[arg-type] # what a control plane may say
    assert sim.snapshot().to_dict()["projects"] == {}


def test_each_project_has_its_own() -> None:
    sim = emulator()
    with pytest.raises(NotFoundError, match=r"Prompt with id 'pmpt_1' not found\."):
        sim.project("proj_a").responses.create(prompt=NAMED)
    assert sim.unused_scripts


def test_an_unknown_prompt_exists_where_unknown_ids_do() -> None:
    sim = Emulator(replies=["Hi."], unknown_ids="create")
    answer = ask(sim, prompt={"id": "any", "version": "v", "variables": {"a": "b"}})
    assert answer.prompt.to_dict() == {"id": "any", "variables": {"a": "b"}, "version": "v"}
    assert (answer.model, answer.instructions) == ("gpt-4.1", None)
    newest = ask(Emulator(replies=["Hi."], unknown_ids="create"), prompt={"id": "any"}).prompt
    assert newest is not None
    assert newest.version == "1"


def test_an_older_version_answers_where_it_is_named() -> None:
    sim = emulator()
    sim.prompts.add("pmpt_1", version="1", model="gpt-4.1-mini")
    assert ask(sim, prompt={"id": "pmpt_1", "version": "1"}).model == "gpt-4.1-mini"


def test_reset_forgets_them() -> None:
    sim = emulator()
    sim.reset()
    with pytest.raises(NotFoundError):
        ask(sim, prompt=NAMED)
