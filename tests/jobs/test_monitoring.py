"""The Grafana dashboard, the alerts and the scrape configuration name what there is, and are well formed."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from docpipe.pipeline.telemetry.metrics import declared

FOLDER = Path(__file__).parents[2] / "jobs" / "monitoring"
RULES = FOLDER / "prometheus-rules.yaml"
NAMES = {metric.exported: metric for metric in declared()}
LABELS = {label for metric in NAMES.values() for label in metric.labels}
OF_RAY = {"ray_node_gpus_utilization", "NodeAddress", "instance", "GpuIndex"}

_ID = {"type": "integer", "minimum": 1}
_SOURCE = {
    "type": "object",
    "required": ["type", "uid"],
    "properties": {"type": {"const": "prometheus"}, "uid": {"const": "${datasource}"}},
}
_PLACE = {
    "type": "object",
    "required": ["h", "w", "x", "y"],
    "properties": {"w": {"maximum": 24}, "x": {"minimum": 0, "maximum": 23}},
}
_TARGET = {
    "type": "object",
    "required": ["expr", "refId", "datasource"],
    "properties": {"expr": {"type": "string", "minLength": 1}, "datasource": _SOURCE},
}
_PANEL = {
    "type": "object",
    "required": ["id", "type", "title", "gridPos"],
    "properties": {
        "id": _ID,
        "type": {"enum": ["row", "timeseries", "stat"]},
        "gridPos": _PLACE,
        "datasource": _SOURCE,
        "targets": {"type": "array", "minItems": 1, "items": _TARGET},
    },
}
DASHBOARD = {
    "type": "object",
    "required": ["title", "uid", "schemaVersion", "panels", "templating", "time"],
    "properties": {
        "schemaVersion": {"type": "integer", "minimum": 36},
        "panels": {"type": "array", "minItems": 1, "items": _PANEL},
        "templating": {"type": "object", "required": ["list"]},
    },
}
"""What Grafana needs of a dashboard, by its documented JSON model."""


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    return content


def expressions(dashboard: dict[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\bray_\w+", expression))


def test_the_dashboard_is_one_that_grafana_takes(dashboard: dict[str, Any]) -> None:
    jsonschema.validate(dashboard, DASHBOARD)
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    for panel in panels:
        references = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(references)) == len(references)
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == ("datasource", "prometheus")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
    assert used - {"__rate_interval", "__all"} == set(variables)


def test_every_metric_is_on_the_dashboard_and_none_that_is_not_there(dashboard: dict[str, Any]) -> None:
    used = {name for expression in expressions(dashboard) for name in names_in(expression)}
    assert used - OF_RAY == set(NAMES)


def test_expressions_use_labels_that_their_metrics_have(dashboard: dict[str, Any]) -> None:
    alerting = [rule["expr"] for rule in alerts()]
    for expression in (*expressions(dashboard), *alerting):
        allowed = {label for name in names_in(expression) & set(NAMES) for label in NAMES[name].labels} | OF_RAY
        grouped = re.findall(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)", expression)
        wanted = {label.strip() for labels in grouped for label in labels.split(",")}
        wanted |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]~?", expression))
        assert wanted <= allowed, expression
    for rule in alerts():
        assert names_in(rule["expr"]) <= set(NAMES)
        texts = " ".join(rule["annotations"].values())
        assert set(re.findall(r"\$labels\.(\w+)", texts)) <= LABELS


def test_the_pod_monitor_scrapes_a_port_that_all_nodes_have() -> None:
    monitor = yaml.safe_load((FOLDER / "podmonitor.yaml").read_text())
    assert (monitor["apiVersion"], monitor["kind"]) == ("monitoring.coreos.com/v1", "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    for name in ("rayjob.yaml", "raycluster.yaml"):
        for resource in yaml.safe_load_all((FOLDER.parent / "kuberay" / name).read_text()):
            cluster = resource.get("spec", {}).get("rayClusterSpec", resource.get("spec"))
            if cluster:
                for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
                    (container,) = group["template"]["spec"]["containers"]
                    assert endpoint["port"] in [port["name"] for port in container["ports"]]


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (Debian: prometheus)")
    return found


def test_prometheus_takes_the_rules_and_every_expression(
    promtool: str, dashboard: dict[str, Any], tmp_path: Path
) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m").replace("$job", ".*")}
        for number, expression in enumerate(expressions(dashboard))
    ]
    panels = tmp_path / "panels.yaml"
    panels.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = subprocess.run([promtool, "check", "rules", RULES, panels], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_alerts_fire_where_they_should_and_only_there(promtool: str, tmp_path: Path) -> None:
    tests = tmp_path / "tests.yaml"
    text = (Path(__file__).parent / "prometheus_rules_test.yaml").read_text()
    tests.write_text(text.replace("RULES", str(RULES)))
    tested = subprocess.run([promtool, "test", "rules", tests], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr
