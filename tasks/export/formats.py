"""Turn an example into the record that each trainer reads. One entry a format; pure.

To add a format is to add an entry to FORMATS. Knows neither files nor runs.
"""

from schemas.tables.export import Example, Format, Preference, thoughts
from schemas.text import defused

_LINEAGE = ("id", "seed_id", "parent_id", "epoch", "operation", "model", "prompt_sha256", "extra")
CSV_COLUMNS = ("instruction", "response", *_LINEAGE, "run")


def alpaca(one: Example) -> dict[str, str]:
    """Return Alpaca's fields; instruction and input are one text here, so `input` is empty."""
    return {"instruction": one.instruction, "input": "", "output": one.response}


def sharegpt(one: Example) -> dict[str, list[dict[str, str]]]:
    """Return ShareGPT's turns."""
    turns = [("human", one.instruction), ("gpt", one.response)]
    return {"conversations": [{"from": who, "value": text} for who, text in turns]}


def messages(one: Example) -> dict[str, list[dict[str, str]]]:
    """Return OpenAI's chat messages, with what was thought beside the answer where it is wanted."""
    answer = {"role": "assistant", "content": one.response}
    beside = {} if one.reasoning is None else thoughts(one.reasoning)
    return {"messages": [{"role": "user", "content": one.instruction}, answer | beside]}


def prompt_completion(one: Example) -> dict[str, str]:
    """Return TRL's plain prompt and completion, without any separator between the two."""
    return {"prompt": one.instruction, "completion": one.response}


def canonical(one: Example) -> dict[str, object]:
    """Return messages and lineage, as the Parquet table has them."""
    return {**messages(one), **{name: getattr(one, name) for name in (*_LINEAGE, "run")}}


def cells(one: Example) -> dict[str, str]:
    """Return what people look at in a spreadsheet, with formulas defused."""
    values = {name: getattr(one, name) for name in CSV_COLUMNS}
    return {name: "" if v is None else defused(str(v)) for name, v in values.items()}


def preference(one: Preference) -> dict[str, str]:
    """Return a prompt with the better and the worse answer."""
    return {"prompt": one.prompt, "chosen": one.chosen, "rejected": one.rejected}


_CHAT_COLUMNS = {
    "formatting": "sharegpt",
    "columns": {"messages": "messages"},
    "tags": {
        "role_tag": "role", "content_tag": "content", "user_tag": "user",
        "assistant_tag": "assistant", "system_tag": "system",
    },
}  # fmt: skip
_CHAT_TEMPLATE = {
    "type": "chat_template",
    "field_messages": "messages",
    "message_property_mappings": {"role": "role", "content": "content"},
}

FORMATS: dict[str, Format] = {
    "alpaca": Format(
        alpaca,
        "alpaca",
        llama_factory={
            "formatting": "alpaca",
            "columns": {"prompt": "instruction", "query": "input", "response": "output"},
        },
        axolotl={"ds_type": "json", "type": "alpaca"},
    ),
    "sharegpt": Format(
        sharegpt,
        "sharegpt",
        llama_factory={
            "formatting": "sharegpt",
            "columns": {"messages": "conversations"},
            "tags": {
                "role_tag": "from", "content_tag": "value", "user_tag": "human",
                "assistant_tag": "gpt",
            },
        },
        axolotl={
            "ds_type": "json",
            "type": "chat_template",
            "field_messages": "conversations",
            "message_property_mappings": {"role": "from", "content": "value"},
            "roles": {"user": ["human"], "assistant": ["gpt"]},
        },
    ),
    "messages": Format(
        messages,
        "messages",
        has_thoughts=True,
        llama_factory=_CHAT_COLUMNS,
        axolotl={"ds_type": "json", **_CHAT_TEMPLATE},
    ),
    "prompt-completion": Format(
        prompt_completion,
        "prompt-completion",
        llama_factory={
            "formatting": "alpaca",
            "columns": {"prompt": "prompt", "response": "completion"},
        },
        axolotl={
            "ds_type": "json",
            "type": {
                "field_instruction": "prompt",
                "field_output": "completion",
                "format": "{instruction}",
                "no_input_format": "{instruction}",
            },
        },
    ),
    "parquet": Format(
        canonical,
        "part",
        encoding="parquet",
        has_thoughts=True,
        llama_factory=_CHAT_COLUMNS,
        axolotl={"ds_type": "parquet", **_CHAT_TEMPLATE},
    ),
    "dpo": Format(
        preference,
        "dpo",
        is_of_pairs=True,
        llama_factory={
            "ranking": True,
            "formatting": "alpaca",
            "columns": {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
        },
        axolotl={
            "ds_type": "json",
            "type": {
                "field_prompt": "prompt",
                "field_chosen": "chosen",
                "field_rejected": "rejected",
                "prompt_format": "{prompt}",
                "chosen_format": "{chosen}",
                "rejected_format": "{rejected}",
            },
        },
        axolotl_head={"rl": "dpo"},
    ),
    # For people: defused cells are not the text that a model should learn.
    "csv": Format(cells, "rows", encoding="csv"),
}  # fmt: skip
"""Every format by the name that `--format` takes."""
