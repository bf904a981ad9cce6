"""How a setting is declared: its default, its help, its bounds, and whether a run is held to it.

Knows kinds of values that several settings share, and no setting.
"""

import os
from pathlib import PurePath
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainValidator,
    field_validator,
)
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, to_jsonable_python

from schemas.redaction import holds_key, holds_user

Text = Annotated[str, Field(min_length=1)]


def knob(
    default: Any, help_text: str, *, fixed: bool = True, grows: bool = False, **bounds: Any
) -> Any:
    """Declare a setting.

    Args:
        default: Its one default; `...` where the user must say.
        help_text: What it does, with the unit.
        fixed: True where an existing run cannot go on with another value, because its rows
            would come out otherwise.
        grows: True where an existing run may go on with a larger value: what it has stays as it is.
        **bounds: pydantic's own: ge, gt, le, lt, min_length.
    """
    extra: JsonDict = {"fixed": fixed, "grows": grows}
    return Field(default, description=help_text, json_schema_extra=extra, **bounds)


def is_fixed(field: Any) -> bool:
    """Tell whether an existing run refuses another value of this setting."""
    return bool(field.json_schema_extra["fixed"])


def is_growing(field: Any) -> bool:
    """Tell whether an existing run takes a larger value of a fixed setting."""
    return bool(field.json_schema_extra["grows"])


class Price(BaseModel):
    """What a model costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    """US dollars per million prompt tokens."""
    output: float = Field(ge=0, allow_inf_nan=False)
    """US dollars per million completion tokens."""


def _as_address(value: Any) -> str:
    """Whether it can be a name is said where folders are looked at, in the same words for all."""
    if not isinstance(value, (str, PurePath)) or not str(value):
        raise ValueError("must be a path, or an address like s3://bucket/prefix")
    if "://" in str(value) and holds_key(str(value), os.environ):
        raise ValueError("must not carry a key or password; set them by environment")
    return str(value)


Address = Annotated[
    str,
    PlainValidator(_as_address, json_schema_input_type=Text),
]
"""A folder's path, or an address on an object store, whose two slashes a Path would make one."""


def as_base(value: str) -> str:
    """Return an endpoint's address; one that carries a key would put it into run.json.

    Raises:
        ValueError: It is no address, or carries a secret; the message repeats nothing of it.
    """
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("must be an http:// or https:// address") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an http:// or https:// address")
    # A password may hold a slash, behind which it would be a path.
    if "@" in value or parts.query or parts.fragment:
        raise ValueError("must not carry a user, password or query; set the key by environment")
    if holds_key(value, os.environ):
        raise ValueError("must not carry a key; set it by environment")
    return value


BaseUrl = Annotated[str, AfterValidator(as_base)]
"""Where an OpenAI-compatible endpoint is."""


class Group(BaseModel):
    """Settings that stand together in help and forms."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", protected_namespaces=(), hide_input_in_errors=True
    )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say in the form, too, that no text holds a password."""
        schema = handler(core_schema)
        for one in handler.resolve_ref_schema(schema).get("properties", {}).values():
            for choice in (one, *one.get("anyOf", ())):
                if choice.get("type") == "string" and "enum" not in choice:
                    choice.setdefault("pattern", _FREE_OF_USERS)
        return schema

    @field_validator("*")
    @classmethod
    def _has_no_password(cls, value: Any) -> Any:
        """Settings stand in run.json and among the parameters of a flow run, for everybody to read."""
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, str | PurePath) and holds_user(str(one)):
                raise ValueError(
                    "must not carry a user or password in an address; set them by environment"
                )
        return value


_FREE_OF_USERS = "^(?![\\s\\S]*:/{1,2}[^/\\s'\"]*@)"
"""What every text of a form has to fit, so that a server refuses a password before it keeps it."""


class Settings(Group):
    """All settings of a flow: a run folder is held to those that are fixed."""

    groups: ClassVar[dict[str, type[Group]]] = {}
    """Headings of help and forms, in their order."""

    def fixed_part(self) -> dict[str, object]:
        """Return what must be the same for a run to go on, as plain JSON values."""
        values = self.model_dump(mode="json")
        return {name: values[name] for name, f in type(self).model_fields.items() if is_fixed(f)}

    @classmethod
    def growing(cls) -> list[str]:
        """Return the names of fixed settings that may grow while a run is there."""
        return [name for name, field in cls.model_fields.items() if is_growing(field)]

    @classmethod
    def defaults(cls) -> dict[str, object]:
        """Return the default of each setting, as a plain JSON value; None of what must be given."""
        fields = cls.model_fields.items()
        return {
            name: None
            if f.is_required()
            else to_jsonable_python(f.get_default(call_default_factory=True))
            for name, f in fields
        }

    @classmethod
    def group_of(cls, name: str) -> str:
        """Return the heading under which a setting stands."""
        return next(group for group, model in cls.groups.items() if name in model.model_fields)
