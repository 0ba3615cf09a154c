"""Django: its test clients leave the requests to its views, and what the views ask is answered."""

from __future__ import annotations

import pytest

from tests.neighbours.conftest import Run

SITE = """
from django.conf import settings
from django.http import JsonResponse
from django.urls import path
from openai import AsyncOpenAI, OpenAI

def start(request):
    return JsonResponse({"id": OpenAI().conversations.create().id})

async def start_async(request):
    async with AsyncOpenAI() as client:
        return JsonResponse({"id": (await client.conversations.create()).id})

urlpatterns = [path("v1/conversations", start), path("async", start_async)]

if not settings.configured:
    settings.configure(
        ROOT_URLCONF="site_of_the_test", SECRET_KEY="x", ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    )
"""


def test_its_test_clients(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(site_of_the_test=SITE)
    run(
        """
        import asyncio
        import django, pytest
        import site_of_the_test
        from django.test import AsyncClient, Client, SimpleTestCase

        django.setup()

        def test_the_client(convsim):
            for path in ("/v1/conversations", "/async"):
                assert Client().get(path).json()["id"] in convsim.state
            assert len(convsim.state) == 2

        def test_the_asynchronous_client(convsim):
            for path in ("/v1/conversations", "/async"):
                assert asyncio.run(AsyncClient().get(path)).json()["id"] in convsim.state
            assert len(convsim.state) == 2

        def test_a_host_of_the_emulator_is_django_s_own_here(convsim):
            answer = Client().get("/v1/conversations", headers={"host": "api.openai.com"})
            assert list(answer.json()) == ["id"]

        @pytest.mark.usefixtures("convsim")
        class ByMark(SimpleTestCase):
            def test_it(self):
                self.assertEqual(self.client.get("/v1/conversations").status_code, 200)
        """,
        passed=4,
    )


def test_pytest_django(run: Run, pytester: pytest.Pytester) -> None:
    """Its fixtures, and its live server, whose thread asks the emulator too."""
    pytester.makepyfile(site_of_the_test=SITE, settings_of_the_test='ROOT_URLCONF = "site_of_the_test"\n' + SETTINGS)
    run(
        """
        import httpx2, pytest

        def test_the_client(client, convsim):
            assert client.get("/async").json()["id"] in convsim.state

        @pytest.mark.django_db(transaction=True)
        def test_the_live_server(live_server, convsim):
            for path in ("/v1/conversations", "/async"):
                assert httpx2.get(f"{live_server.url}{path}").json()["id"] in convsim.state
            assert convsim.refused == ()
        """,
        using=("django",),
        passed=2,
        ini="DJANGO_SETTINGS_MODULE = settings_of_the_test",
    )


SETTINGS = """
SECRET_KEY = "x"
STATIC_URL = "/static/"
ALLOWED_HOSTS = ["*"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:x?mode=memory&cache=shared"}}
"""
