"""Which base URLs the emulator answers for, and what stands below them."""

from __future__ import annotations

import pytest

from convsim.errors import UsageError
from convsim.urls import DEFAULT_BASE_URL, BaseUrls


@pytest.fixture(autouse=True)
def no_base_url_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/v1/conversations", "/conversations"),
        ("/v1/", "/"),
        ("/v1/v1/conversations", "/v1/conversations"),
        ("/v1", ""),
        ("/v11/conversations", ""),
        ("/conversations", ""),
        ("/openai/v1/conversations", ""),
        ("", ""),
    ],
)
def test_the_default_base_url_is_openai_s(path: str, below: str) -> None:
    assert DEFAULT_BASE_URL == "https://api.openai.com/v1"
    assert BaseUrls().below(path) == below


@pytest.mark.parametrize(
    "base_url", ["https://x.test/openai/v1", "http://x.test:8080/openai/v1/", "HTTPS://x/openai/v1//"]
)
def test_given_base_urls_are_added_to_the_default(base_url: str) -> None:
    urls = BaseUrls([base_url])
    assert urls.below("/openai/v1/conversations") == "/conversations"
    assert urls.below("/v1/conversations") == "/conversations"


@pytest.mark.parametrize("base_urls", [["http://x/a", "http://x/a/b"], ["http://x/a/b", "http://x/a"]])
def test_the_longest_base_url_wins_in_any_order(base_urls: list[str]) -> None:
    urls = BaseUrls(base_urls)
    assert urls.below("/a/b/conversations") == "/conversations"
    assert urls.below("/a/c/conversations") == "/c/conversations"
    assert urls.below("/b/conversations") == ""


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "http://localhost:8000/"])
def test_a_base_url_without_a_path_leaves_the_path_whole(base_url: str) -> None:
    urls = BaseUrls([base_url])
    assert urls.below("/conversations/conv_1") == "/conversations/conv_1"
    assert urls.below("/v1/conversations") == "/conversations"


def test_the_environment_s_base_url_is_read_when_built(monkeypatch: pytest.MonkeyPatch) -> None:
    before = BaseUrls()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost/proxy")
    after = BaseUrls(url for url in ["http://x/other"])
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert before.below("/proxy/conversations") == ""
    assert after.below("/proxy/conversations") == "/conversations"
    assert after.below("/other/conversations") == "/conversations"
    assert after.below("/v1/conversations") == "/conversations"


def test_an_empty_environment_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert BaseUrls().below("/v1/conversations") == "/conversations"


@pytest.mark.parametrize(
    "url", ["localhost:8000/v1", "/v1", "api.openai.com", "ftp://x.test/v1", "https:///v1", "http://[", ""]
)
def test_what_is_no_whole_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        BaseUrls(["https://good.test/v1", url])
    assert str(caught.value) == f"base_urls has {url!r}: write a whole URL such as 'https://api.openai.com/v1'"


def test_a_wrong_variable_is_blamed_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:8000")
    with pytest.raises(UsageError, match=r"^OPENAI_BASE_URL has 'localhost:8000': write a whole URL such as"):
        BaseUrls()


def test_one_string_is_refused_with_the_line_to_write() -> None:
    with pytest.raises(UsageError) as caught:
        BaseUrls("https://x.test/v1")
    assert str(caught.value) == ("base_urls='https://x.test/v1' is one string: write base_urls=['https://x.test/v1']")
