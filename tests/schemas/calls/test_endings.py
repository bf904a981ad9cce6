"""One table of endings: the words of all providers, in any spelling."""

import pytest

from schemas.calls.endings import Ending, ending_of


@pytest.mark.parametrize(("words", "ending"), [
    ("stop STOP end_turn eos eos_token stop_sequence COMPLETE tool_calls endTurn", Ending.WHOLE),
    ("length max_tokens MAX_TOKENS model_length maxTokens max-tokens max_output_tokens "
     "FINISH_REASON_MAX_TOKENS model_context_window_exceeded", Ending.CUT),
    ("content_filter SAFETY RECITATION content_filtered PROHIBITED_CONTENT guardrail_intervened SPII "
     "ERROR_TOXIC sensitive contentFilter", Ending.BLOCKED),
    ("refusal", Ending.REFUSED),
    ("error ERROR insufficient_system_resource network_error abort OTHER load", Ending.FAILED),
    ("banana FINISH_REASON_UNSPECIFIED 停", Ending.UNKNOWN),
])  # fmt: skip
def test_a_finish_reason_means_the_same_in_every_spelling(words: str, ending: Ending) -> None:
    assert {word: ending_of(word) for word in words.split()} == dict.fromkeys(words.split(), ending)


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_an_endpoint_that_says_nothing_of_the_end_gave_a_whole_answer(nothing: str | None) -> None:
    assert ending_of(nothing) is Ending.WHOLE
