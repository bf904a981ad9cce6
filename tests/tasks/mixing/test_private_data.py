"""What looks private is flagged, and what only resembles it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.mixing.private_data import flags_of


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Write to ada.lovelace+x@mail.example.org today.", ["email"]),
        ("Call +44 20 7946 0958 or (555) 123-4567.", ["phone"]),
        ("Card 4111 1111 1111 1111, thanks.", ["card"]),
        ("Pay to DE89 3704 0044 0532 0130 00.", ["iban"]),
        ("IBAN: DE89370400440532013000 BIC COBADEFF", ["iban"]),
        ("DE89 3704 0044 0532 0130 00 OK, GB82WEST12345698765432 AND MORE", ["iban"]),
        ("5500 0000 0000 0004 12/27", ["card"]),
        ("or 555.123.4567, or +4915112345678", ["phone"]),
        ("ASIA" + "B" * 16 + " and sk_live_" + "a1" * 10, ["api_key"]),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----", ["private_key"]),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", ["private_key"]),
        ("key = 'sk-" + "a1" * 20 + "'", ["api_key"]),
        ("AKIA" + "A" * 16, ["api_key"]),
        ("ghp_" + "a" * 36, ["api_key"]),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", ["token"]),
        ("a@b.example and DE89370400440532013000", ["email", "iban"]),
    ],
)
def test_what_looks_private_is_named(text: str, flags: list[str]) -> None:
    assert flags_of(text) == flags


@pytest.mark.parametrize(
    "text",
    [
        "Compute 4111 1111 1111 1112 + 1.",  # fails Luhn's check
        "0000 0000 0000 0000",
        "DE89 3704 0044 0532 0130 01 is a typing error.",
        "In 1999-2024 the pH was 7.4; add 12.5 ml, 3 x 4 x 5.",
        "@decorator def f(x): return x@y",
        "the sk-learn package, an AKIA prefix, eyJ alone",
        "192.168.0.1 and 2026-11-23 10:00:00",
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
    ],
)
def test_what_only_resembles_it_is_left_alone(text: str) -> None:
    assert flags_of(text) == []


@given(st.text(max_size=400))
def test_any_text_can_be_looked_through(text: str) -> None:
    assert set(flags_of(text)) <= {
        "email", "phone", "card", "iban", "private_key", "api_key", "token"
    }  # fmt: skip
