"""Responses, sans-io: from the scripts of a test to output items, events and a response object, and into the store.

From top to bottom; each module imports only those below it::

    saved, stored   ended responses as JSON; operations on existing responses
    readers         streams: how a client reads a run
    run             one response from created to its end, and all responses of a project
    plan            the parts of a response that are certain once the model has answered
    telling         the events of one response         scripts     the queue, and the choice for a turn
    deltas          the pieces of a text               asked       a request, read
    response        the response object in its states  prompts     the prompts of a project
    settings        its members that turns share       request     the inputs of the operations
    usage           the counting rule                  history     the live API's checks of a context
    output          replies become output items        record      an ended response, and its context
    turn            a turn as a script sees it         events      the events of each type of item
    echo            the repeated tools and settings    texts       messages with one text
    families        defaults by the model's name       vocabulary  the replies of a model

No module takes a lock of its own: atomic steps run under the ``guard`` that a caller passes in.

A turn, as the verb in :mod:`convsim.operations` carries it out::

    under the lock    request and history are checked; Run(...) holds the conversation
    without it        run.play(guard): ``when`` and the test's callable are called, replies become items
    under the lock    (inside play) ids are minted; the response is in progress
    without it        run.answer(), or Reader(run).next(now): the one body, or one event after the other
    under the lock    (inside these) the items are appended, the response is stored, the conversation is unlocked

Most turns take neither time nor code of the test: ``run.at_once()`` does all this in one step under the lock.
"""
