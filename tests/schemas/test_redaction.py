"""Keys go out of a text, and nothing else does."""

import base64
import json
from urllib.parse import quote

import pytest

from schemas.redaction import holds_key, is_secret_name, redact

ENVIRON = {
    "OPENAI_API_KEY": "plain-canary-value",
    "MY_TOKEN": "short",
    "DB_PASSWORD": "pass/word+1=",
    "HOME": "/home/plain-words",
}


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "hf_token", "AWS_SECRET", "x_password", "GOOGLE_CREDENTIALS"])  # fmt: skip # noqa: E501
def test_names_of_secrets_are_known_by_their_words(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["HOME", "PATH", "LANG", "EVOLFLOW_HOME", "PREFECT_API_URL"])
def test_other_names_are_none(name: str) -> None:
    assert not is_secret_name(name)


def test_the_environments_secrets_are_taken_out_wherever_they_stand() -> None:
    text = "api_key='plain-canary-value'&pw=pass/word+1=; again plain-canary-value"
    assert redact(text, ENVIRON) == "api_key='[redacted]'&pw=[redacted]; again [redacted]"


def test_what_is_no_secret_stays() -> None:
    """A message without its path, or with holes for every `short`, helps nobody."""
    text = "/home/plain-words is short: sk is a word, and task-12345678 a name; basic things"
    assert redact(text, ENVIRON) == text


@pytest.mark.parametrize(
    "key",
    ["sk-proj-AbCd_1234-xyz", "sk-ant-api03-abcdefgh", "hf_AbCdEfGhIj", "gsk_1234567890",
     "xai-1234567890", "AIzaSyA-1234567890abcdef", "Bearer abc.def.ghi", "sk-CAN*****cdef",
     "Basic dXNlcjpwYXNz"],
)  # fmt: skip
def test_what_has_a_keys_shape_is_taken_out_without_being_known(key: str) -> None:
    told = redact(f"Incorrect API key provided: {key}. See the docs.", {})
    assert key not in told
    assert told.startswith("Incorrect API key provided: [redacted]")
    assert told.endswith("See the docs.")


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("http://user:hunter2@host/v1", "http://[redacted]@host/v1"),
        ("a=openai/m@https://user:p@ss@host:1/v1", "a=openai/m@https://[redacted]@host:1/v1"),
        ("http://user:pa/ss@host/v1", "http://[redacted]@host/v1"),
        ("s3://AKIA:secret@bucket/prefix", "s3://[redacted]@bucket/prefix"),
        ("redis+tls://:secret@host", "redis+tls://[redacted]@host"),
    ],
)
def test_what_stands_between_a_scheme_and_an_at_sign_is_taken_out(address: str, left: str) -> None:
    assert redact(f"given '{address}' here", {}) == f"given '{left}' here"
    assert holds_key(address, {})


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000/v1", "https://router.example/hf-inference/v1@a",
     "s3://bucket/pre@fix", "http://h:8000/v1@latest", "https://h/v1/0123456789abcdef0123456789"],
)  # fmt: skip
def test_an_address_without_a_password_is_shown_and_used(address: str) -> None:
    assert not holds_key(address, ENVIRON)
    if "hf-" not in address:
        assert redact(address, ENVIRON) == address


@pytest.mark.parametrize("key", ["sk-proj-AbCd1234efGh5678ijkl", "plain-canary-value"])
def test_a_key_in_an_addresss_path_is_known(key: str) -> None:
    assert holds_key(f"https://host/{key}/v1", ENVIRON)


SECRET = "canary/7+Qx=Zz9-kLmN0pQrStUv"


def _disguises() -> dict[str, str]:
    in_base64 = base64.b64encode(f"user:{SECRET}".encode()).decode()
    return {
        "url-encoded": quote(SECRET, safe=""),
        "url-encoded in small letters": quote(SECRET, safe="").lower(),
        "base64": base64.b64encode(SECRET.encode()).decode(),
        "base64 behind a name": in_base64,
        "url-safe base64": base64.urlsafe_b64encode(f"x{SECRET}".encode()).decode(),
        "in quotes": json.dumps({"key": SECRET}),
        "its beginning": SECRET[:14],
        "its end": SECRET[-14:],
        "its middle": SECRET[6:20],
        "split": f"{SECRET[:14]} and {SECRET[14:]}",
        "line by line": f"{SECRET[:14]}\n{SECRET[14:]}",
    }


@pytest.mark.parametrize("name", _disguises())
def test_a_key_is_taken_out_however_it_is_written_or_cut(name: str) -> None:
    told = redact(f"The key was: {_disguises()[name]} so.", {"OPENAI_API_KEY": f"{SECRET}\r\n"})
    assert told.startswith("The key was: ") and "[redacted]" in told and told.endswith(" so.")
    for form in (SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()):
        pieces = {form[n : n + 10] for n in range(len(form) - 9)}
        assert not any(piece in told for piece in pieces)


@pytest.mark.parametrize("value", ["/home/user/keys/id_rsa2", "https://host7.example/token", "a sentence 7 long"])  # fmt: skip # noqa: E501
def test_a_value_that_is_no_key_takes_no_pieces_of_a_text_with_it(value: str) -> None:
    text = f"see {value[:12]} there"
    assert redact(text, {"MY_KEY_FILE": value}) == text
