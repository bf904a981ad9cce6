"""YAML as people read it: block style, keys in the order given. Knows nothing of what is said."""

from collections.abc import Mapping
from typing import Any

import yaml


def yaml_text(value: Mapping[str, Any]) -> str:
    """Return plain values as a YAML document."""
    return str(yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True, width=1000))
