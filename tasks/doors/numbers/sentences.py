"""The one importer of sentence-transformers, an extra: texts as the vectors of a model on this disk.

Asks no network: the model is a folder that the user has. Knows nothing of runs.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from schemas.errors import BadInput

_BATCH = 32


def require(folder: Path) -> None:
    """Make sure that a model can be loaded.

    Raises:
        BadInput: The package is not installed, or there is no such folder.
    """
    if find_spec("sentence_transformers") is None:
        raise BadInput(
            "embeddings: sentence-transformers is not installed; install evolflow[sentences], or leave "
            "embeddings offline"
        )
    if not folder.is_dir():
        raise BadInput(
            f"embeddings: {folder} is no folder with a model; download one, then name its folder"
        )


def vectors_of(texts: Sequence[str], folder: Path) -> list[list[float]]:
    """Return a vector a text, in their order.

    Raises:
        BadInput: The folder holds no model that can be loaded.
    """
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError) as e:
        problem = str(e).partition("\n")[0]
        raise BadInput(
            f"embeddings: {folder} holds no model that can be loaded ({problem}); name another"
        ) from e
    found = model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False)
    return [[float(number) for number in vector] for vector in found]
