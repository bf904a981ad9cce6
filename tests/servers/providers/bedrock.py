"""Bedrock's converse, as far as it can be pointed at loopback; signatures are not looked at."""

from tests.servers.providers.speaking import Asked, Said, answer_to


def bedrock(asked: Asked) -> Said:
    """Answer as `/model/…/converse` does; Claude refuses there what it refuses at home."""
    given = asked.body.get("inferenceConfig", {})
    if "claude" in asked.path and {"temperature", "topP"} <= set(given):
        words = (
            "The model returned the following errors: `temperature` and `top_p` cannot both be "
            "specified for this model. Please use only one."
        )
        return Said(400, {"message": words})
    message = {"role": "assistant", "content": [{"text": answer_to(asked.body["messages"])}]}
    usage = {"inputTokens": 9, "outputTokens": 12, "totalTokens": 21}
    made = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage}
    return Said(200, {**made, "metrics": {"latencyMs": 5}})
