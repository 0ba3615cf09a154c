"""Responses, sans-io: what the test scripts becomes output items, events and a response object, and lands in the store.

From top to bottom; each imports only what stands below it::

    saved, stored   ended responses as JSON; what is done with those that exist
    readers         streams: how a client reads a run
    run             one response from created to its end, and what a project knows of all of them
    plan            what is certain of a response once the model has spoken
    telling         the events of one response         scripts     what is queued, and what matches a turn
    deltas          how a text is cut                  turn        what a script sees
    events          the events of each type of item    record      an ended response, and its context
    output          replies become output items
    response        the response object                usage       the counting rule
    echo            how tools and settings come back
    families        what a model's name decides        vocabulary  what a test lets the model say

``request`` (the input model and its sentences) and ``history`` (what the live API has against a context) stand beside
them. Nothing here takes a lock: what must be whole happens under the ``guard`` that a caller hands in.

A turn, as the verb in :mod:`convsim.operations` carries it out::

    under the lock    request and history are checked; Run(...) holds the conversation
    without it        run.play(guard): ``when`` and the test's callable are called, replies become items
    under the lock    (inside play) ids are minted; the response is in progress
    without it        run.answer(), or Reader(run).next(now): the one body, or one event after the other
    under the lock    (inside these) the items are appended, the response is stored, the conversation is let go
"""
