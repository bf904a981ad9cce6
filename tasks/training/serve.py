"""Serve a model of this machine with the chat template that it was trained with, and make sure of that.

Turns a model's folder into an address. A wrong template is the commonest cause of bad scores, so the
file is looked at before, and the server is asked how many tokens a known message has to it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import RunFault
from tasks.doors.processes import model_server
from tasks.doors.processes.model_server import Served
from tasks.training.model_folders import checked_card, model_at

log = logging.getLogger("evolflow.serving")


@contextmanager
def served(
    root: Path, name: str, *, setting: str, host: str = "127.0.0.1", port: int | None = None
) -> Iterator[Served]:
    """Have a model served for the length of the block.

    Args:
        root: Folder of a fine-tuning, or of a model.
        name: As requests shall call it.
        setting: Which setting named it, for messages.
        host: IP address to listen on.
        port: None for one that is free.

    Raises:
        BadInput: It is no model, its template is not its own, or the port is taken.
        RunFault: The server does not start, or puts something else around a message.
    """
    model_server.require()
    folder = model_at(root, setting)
    card = checked_card(folder)
    with model_server.served(folder, name, host, port) as serving:
        if card is None:
            log.warning("%s: trained elsewhere; whether its template is right is not known", folder)
        else:
            _require_template(serving, card.probe.message, card.probe.prompt_tokens)
        log.info("served %s as %s at %s", folder, name, serving.address)
        yield serving


def _require_template(serving: Served, message: str, tokens: int) -> None:
    found = model_server.prompt_tokens(serving, message)
    if found != tokens:
        raise RunFault(
            f"the server makes {found} tokens of a message that were {tokens} in training: it uses "
            "another chat template or tokenizer; put the model's files back as the training left them"
        )
