"""Azure AI Foundry: the differences between its project endpoint and OpenAI, over the same store and the same rules.

It is a gateway in front of the model, as the service itself is: each of its operations reads its own request, lets
OpenAI's verb carry it out, and rewrites the answer. :mod:`convsim.service.foundry.dialect` lists the differences.
"""
