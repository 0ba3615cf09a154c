"""The program that every client runs: three turns on one conversation, the first with a call of a tool."""

from __future__ import annotations

import json
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


TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Look up the weather.",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def talk(client: Any, conversation: str, *, streamed: bool, **options: Any) -> list[str]:
    """The three turns by a client that has the SDK's ``responses``; gives what the model answered."""
    answers = []
    for question in QUESTIONS:
        said: Any = question
        while said:
            response = client.responses.create(conversation=conversation, input=said, stream=streamed, **options)
            if streamed:
                *_, last = response
                response = last.response
            said = outputs(response)
        answers.append(text(response))
    return answers


async def talk_async(client: Any, conversation: str, *, streamed: bool, **options: Any) -> list[str]:
    """As :func:`talk`."""
    answers = []
    for question in QUESTIONS:
        said: Any = question
        while said:
            response = await client.responses.create(conversation=conversation, input=said, stream=streamed, **options)
            if streamed:
                async for event in response:
                    last = event
                response = last.response
            said = outputs(response)
        answers.append(text(response))
    return answers


def outputs(response: Any) -> list[Any]:
    """Return the outputs of the tools that a response calls."""
    calls = [item for item in response.output if item.type == "function_call"]
    return [
        {
            "type": "function_call_output",
            "call_id": call.call_id,
            "output": get_weather(**json.loads(call.arguments)),
        }
        for call in calls
    ]


def text(response: Any) -> str:
    """The text of a response, also of a client whose responses have no ``output_text``."""
    return "".join(part.text for item in response.output if item.type == "message" for part in item.content)


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
