"""Responses, sans-io: what the test scripts becomes output items, events and a response object, and lands in the store.

The rooms of this room, from top to bottom; each imports only what stands below it::

    stored      what a project knows of responses: the open ones and the ended ones
    run         one response from created to its end
    events      the events of each type of item, as a table          scripts   what is queued, and what matches a turn
    output      replies become output items                          turn      what a script sees
    response    the response object: defaults, echoes, order of keys
    echo        how tools and settings come back                     families  what a model's name decides
    usage       the counting rule                                    vocabulary  what a test lets the model say

``request`` (the input model and its sentences) and ``history`` (what the live API has against a context) stand beside
them. Nothing here takes a lock: what must be whole happens under the ``guard`` that a caller hands in.

A turn, as the verb in :mod:`convsim.operations` carries it out::

    under the lock    request and history are checked; Run(...) holds the conversation
    without it        run.play(guard): ``when`` and the test's callable are called, replies become items
    under the lock    (inside play) ids are minted; the response is in progress
    without it        run.next(now): one event after the other, or the one body
    under the lock    (inside next) the items are appended, the response is stored, the conversation is let go
"""
