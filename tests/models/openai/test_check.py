"""What is found out about a server before a job starts."""

import json
import socket

import pytest
from docpipe.models.openai import check, read_key
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.engines import OpenAIEngine

from .bad_server import BadServer, Behaviour, error, hanging, hung_up, reply

KEY = "sk-very-secret"


def settings(url: str, key: str | None = None) -> OpenAIEngine:
    return OpenAIEngine(kind="openai", base_url=url, model="tiny", api_key_env=key)


def offering(*models: str) -> Behaviour:
    return reply(json.dumps({"object": "list", "data": [{"id": model} for model in models]}).encode())


def test_a_server_that_offers_the_model_passes_and_is_asked_with_the_key(
    bad_server: BadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad_server.behaviours = [offering("other", "tiny")]
    monkeypatch.setenv("SERVER_KEY", f" {KEY}\n")
    check(settings(bad_server.url, "SERVER_KEY"), "cluster")
    assert bad_server.headers[0].startswith("GET /v1/models HTTP/1.1")
    assert f"authorization: bearer {KEY}" in bad_server.headers[0].lower()


@pytest.mark.parametrize("behaviour", [error(404), error(405), offering()])
def test_a_server_without_a_list_of_models_passes(bad_server: BadServer, behaviour: Behaviour) -> None:
    bad_server.behaviours = [behaviour]
    check(settings(bad_server.url), "cluster")


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (offering("a", "b"), "offers no model 'tiny', but: a, b"),
        (offering(*"abcdefgh"), "but: a, b, c, d, e, …"),
        (error(401), r"refuses no key \(api_key_env\): HTTP 401"),
        (error(503, "loading"), "answers HTTP 503: loading"),
        (reply(b"<html>", kind="text/html"), "not JSON: <html>"),
        (reply(b"{}"), "without data"),
        (reply(b"7"), "without data"),
        (hung_up, "no server answers"),
        (hanging, "did not answer within"),
    ],
)
def test_a_server_that_cannot_be_used_is_named_with_the_reason(
    bad_server: BadServer, behaviour: Behaviour, reason: str
) -> None:
    bad_server.behaviours = [behaviour]
    with pytest.raises(MissingResourceError, match=reason) as caught:
        check(settings(bad_server.url), "cluster", seconds=1)
    assert str(caught.value).startswith(f"engines.cluster: {'no server' if behaviour is hung_up else bad_server.url}")
    assert caught.value.exit_code == 4


def test_no_server_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(MissingResourceError, match=f"no server answers at {url}/models"):
            check(settings(url), "cluster")


@pytest.mark.parametrize("value", [None, "", " ", "schlüssel", "a\nb"])
def test_a_key_that_is_missing_or_cannot_be_sent_is_named_by_its_variable(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVER_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SERVER_KEY", value)
    with pytest.raises(MissingResourceError, match=r"engines\.cluster.*SERVER_KEY") as caught:
        read_key(settings("http://x/v1", "SERVER_KEY"), "cluster")
    assert not (value or "").strip() or value not in str(caught.value)


def test_the_key_is_in_no_message(bad_server: BadServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_KEY", KEY)
    for behaviour in (error(401, f"wrong key {KEY}"), error(500, f"wrong key {KEY}")):
        bad_server.behaviours = [behaviour]
        with pytest.raises(MissingResourceError) as caught:
            check(settings(bad_server.url, "SERVER_KEY"), "cluster")
        assert KEY not in str(caught.value)


def test_a_server_without_keys_needs_none() -> None:
    assert read_key(settings("http://x/v1"), "cluster") is None
