"""Which base URLs the emulator answers for, and what stands below them."""

from __future__ import annotations

import re

import pytest

from convsim.errors import UsageError
from convsim.http.urls import DEFAULT_BASE_URL, DEFAULTS, BaseUrls, Defaults, base_url_of, is_loopback


@pytest.fixture(autouse=True)
def no_base_url_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for defaults in DEFAULTS.values():
        for name in defaults.variables:
            monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/v1/conversations", "/conversations"),
        ("/v1/", "/"),
        ("/v1/nothing", "/nothing"),
        ("/v1/files/conversations", "/files/conversations"),
        ("/v1", ""),
        ("/nothing", ""),
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
    assert urls.below("/a/b/nothing") == "/nothing"
    assert urls.below("/a/c/nothing") == "/c/nothing"
    assert urls.below("/b/nothing") == ""


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
    assert before.below("/proxy/nothing") == ""
    assert after.below("/proxy/nothing") == "/nothing"
    assert after.below("/other/nothing") == "/nothing"
    assert after.below("/v1/nothing") == "/nothing"


def test_an_empty_environment_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert BaseUrls().below("/v1/conversations") == "/conversations"


@pytest.mark.parametrize(
    "url",
    ["localhost:8000/v1", "/v1", "api.openai.com", "ftp://x.test/v1", "https:///v1", "https://a b/v1", "http://[", ""],
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


# --- hosts: what a patch and a respx router ask ----------------------------------------------------------------------

BASES = [
    "https://gateway.test:8443/openai/v1",
    "https://*.openai.azure.com/openai/v1",
    "http://localhost:8000/v1",
    "http://[::1]:8000/v1",
    "http://127.0.0.1",
    "https://gateway.test/v1/beta/",
]


@pytest.mark.parametrize(
    ("host", "port", "path", "claimed"),
    [
        ("api.openai.com", None, "/v1/conversations", "/conversations"),
        ("api.openai.com", None, "/v2/conversations", ""),
        ("api.openai.com", None, "/openai/v1/conversations", ""),  # another host's base
        ("api.openai.com", 8443, "/v1/conversations", None),
        ("api-openai.com", None, "/v1/conversations", None),
        ("api.openai.com.test", None, "/v1/conversations", None),
        ("eu.api.openai.com", None, "/v1/conversations", None),
        ("apixopenai.com", None, "/v1/conversations", None),
        ("gateway.test", 8443, "/openai/v1/conversations", "/conversations"),
        ("gateway.test", 8443, "/v1/conversations", None),
        ("gateway.test", None, "/openai/v1/conversations", None),
        ("gateway.test", None, "/v1/beta/conversations", "/conversations"),
        ("gateway.test", None, "/v1/beta/nothing", "/nothing"),
        ("gateway.test", None, "/v1/beta/account/openai/conversations", None),  # a longer prefix
        ("gateway.test", None, "/v1/beta/files/conversations", "/files/conversations"),
        ("api.openai.com", None, "/v1/account/openai/conversations", "/account/openai/conversations"),
        ("gateway.test", None, "/v1/beta", None),
        ("gateway.test", 443, "/v1/beta/conversations", "/conversations"),
        ("gateway.test", 80, "/v1/beta/conversations", "/conversations"),
        ("api.openai.com.", 443, "/v1/conversations", "/conversations"),
        ("API.OpenAI.com", None, "/v1/conversations", "/conversations"),
        ("api.openai.com..", None, "/v1/conversations", None),
        ("mine.openai.azure.com", None, "/openai/v1/conversations", "/conversations"),
        ("a.b.openai.azure.com", None, "/openai/v1/conversations", None),
        ("openai.azure.com", None, "/openai/v1/conversations", None),
        ("mine.openai.azure.com.test", None, "/openai/v1/conversations", None),
        ("localhost", 8000, "/v1/conversations", "/conversations"),
        ("localhost", 8000, "/v2/conversations", None),
        ("localhost", 8001, "/v1/conversations", None),
        ("localhost", None, "/v1/conversations", None),
        ("::1", 8000, "/v1/conversations", "/conversations"),
        ("::1", 8000, "/", None),
        ("127.0.0.1", None, "/conversations", "/conversations"),
        ("127.0.0.1", 80, "/v1/conversations", "/conversations"),
        ("127.0.0.1", None, "/anything", None),
    ],
)
def test_a_claim_is_by_host_and_port_and_path(host: str, port: int | None, path: str, claimed: str | None) -> None:
    assert BaseUrls(BASES).claim(host, port, path) == claimed


@pytest.mark.parametrize(
    ("base_url", "host", "port", "claimed"),
    [
        ("https://x.test:443/v1", "x.test", None, "/a"),
        ("http://x.test:80/v1", "x.test", None, "/a"),
        ("http://x.test:443/v1", "x.test", 443, "/a"),
        ("https://X.Test/v1", "x.test", None, "/a"),
        ("https://x.test./v1", "x.test", None, "/a"),
        ("https://*/v1", "anything", None, "/a"),
        ("https://*/v1", "anything.test", None, None),
        ("https://x.*.test/v1", "x.eu.test", None, "/a"),
        ("https://x.*.test/v1", "x.test", None, None),
        ("https://*.*.test/v1", "a.b.test", None, "/a"),
        ("https://**.test/v1", "a.test", None, "/a"),
        ("https://**.test/v1", "a.b.c.test", None, "/a"),
        ("https://**.test/v1", "test", None, None),
        ("https://x.**.test/v1", "x.a.b.test", None, "/a"),
    ],
)
def test_default_ports_and_wildcards(base_url: str, host: str, port: int | None, claimed: str | None) -> None:
    assert BaseUrls([base_url]).claim(host, port, "/v1/a") == claimed


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        ("/tenants/a/v1/conversations", "/conversations"),
        ("/tenants/a/v1/nothing", "/nothing"),
        ("/tenants/a/b/v1/conversations", None),
        ("/tenants//v1/conversations", None),
        ("/tenants/a/v1", None),
    ],
)
def test_a_star_in_the_path_is_one_segment(path: str, claimed: str | None) -> None:
    urls = BaseUrls(["https://gateway.test/tenants/*/v1"])
    assert urls.claim("gateway.test", None, path) == claimed


# --- base URLs that end above the API's own: no path, an Azure resource, a project -----------------------------------

PROJECT = "/api/projects/p"
AGENT = f"{PROJECT}/agents/a/endpoint/protocols/openai"
FORMS = [
    *("", "/v1", "/openai", "/openai/v1", "/openai/deployments/d", f"{PROJECT}/openai", f"{PROJECT}/openai/v1"),
    *(AGENT, f"{PROJECT}/applications/a/protocols/openai"),
]


@pytest.mark.parametrize("resource", ["/conversations", "/responses/resp_1/input_items", "/realtime", "/models/m"])
@pytest.mark.parametrize("form", FORMS)
def test_a_base_url_without_a_path_answers_below_every_known_prefix(form: str, resource: str) -> None:
    assert BaseUrls(["https://x.test"]).claim("x.test", None, f"{form}{resource}") == resource
    assert BaseUrls(["http://localhost:8000/"]).claim("localhost", 8000, f"{form}{resource}") == resource


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/gateway/v9/conversations",
        "/v1/account/openai/conversations",
        "/api/projects/p/connections",
        "/conversationsx",
        "/openaix",
    ],
)
def test_a_base_url_without_a_path_answers_nothing_else(path: str) -> None:
    urls = BaseUrls(["https://x.test"])
    assert (urls.claim("x.test", None, path), urls.has_host("x.test", None)) == (None, True)


@pytest.mark.parametrize("form", FORMS[1:])
def test_below_a_known_prefix_a_path_that_the_api_has_not_is_claimed(form: str) -> None:
    assert BaseUrls(["https://x.test"]).claim("x.test", None, f"{form}/nothing") == "/nothing"


@pytest.mark.parametrize(
    ("base", "path", "claimed"),
    [
        ("/openai", "/openai/conversations", "/conversations"),
        ("/openai", "/openai/v1/conversations", "/conversations"),
        ("/openai", "/openai/deployments/d/responses", "/responses"),
        ("/openai", "/v1/conversations", None),
        ("/openai/v1", "/openai/v1/conversations", "/conversations"),
        ("/openai/v1", "/openai/conversations", None),
        ("/api/projects/p", "/api/projects/p/openai/v1/conversations", "/conversations"),
        ("/api/projects/p", "/api/projects/p/openai/conversations", "/conversations"),
        ("/api/projects/p", f"{AGENT}/responses", "/responses"),
        ("/api/projects/p", "/api/projects/q/openai/v1/conversations", None),
        ("/api/projects/p", "/api/projects/p/connections", None),
        ("/api/projects/*", "/api/projects/q/openai/v1/conversations", "/conversations"),
        ("/api/projects/*/openai/v1", "/api/projects/q/openai/v1/conversations", "/conversations"),
        ("/api/projects/*/openai/v1", f"{AGENT}/conversations", None),
        ("/*", "/openai/v1/conversations", "/conversations"),
        ("/proxy", "/proxy/v1/conversations", None),  # a longer prefix, which is not given
    ],
)
def test_a_base_url_that_a_known_prefix_goes_on_from_answers_below_it(
    base: str, path: str, claimed: str | None
) -> None:
    assert BaseUrls([f"https://*.services.test{base}"]).claim("x.services.test", None, path) == claimed


@pytest.mark.parametrize(
    ("path", "below"),
    [
        *((f"{form}/conversations/conv_1", "/conversations/conv_1") for form in FORMS),
        ("/v1/v1/conversations", "/conversations"),
        ("/v11/conversations", "/conversations"),
        ("/any/where/at/all/responses/conversations", "/responses/conversations"),
        ("/openai/v1/models", "/models"),
        ("/openai/v1/nothing", "/nothing"),
        ("/v2/embeddings", "/embeddings"),
        ("/conversationsx", ""),
        ("/a/nothing", ""),
    ],
)
def test_where_no_host_counts_any_prefix_does(path: str, below: str) -> None:
    assert BaseUrls().below(path) == below


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://x.test/v1/conversations", "https://x.test/v1"),
        ("wss://x.test:8443/openai/v1/realtime", "https://x.test:8443/openai/v1"),
        ("ws://[::1]:8000/realtime", "http://[::1]:8000"),
        ("https://x.test/gateway/v9/conversations/conv_1/items", "https://x.test/gateway/v9"),
        (f"https://x.test{AGENT}/responses", f"https://x.test{AGENT}"),
        ("https://x.test/v1", "https://x.test/v1"),
        ("https://x.test/telemetry", "https://x.test"),
        ("https://x.test", "https://x.test"),
    ],
)
def test_the_base_url_of_a_request_is_found(url: str, base: str) -> None:
    assert base_url_of(url) == base


@pytest.mark.parametrize("url", ["wss://x.test/v1", "ws://x.test/v1", "https://x.test/v1", "http://x.test/v1"])
def test_the_url_of_a_websocket_is_taken_as_that_of_http(url: str) -> None:
    urls = BaseUrls([url])
    assert urls.claim("x.test", None, "/v1/realtime") == "/realtime"
    assert url.replace("ws", "http", 1) in str(urls).split(", ")


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"])
def test_a_variable_of_the_environment_names_a_base_url(variable: str) -> None:
    urls = BaseUrls(environment={variable: "https://mine.openai.azure.com/"})
    assert urls.claim("mine.openai.azure.com", None, "/openai/conversations") == "/conversations"
    with pytest.raises(UsageError, match=rf"^{variable} has 'mine': write a whole URL such as"):
        BaseUrls(environment={variable: "mine"})


@pytest.mark.parametrize(
    ("service", "variables"),
    [
        ("openai", ["AZURE_OPENAI_ENDPOINT", "OPENAI_BASE_URL"]),
        ("foundry", ["AZURE_AI_PROJECT_ENDPOINT", "AZURE_OPENAI_ENDPOINT", "FOUNDRY_PROJECT_ENDPOINT"]),
    ],
)
def test_each_service_reads_its_own_variables(service: str, variables: list[str]) -> None:
    names = {name for one in DEFAULTS.values() for name in one.variables}
    urls = BaseUrls(environment={name: f"https://{name}.test" for name in names}, defaults=DEFAULTS[service])
    own = [DEFAULT_BASE_URL] if service == "openai" else []
    assert str(urls).split(", ") == sorted([*own, *(f"https://{name}.test" for name in variables)])


def test_a_service_may_have_no_base_url_at_all() -> None:
    assert str(BaseUrls(environment={}, defaults=DEFAULTS["foundry"])) == "no URL"


def test_a_service_may_have_no_base_url_of_its_own() -> None:
    urls = BaseUrls(["https://x.test/v1"], {"OTHER": "https://y.test/v1"}, Defaults(variables=("OTHER",)))
    assert str(urls) == "https://x.test/v1, https://y.test/v1"
    assert urls.claim("api.openai.com", None, "/v1/conversations") is None


@pytest.mark.parametrize(
    ("authority", "path", "project"),
    [
        ("x.test", "/v1/conversations", "proj_x"),
        ("X.test:443", "/v1/conversations", "proj_x"),
        ("x.test", "/v1/beta/conversations", "proj_beta"),
        ("x.test", "/v2/conversations", None),
        ("[::1]:8000", "/v1/conversations", "proj_local"),
        ("api.openai.com", "/v1/conversations", None),
        ("", "/v1/conversations", None),
        ("x.test:x", "/v1/conversations", None),
        (f"x.test:{'4' * 5_000}", "/v1/conversations", None),
    ],
)
def test_a_mapping_names_the_project_of_each_base_url(authority: str, path: str, project: str | None) -> None:
    urls = BaseUrls(
        {"https://x.test/v1": "proj_x", "https://x.test/v1/beta": "proj_beta", "http://[::1]:8000": "proj_local"}
    )
    assert urls.project(authority, path) == project
    assert BaseUrls(["https://x.test/v1"]).project(authority, path) is None


@pytest.mark.parametrize(
    "url",
    [
        *("https://a*.test/v1", "https://*a.test/v1", "https://**/v1", "https://a.**/v1", "https://**.a.**.test/v1"),
        *("https://***.test/v1", "https://x-*.test/v1", "https://x.test/v*", "https://x.test/**/v1"),
        "https://*a*a*a*a*az/v1",
    ],
)
def test_any_other_star_is_refused_with_the_line_to_write(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        BaseUrls([url])
    assert str(caught.value) == (
        f"base_urls has {url!r}: * stands for one whole label of the host or one whole segment of the path, and **."
        " once for one or more labels; write 'https://*.example.com/v1' or 'https://**.example.com/v1'"
    )


def test_a_host_that_matches_almost_is_told_soon() -> None:
    urls = BaseUrls(["https://**.a.*.*.*.*.test/v1"])
    assert urls.claim(".".join(["a"] * 120), None, "/v1/x") is None


@pytest.mark.parametrize(
    ("host", "port", "has"),
    [
        *(("api.openai.com", 443, True), ("api.openai.com.", None, True), ("api.openai.com", 8443, False)),
        *(("gateway.test", 8443, True), ("localhost", 8000, False), ("other.test", 443, False)),
    ],
)
def test_hosts_are_claimed_as_a_whole_except_loopback(host: str, port: int | None, has: bool) -> None:
    assert BaseUrls(BASES).has_host(host, port) is has


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("api.localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("localhost.", True),
        ("LocalHost", True),
        ("localhost..", False),
        ("localhost.test", False),
        ("mylocalhost", False),
        ("127.0.0.1.test", False),
        ("127a0b0c1", False),
        ("128.0.0.1", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_what_this_machine_is_called(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://api.openai.com/v1/conversations", True),
        ("http://api.openai.com/v2", True),
        ("https://api.openai.com", True),
        ("https://gateway.test:8443/", True),
        ("https://gateway.test/v1", True),
        ("https://api.openai.com:443/v1", True),
        ("https://api.openai.com./v1", True),
        ("https://mine.openai.azure.com/openai/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://127.0.0.1/v1", True),
        ("https://api.openai.com.test/v1", False),
        ("https://api.openai.com:8443/v1", False),
        ("https://openai.azure.com/openai/v1", False),
        ("https://evil.test/a.openai.azure.com/openai/v1", False),
        ("https://evil.test?to=a.openai.azure.com/openai/v1", False),
        ("https://evil.test/https://api.openai.com/v1", False),
        ("ftp://api.openai.com/v1", False),
    ],
)
def test_the_pattern_matches_whole_urls_of_the_hosts(url: str, ours: bool) -> None:
    assert (re.search(BaseUrls(BASES).pattern, url) is not None) is ours


def test_they_are_written_in_order_and_once() -> None:
    urls = BaseUrls(["https://b.test/v1/", "https://*.a.test", "https://b.test/v1"])
    assert str(urls) == "https://*.a.test, https://api.openai.com/v1, https://b.test/v1"


@pytest.mark.parametrize(
    "url",
    [
        *("https://me:p-secret@gateway.test/v1", "ftp://me:p-secret@gateway.test/v1"),
        *("https://gateway.test/v1?token=p-secret", "https://gateway.test/v1#p-secret", "gateway.test?key=p-secret"),
        *(
            "https://me:p-secret/p-secret@gateway.test/v1",
            "https:/me:p-secret@gateway.test",
            "me:p-secret@gateway.test",
        ),
    ],
)
def test_a_password_in_a_url_is_never_shown(url: str) -> None:
    try:
        shown = str(BaseUrls([url]))
    except UsageError as error:
        shown = str(error)
    assert "gateway.test" in shown
    assert "p-secret" not in shown


def test_hosts_beyond_ascii_are_compared_as_the_network_writes_them() -> None:
    urls = BaseUrls(["https://b\u00fccher.test/v1"])
    assert urls.claim("xn--bcher-kva.test", None, "/v1/conversations") == "/conversations"


def test_any_number_of_hosts_is_told_apart() -> None:
    urls = BaseUrls(["https://*.a.test/v1"])
    for _ in range(2):
        for number in range(300):
            assert urls.claim(f"h{number}.a.test", None, "/v1/responses") == "/responses"
            assert urls.claim(f"h{number}.b.test", None, "/v1/responses") is None
