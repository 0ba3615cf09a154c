"""Azure AI Foundry: what its project endpoint does otherwise than OpenAI, over the same store and the same rules.

It is a gateway in front of the model, as the service itself is: each of its operations reads a request of its own, has
OpenAI's verb carry it out, and writes the answer anew. :mod:`convsim.foundry.dialect` lists what differs.
"""
