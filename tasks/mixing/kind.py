"""What a mix is: its settings, its folder, and who looks at it."""

from pathlib import PurePath

from schemas.folders.mix import MixFolder
from schemas.settings.mixing import MixForm, MixSettings
from tasks.mixing.status import mix_checks, mix_status, mix_text
from tasks.runs.kind import Kind


def _title(settings: MixSettings) -> str:
    """Return the mix's own name: `mixing-paper`."""
    return f"mixing-{PurePath(settings.out).name}"


MIXING = Kind(
    "mixing",
    "mix",
    MixForm,
    folder=MixFolder,
    record="mix.json",
    title=_title,
    status=mix_status,
    text=mix_text,
    checks=mix_checks,
    why_no_page="is a mix, which has no report; `evolflow status` counts its rows",
)
