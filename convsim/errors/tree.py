"""The tree of errors: what convsim raises, and the live API's refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import Thread, current_thread
from typing import Any, ParamSpec, TypeVar


class ConvsimError(Exception):
    """The root of all errors that convsim raises on purpose."""


class UsageError(ConvsimError, ValueError):
    """A misuse of convsim: the message names what came, what exists and what to write.

    >>> try:
    ...     sim.conversations.items.create("conv_1", items=[object])
    ... except UsageError as error:
    ...     print(error)
    this is not JSON, and no client could send it: <class 'object'> is a type
    """


class UnusedFaultWarning(UserWarning):
    """A fault was armed and happened less often than it was meant to: the test may not test what it says.

    In the pytest configuration, ``filterwarnings = error::convsim.UnusedFaultWarning`` makes it fail the test.
    """


class UnusedScriptWarning(UserWarning):
    """A scripted turn was played less often than it was meant to: the test may not test what it says.

    In the pytest configuration, ``filterwarnings = error::convsim.UnusedScriptWarning`` makes it fail the test.
    """


class ReviewWarning(UserWarning):
    """The code under test made a mistake that its test did not notice: see ``sim.journal.review()``.

    The option ``convsim_review = warn`` asks for it.
    """


class RefusedError(ConvsimError, AssertionError):
    """A request that convsim neither answers nor lets out; the message names it and says what to write.

    An ``AssertionError``, because the newest SDK passes one to the test instead of retrying.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.thread: Thread = current_thread()
        """The thread that made the request."""


class RefusedHostError(RefusedError):
    """A request that would have reached the network: to another host, or by a library that no emulator answers.

    >>> with sim.patch():
    ...     httpx.get("https://example.com/")
    Traceback (most recent call last):
    convsim.errors.RefusedHostError: GET https://example.com/ was not sent: ...
    """


class RefusedRouteError(RefusedError):
    """A request for a path that the live API has and convsim does not.

    >>> client.embeddings.create(model="text-embedding-3-small", input="Hi")
    Traceback (most recent call last):
    convsim.errors.RefusedRouteError: POST /v1/embeddings was not answered: ...
    """


class UnscriptedTurnError(RefusedError):
    """A turn that no script answers: the message names it, what is queued, and the line to write.

    A client of a Realtime session gets an ``error`` event, and :attr:`Emulator.refused` has this error.

    >>> client.responses.create(model="gpt-5", input="Hi")
    Traceback (most recent call last):
    convsim.errors.UnscriptedTurnError: No script answers this turn of 'gpt-5' that names no conversation, ...
    """


class APIStatusError(ConvsimError):
    """A refusal in the words of the live API, raised by the Direct API. The official SDK raises its own classes.

    ``message`` is the plain sentence; ``type``, ``param`` and ``code`` (each a string or None) are the rest of the live
    ``error`` object, ``body`` is that object as a dict in the live key order, ``status_code`` the HTTP status.

    >>> try:
    ...     sim.conversations.retrieve("conv_2")
    ... except APIStatusError as error:
    ...     print(error.status_code, error.message)
    404 Conversation with id 'conv_2' not found.
    """

    # The name of the function that made the error, which named() decorates, and its arguments.
    sentence: tuple[str, tuple[Any, ...]] = ("", ())
    # The error object where a service has one of its own.
    envelope: dict[str, Any] | None = None

    def __init__(
        self,
        message: str,
        *,
        status_code: int,
        error_type: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.type = error_type
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The live ``error`` object."""
        if self.envelope is not None:
            return self.envelope
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code}


class BadRequestError(APIStatusError):
    """400: the request itself is wrong, and it changed nothing.

    >>> try:
    ...     sim.conversations.create(metadata={"topic": 1})
    ... except BadRequestError as error:
    ...     print(error.param, error.code)
    metadata.topic invalid_type
    """

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message, status_code=400, param=param, code=code)


class AuthenticationError(APIStatusError):
    """401: no key, or one that the emulator does not accept."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message, status_code=401, code=code)


class NotFoundError(APIStatusError):
    """404: no such route, conversation or item."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message, status_code=404, param=param)


class RateLimitError(APIStatusError):
    """429: too many requests or tokens, or no quota left."""

    def __init__(self, message: str, *, error_type: str, code: str) -> None:
        super().__init__(message, status_code=429, error_type=error_type, code=code)


class InternalServerError(APIStatusError):
    """500 and above: the service's own fault."""

    def __init__(self, message: str, *, status_code: int, error_type: str, code: str | None) -> None:
        super().__init__(message, status_code=status_code, error_type=error_type, code=code)


Given = ParamSpec("Given")
Refusal = TypeVar("Refusal", bound=APIStatusError)


def named(make: Callable[Given, Refusal]) -> Callable[Given, Refusal]:
    """Decorate a function that words an error for which another service may have its own words.

    It finds the error by the function's name and arguments (:attr:`APIStatusError.sentence`).
    """

    @wraps(make)
    def noted(*args: Given.args, **kwargs: Given.kwargs) -> Refusal:
        made = make(*args, **kwargs)
        made.sentence = (make.__name__, args)
        return made

    return noted
