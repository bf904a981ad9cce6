"""Push a folder to the Hugging Face Hub as a dataset, by its own client.

Address and token come from the environment (HF_ENDPOINT, HF_TOKEN) or from the client's own login. The
package comes with the extra `hub`. Knows nothing of what is in the folder.
"""

from pathlib import Path

import httpx
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalTokenNotFoundError
from huggingface_hub.utils._validators import validate_repo_id

from schemas.errors import BadInput, ModelUnavailable, RunFault


def require_repo(repo: str) -> None:
    """Make sure that a name can be that of a dataset, before anything is made.

    Raises:
        BadInput: It cannot; the message is the client's.
    """
    try:
        validate_repo_id(repo)
    except HFValidationError as e:
        said = str(e).partition("\n")[0]
        raise BadInput(f"push-to-hub: {repo}: {said}; write it like name/dataset") from None


def push(folder: Path, repo: str) -> str:
    """Upload a folder in one commit; returns the address of the dataset.

    A dataset that is not there yet is made, and is private: who shares it does so on purpose.

    Raises:
        RunFault: The Hub refuses it or cannot be reached; the folder is as it was.
    """
    try:
        api = HfApi()
        made = api.create_repo(repo, repo_type="dataset", private=True, exist_ok=True)
        api.upload_folder(
            folder_path=folder,
            repo_id=made.repo_id,
            repo_type="dataset",
            commit_message="Export by evolflow",
        )
    except (LocalTokenNotFoundError, HfHubHTTPError) as e:
        raise _refused(repo, e) from None
    except (httpx.HTTPError, OSError, ValueError) as e:
        raise RunFault(
            f"push-to-hub: {repo}: the Hub does not answer as one ({_first_line(e)}); "
            "the same command pushes again"
        ) from None
    return str(made)


def _refused(repo: str, e: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"push-to-hub: {repo}: the Hub refuses it ({_first_line(e)}); set HF_TOKEN to a token that "
        "may write there, then run the same command again"
    )


def _first_line(e: Exception) -> str:
    return str(e).strip().partition("\n")[0][:300] or type(e).__name__
