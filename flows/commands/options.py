"""Make command-line options from the settings model, and settings from options and a TOML file.

Every setting with one value gets a flag; its help text shows unit, bounds and default. What cannot be
used becomes one line that names place, value and remedy.
"""

import os
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import click
from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from flows.commands.refusing import refusal
from schemas.errors import BadInput
from schemas.settings.knobs import Settings
from tasks.doors.own_files import MOST_TEXT_BYTES, read_bytes, read_toml

_SECRET_NAME = re.compile(r"(api_?key|token|secret|password|credentials?)$", re.IGNORECASE)
# A folder that somebody sent may bring a .env: it must not steer programs, or be read as ours.
_NOT_OURS = re.compile(
    r"(PREFECT_|EVOLFLOW_|GX_|PYTHON|LD_|DYLD_|MATPLOTLIB)|(PATH|HOME|SHELL|MPLBACKEND|MPLCONFIGDIR)$"
)
_TOLD = ("PREFECT_", "EVOLFLOW_")
_BOUNDS = {"Ge": ">=", "Gt": ">", "Le": "<=", "Lt": "<"}


Made = TypeVar("Made", bound=Settings)


class GroupedCommand(click.Command):
    """A command whose help shows its settings under their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                groups.setdefault(getattr(param, "group", "Other"), []).append(record)
        for name, records in groups.items():
            with formatter.section(name):
                formatter.write_dl(records)


class Setting(click.Option):
    """An option made from a field of the settings."""

    def __init__(self, name: str, field: FieldInfo, group: str) -> None:
        kind = _plain_type(field.annotation)
        flag = name.replace("_", "-")
        declared = [f"--{flag}/--no-{flag}" if kind is bool else f"--{flag}", name]
        metavar = None
        if get_origin(kind) is Literal:
            metavar = "|".join(get_args(kind))
        elif kind is not bool:
            metavar = {int: "N", float: "X", Path: "PATH"}.get(kind, "TEXT")
        # The model checks values, so that a flag and a TOML key are refused in the same words.
        super().__init__(
            declared,
            type=None if kind is bool else str,
            default=None,
            metavar=metavar,
            help=f"{field.description} {_limits(field)}",
        )
        self.group = group


def spread(args: Sequence[str], flag: str, is_value: Callable[[str], bool]) -> list[str]:
    """Repeat a flag before each further value that follows it, as shell users write it."""
    spread: list[str] = []
    is_in = False
    for arg in args:
        if arg == flag:
            is_in = True
            spread.append(arg)
            continue
        is_one = is_in and not arg.startswith("-") and is_value(arg)
        if is_one and spread[-1] != flag:
            spread.append(flag)
        is_in = is_one
        spread.append(arg)
    return spread


def with_settings(
    model: type[Settings], *, with_config: bool = True, apart_from: Sequence[str] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that gives a command the argument CONFIG and one option a setting.

    Tables have no flag: they stand in CONFIG, or the command says how they are given.

    Args:
        model: Whose fields become options.
        with_config: False where the command takes CONFIG in another way.
        apart_from: Settings that the command takes in another way.
    """

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        options = [
            Setting(name, field, model.group_of(name))
            for name, field in model.model_fields.items()
            if name not in apart_from and get_origin(_plain_type(field.annotation)) is not dict
        ]
        params = getattr(command, "__click_params__", [])
        command.__click_params__ = [*reversed(options), *params]  # type: ignore[attr-defined]
        if not with_config:
            return command
        return click.argument("config", required=False, type=click.Path(path_type=Path))(command)

    return decorated


def load_keys(path: Path) -> list[str]:
    """Take models' keys and addresses from a .env file into the environment, which wins.

    Args:
        path: May be missing.

    Returns:
        Names of settings that were left out, because a file in the working folder must not say
        where Prefect or this program keep things.

    Raises:
        BadInput: It is no text.
    """
    if not path.is_file():
        return []
    try:
        text = read_bytes(path, MOST_TEXT_BYTES).decode("utf-8")
    except UnicodeDecodeError as e:
        raise BadInput(f"{path}: not UTF-8: {e.reason} at byte {e.start}; mend it there") from None
    except (ValueError, OSError) as e:
        raise BadInput(f"{path}: cannot be read ({e}); mend it there") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise BadInput(f"{path}: line {line} holds a NUL character; mend it there")
    values = dotenv_values(stream=StringIO(text))
    for name, value in values.items():
        if value is not None and not _NOT_OURS.match(name):
            os.environ.setdefault(name, value)
    return [name for name in values if name.startswith(_TOLD) and name not in os.environ]


def settings_from(
    model: type[Made],
    config: Path | None,
    flags: Mapping[str, object],
    *,
    unsaid: Mapping[str, Any] | None = None,
) -> Made:
    """Return the settings that a TOML file and flags make together; flags win.

    Args:
        model: Which settings.
        config: The file; may be None.
        flags: What the user gave; None stands for nothing.
        unsaid: What holds where neither says anything, and is not the setting's default.

    Raises:
        BadInput: One line for the first thing that cannot be used.
    """
    values = {**(unsaid or {}), **(_read_toml(config) if config is not None else {})}
    given = {name: value for name, value in flags.items() if value is not None}
    return _made(model, values, given, config)


def changed_settings(settings: Made, flags: Mapping[str, object]) -> Made:
    """Return a run's settings with some of them changed by flags.

    Raises:
        BadInput: One line for the first thing that cannot be used.
    """
    return _made(type(settings), settings.model_dump(), flags, None)


def _made(
    model: type[Made], values: dict[str, object], given: Mapping[str, object], config: Path | None
) -> Made:
    try:
        return model.model_validate({**values, **given}, strict=False)
    except ValidationError as e:
        raise BadInput(refusal(e, model, config, given)) from None


def _read_toml(path: Path) -> dict[str, object]:
    try:
        text = read_bytes(path, MOST_TEXT_BYTES).decode("utf-8-sig")
    except OSError as e:
        raise BadInput(f"{path}: {e.strerror}; give the path of a TOML file") from e
    except ValueError as e:
        raise BadInput(f"{path}: not TOML: {e}; mend it there") from e
    values = read_toml(path, text)
    for name in _names(values):
        if _SECRET_NAME.search(name):
            raise BadInput(
                f"{path}: {name} is a secret and must not stand in a file; "
                "set the provider's environment variable, such as OPENAI_API_KEY, or use .env"
            )
    return values


def _names(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names in a table and in tables within; models' names, under prices, are not ours."""
    for name, value in values.items():
        yield name
        tables = value.values() if name == "prices" and isinstance(value, dict) else [value]
        for table in tables:
            if isinstance(table, dict):
                yield from _names(table)


def _plain_type(annotation: Any) -> Any:
    """Return the type without None and without Annotated."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(a for a in get_args(annotation) if a is not type(None))
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _limits(field: FieldInfo) -> str:
    bounds = []
    for bound in field.metadata:
        sign = _BOUNDS.get(type(bound).__name__)
        if sign is not None:
            bounds.append(f"{sign} {getattr(bound, type(bound).__name__.lower()):,}")
    default = "required" if field.is_required() else f"default: {_shown(field.default)}"
    return f"[{'; '.join([*bounds, default])}]"


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return str(default).lower() if isinstance(default, bool) else str(default)
