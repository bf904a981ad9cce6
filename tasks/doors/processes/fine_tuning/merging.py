"""Merge an adapter with its base into a model that stands alone.

Turns two folders into one; safetensors alone.
"""

import shutil

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from schemas.documents.training import MergeJob
from schemas.errors import BadInput
from schemas.folders.trained import CARD, ModelCard


def merge(job: MergeJob) -> None:
    """Write the merged model, with the adapter's tokenizer, chat template and card.

    Raises:
        BadInput: The adapter does not fit the base, or one of them cannot be read.
    """
    try:
        base = AutoModelForCausalLM.from_pretrained(
            job.base, local_files_only=True, use_safetensors=True, dtype="auto"
        )
        model = PeftModel.from_pretrained(base, str(job.adapter)).merge_and_unload()
    except (OSError, ValueError, RuntimeError, KeyError) as e:
        said = next((line for line in str(e).splitlines() if line.strip()), type(e).__name__)
        raise BadInput(
            f"base: {job.base} and {job.adapter} do not go together: {said.strip()}"
        ) from None
    model.save_pretrained(job.out)
    AutoTokenizer.from_pretrained(job.adapter, local_files_only=True).save_pretrained(job.out)
    shutil.copyfile(job.adapter / CARD, job.out / CARD)
    card = ModelCard.model_validate_json((job.out / CARD).read_bytes())
    merged = card.model_copy(update={"method": f"merged {card.method}"})
    (job.out / CARD).write_text(merged.model_dump_json(indent=2) + "\n", encoding="utf-8")
