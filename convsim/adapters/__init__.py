"""Adapters: translators between the objects of HTTP libraries and :mod:`convsim.http.messages`."""
