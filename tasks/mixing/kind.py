"""What a mix is: its settings, its folder, and who looks at it."""

from schemas.folders.mix import MixFolder
from schemas.settings.mixing import MixForm
from tasks.mixing.status import mix_checks, mix_status, mix_text
from tasks.runs.kind import Kind

MIXING = Kind(
    "mixing",
    "mix",
    MixForm,
    folder=MixFolder,
    record="mix.json",
    status=mix_status,
    text=mix_text,
    checks=mix_checks,
    why_no_page="is a mix, which has no report; `evolflow status` counts its rows",
)
