"""Enforce rules as Great Expectations expectations: rows that they mark unexpected are findings.

Each rule becomes a custom column-map or column-pair expectation, made once a process. A rule that
raised is a RunFault, never "nothing found". Knows how to ask Great Expectations, not what any rule
means.
"""

import os

# Before the import: nothing may call out.
os.environ["GX_ANALYTICS_ENABLED"] = "False"

import json
import logging
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa

from schemas.errors import RunFault
from schemas.rule import BoundRule, Examination, Finding, Rule
from tasks.doors.put_off import put_off

# They are half of what Great Expectations takes to import: statistics and charts of expectations that
# are not used here, and every cloud and database that it could read from.
with put_off(
    ("altair", "scipy.stats"),
    absent=("sqlalchemy", "boto3", "botocore", "google", "azure", "pyspark"),
):
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import (
        ColumnMapExpectation,
        ColumnPairMapExpectation,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
        column_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
        ColumnMapMetricProvider,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (  # noqa: E501
        column_pair_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (  # noqa: E501
        ColumnPairMapMetricProvider,
    )
    from great_expectations.expectations.row_conditions import Column

# Great Expectations keeps its context and registries per process, not per thread.
_LOCK = threading.Lock()
_ID = "id"
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [_ID],
    "return_unexpected_index_query": False,
    "include_unexpected_rows": False,
}


def examine(table: pa.Table, rules: Sequence[BoundRule]) -> Examination:
    """Hold every row of a table against every rule.

    Args:
        table: Has the columns `id` (unique) and `operation`, and all that the rules read.
        rules: What is checked, in order of precedence.

    Returns:
        Findings in the order of the rules, then of the rows; the validation result.

    Raises:
        RunFault: A rule raised, or a column that it reads is not there.
    """
    if not rules or table.num_rows == 0:
        return Examination([], {"success": True, "rows": table.num_rows, "results": []})
    read = {_ID, "operation"}.union(*(bound.rule.columns for bound in rules))
    frame = table.select([name for name in table.column_names if name in read]).to_pandas()
    with _LOCK:
        result = _validate(frame, rules)
    unexpected = {r["expectation_config"]["meta"]["rule"]: _row_ids(r) for r in result["results"]}
    marked = frame[frame[_ID].isin({row_id for ids in unexpected.values() for row_id in ids})]
    by_id = {row[_ID]: row for row in marked.to_dict("records")}
    findings = [
        Finding(row_id, bound.rule, _evidence(bound, by_id[row_id]))
        for bound in rules
        for row_id in unexpected[bound.rule.name]
    ]
    return Examination(findings, _summary(result, table.num_rows))


def _validate(frame: pd.DataFrame, rules: Sequence[BoundRule]) -> dict[str, Any]:
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame})
    suite = gx.ExpectationSuite(name="elimination", expectations=[*map(_expectation, rules)])
    outcome = batch.validate(suite, result_format=_RESULT_FORMAT)
    result: dict[str, Any] = outcome.to_json_dict()
    for one in result["results"]:
        _raise_if_broken(one)
    return result


def _raise_if_broken(result: Mapping[str, Any]) -> None:
    """An expectation whose metric raised reports no unexpected rows: that must not pass."""
    info = result.get("exception_info") or {}
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry["raised_exception"]:
            rule = result["expectation_config"]["meta"]["rule"]
            raise RunFault(f"rule {rule} raised: {entry['exception_message']}")


@lru_cache
def _batch_definition() -> Any:
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_pandas("rows")
    return source.add_dataframe_asset("shard").add_batch_definition_whole_dataframe("whole")


def _expectation(bound: BoundRule) -> Any:
    rule, thresholds, not_for = bound
    options: dict[str, object] = {"meta": {"rule": rule.name, "reason": rule.reason.value}}
    if not_for:
        options["row_condition"] = Column("operation").is_not_in(list(not_for))
    if len(rule.columns) == 1:
        options["column"] = rule.columns[0]
    else:
        options["column_A"], options["column_B"] = rule.columns
    return _expectation_class(rule)(thresholds=json.dumps(thresholds), **options)


@lru_cache
def _expectation_class(rule: Rule) -> Any:
    """Make the metric and the expectation of a rule; their creation registers them."""
    title = "".join(word.title() for word in rule.name.split("_"))
    is_pair = len(rule.columns) == 2
    metric = f"{'column_pair_values' if is_pair else 'column_values'}.{rule.name}"
    (_pair_metric if is_pair else _single_metric)(rule, metric, title)
    body: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": rule.check.__doc__,
        "__annotations__": {"thresholds": str},
        "thresholds": "{}",
        "map_metric": metric,
        "success_keys": ("thresholds", "mostly"),
    }
    if not is_pair:
        return type(f"Expect{title}", (ColumnMapExpectation,), body)
    # Great Expectations wants this one declared, or every pair expectation raises.
    body["__annotations__"]["ignore_row_if"] = str
    body["ignore_row_if"] = "either_value_is_missing"
    body["success_keys"] = ("thresholds", "ignore_row_if", "mostly")
    return type(f"Expect{title}", (ColumnPairMapExpectation,), body)


def _single_metric(rule: Rule, metric: str, title: str) -> None:
    def passes(_cls: Any, column: pd.Series, thresholds: str = "{}", **_: Any) -> pd.Series:
        given = json.loads(thresholds)
        return column.map(lambda value: rule.check(value, **given) is None).astype(bool)

    body = {
        "__module__": __name__,
        "condition_metric_name": metric,
        "condition_value_keys": ("thresholds",),
        "_pandas": column_condition_partial(engine=PandasExecutionEngine)(passes),
    }
    type(f"{title}Metric", (ColumnMapMetricProvider,), body)


def _pair_metric(rule: Rule, metric: str, title: str) -> None:
    def passes(
        _cls: Any,
        column_A: pd.Series,  # noqa: N803 - the name that Great Expectations passes
        column_B: pd.Series,  # noqa: N803
        thresholds: str = "{}",
        **_: Any,
    ) -> pd.Series:
        given = json.loads(thresholds)
        pairs = zip(column_A, column_B, strict=True)
        return pd.Series(
            [rule.check(a, b, **given) is None for a, b in pairs], index=column_A.index, dtype=bool
        )

    body = {
        "__module__": __name__,
        "condition_metric_name": metric,
        "condition_domain_keys": ("batch_id", "table", "column_A", "column_B", "row_condition",
                                  "condition_parser", "ignore_row_if"),
        "condition_value_keys": ("thresholds",),
        "_pandas": column_pair_condition_partial(engine=PandasExecutionEngine)(passes),
    }  # fmt: skip
    type(f"{title}Metric", (ColumnPairMapMetricProvider,), body)


def _row_ids(result: Mapping[str, Any]) -> list[str]:
    return [entry[_ID] for entry in result["result"].get("unexpected_index_list") or []]


def _evidence(bound: BoundRule, row: Mapping[str, Any]) -> str:
    rule = bound.rule
    found = rule.check(*(row[column] for column in rule.columns), **bound.thresholds)
    if found is None:
        raise RunFault(f"rule {rule.name} marked row {row[_ID]} and then passed it: not repeatable")
    return found


def _summary(result: Mapping[str, Any], rows: int) -> dict[str, object]:
    return {
        "success": result["success"],
        "rows": rows,
        "results": [
            {
                "expectation": one["expectation_config"]["type"],
                "rule": one["expectation_config"]["meta"]["rule"],
                "reason": one["expectation_config"]["meta"]["reason"],
                "success": one["success"],
                "thresholds": json.loads(
                    one["expectation_config"]["kwargs"].get("thresholds", "{}")
                ),
                # Rows with a null in the columns are passed over.
                "looked_at": one["result"].get("element_count", rows)
                - one["result"].get("missing_count", 0),
                "unexpected": one["result"].get("unexpected_count", 0),
            }
            for one in result["results"]
        ],
    }
