"""Mocks of other HTTP libraries: they answer their own hosts, and the emulator answers its own."""

from __future__ import annotations

from tests.neighbours.conftest import Run


def test_aioresponses(run: Run) -> None:
    run(
        """
        import asyncio
        import aiohttp, pytest
        from aioresponses import aioresponses
        from convsim import RefusedHostError
        from openai import AsyncOpenAI, DefaultAioHttpClient

        OTHER = "https://weather.example/"
        OURS = "https://api.openai.com/v1/models"

        async def get(url):
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return await answer.text()

        def test_each_has_its_hosts(convsim):
            async def talk():
                with aioresponses() as mock:
                    mock.get(OTHER, body="sunny")
                    mock.get(OURS, body="theirs")
                    assert await get(OTHER) == "sunny"
                    assert await get(OURS) == "theirs"
                    with pytest.raises(aiohttp.ClientConnectionError, match="Connection refused"):
                        await get("https://third.example/")
                    async with AsyncOpenAI(http_client=DefaultAioHttpClient()) as client:
                        assert (await client.conversations.create()).id in convsim.state
                with pytest.raises(RefusedHostError, match="^aiohttp was kept from connecting to api.openai.com"):
                    await get(OURS)

            asyncio.run(talk())

        def test_what_it_lets_through_is_refused_by_name(convsim):
            async def talk():
                with aioresponses(passthrough=["https://api.openai.com"]):
                    with pytest.raises(RefusedHostError, match="kept from connecting to api.openai.com"):
                        await get(OURS)

            asyncio.run(talk())
        """,
        passed=2,
    )


def test_responses(run: Run) -> None:
    run(
        """
        import pytest, requests, responses
        from convsim import RefusedHostError
        from openai import OpenAI

        OTHER = "https://weather.example/"
        OURS = "https://api.openai.com/v1/models"

        @responses.activate
        def test_each_has_its_hosts(convsim):
            responses.get(OTHER, body="sunny")
            responses.get(OURS, body="theirs")
            assert requests.get(OTHER).text == "sunny"
            assert requests.get(OURS).text == "theirs"
            with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
                requests.get("https://third.example/")
            assert OpenAI().conversations.create().id in convsim.state

        @responses.activate
        def test_what_it_lets_through_is_refused_by_name(convsim):
            responses.add_passthru("https://api.openai.com")
            with pytest.raises(RefusedHostError, match="kept from looking up api.openai.com"):
                requests.get(OURS)
        """,
        passed=2,
    )


def test_moto(run: Run) -> None:
    run(
        """
        import boto3
        from moto import mock_aws
        from openai import OpenAI

        def keep(bucket):
            storage = boto3.client("s3", region_name="us-east-1")
            storage.create_bucket(Bucket=bucket)
            made = OpenAI().conversations.create()
            storage.put_object(Bucket=bucket, Key=made.id, Body=made.to_json().encode())
            return made.id, storage.get_object(Bucket=bucket, Key=made.id)["Body"].read()

        @mock_aws
        def test_around(convsim):
            made, kept = keep("around")
            assert made in convsim.state
            assert made.encode() in kept

        def test_inside(convsim):
            with mock_aws():
                made, kept = keep("inside")
            assert list(convsim.state) == [made]
        """,
        passed=2,
    )


TAPE = """version: 1
interactions:
- request: {body: '', headers: {}, method: GET, uri: 'https://weather.example/'}
  response:
    body: {string: 'sunny'}
    headers: {}
    status: {code: 200, message: OK}
"""


def test_pytest_recording(run: Run) -> None:
    """A cassette plays the other hosts, and records none of the emulator's answers."""
    run(
        f"""
        import asyncio
        from pathlib import Path
        import httpx2, pytest
        from convsim import RefusedHostError
        from openai import AsyncOpenAI, OpenAI

        TAPE = {TAPE!r}
        FOLDER = Path(__file__).with_name("cassettes") / "test_it"

        @pytest.fixture(scope="module", autouse=True)
        def tape():
            FOLDER.mkdir(parents=True)
            (FOLDER / "test_played.yaml").write_text(TAPE)

        @pytest.mark.vcr
        def test_played(convsim):
            assert httpx2.get("https://weather.example/").text == "sunny"
            assert OpenAI().conversations.create().id in convsim.state

        @pytest.mark.vcr(record_mode="new_episodes")
        def test_recorded(convsim):
            OpenAI().conversations.create()
            asyncio.run(AsyncOpenAI().conversations.create())
            assert len(convsim.state) == 2
            with pytest.raises(RefusedHostError):
                httpx2.get("https://weather.example/")

        def test_nothing_was_recorded():
            assert [path.name for path in FOLDER.iterdir()] == ["test_played.yaml"]
            assert (FOLDER / "test_played.yaml").read_text() == TAPE

        @pytest.mark.block_network
        def test_with_the_network_blocked(convsim):
            OpenAI().conversations.create()
            asyncio.run(AsyncOpenAI().conversations.create())
            assert len(convsim.state) == 2
        """,
        using=("recording",),
        passed=4,
    )
