"""Make a small Llama and its tokenizer on the spot, to try the whole way with no model at hand.

Turns texts into a folder like any model's. The same texts and seed give the same bytes. What it writes
after training makes no sense to a reader, and need not.
"""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

_TOKENS = 512
_HIDDEN, _INNER, _LAYERS, _HEADS, _KEY_HEADS = 128, 320, 2, 4, 2
_BEGIN, _END, _PAD = "<|begin|>", "<|end|>", "<|pad|>"


def make(texts: Iterable[str], folder: Path, *, rng_seed: int, longest: int) -> None:
    """Write a model of some 0.4 million parameters.

    Args:
        texts: What the tokenizer is made from.
        folder: To be made.
        rng_seed: Of the weights.
        longest: Most tokens that it can read and write together.
    """
    tokenizer = _tokenizer(texts)
    set_seed(rng_seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_HIDDEN,
        intermediate_size=_INNER,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        num_key_value_heads=_KEY_HEADS,
        max_position_embeddings=longest,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=_TOKENS,
        special_tokens=[_BEGIN, _END, _PAD],
        initial_alphabet=sorted(alphabet),
        show_progress=False,
    )
    pieces.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces, bos_token=_BEGIN, eos_token=_END, pad_token=_PAD
    )
