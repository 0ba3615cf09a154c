"""What every client is put through: three turns on one conversation, the first with a call of a tool."""

from __future__ import annotations

from typing import Any

from convsim import Call, Emulator, Reasoning

QUESTIONS = ["How warm is Paris?", "What shall I bring?", "Have a nice day."]
ANSWERS = ["It is 25 C.", "Bring a hat.", "You too."]
CALLED: Any = {"type": "function_call", "name": "get_weather", "call_id": "call_1"}
OUTPUT: Any = {"type": "function_call_output", "output": "25 C", "call_id": "call_1"}
ITEMS: list[Any] = [
    *(("user", QUESTIONS[0]), CALLED, OUTPUT, ("assistant", ANSWERS[0])),
    *(("user", QUESTIONS[1]), ("assistant", ANSWERS[1])),
    *(("user", QUESTIONS[2]), {"type": "reasoning"}, ("assistant", ANSWERS[2])),
]


def get_weather(city: str) -> str:
    """Look up the weather."""
    assert city == "Paris"
    return "25 C"


def script(sim: Emulator) -> None:
    """Queue what the model says: a turn for each request of the tool loop."""
    sim.responses.script(Call("get_weather", {"city": "Paris"}))
    sim.responses.script(ANSWERS[0])
    sim.responses.script(ANSWERS[1])
    sim.responses.script(Reasoning("Polite."), ANSWERS[2])


def bodies(sim: Emulator) -> list[Any]:
    """The bodies of the requests for turns, oldest first."""
    return [entry.body for entry in turns(sim)]


def turns(sim: Emulator) -> list[Any]:
    """The requests for turns, oldest first."""
    return list(sim.journal.select(operation="responses.create"))
