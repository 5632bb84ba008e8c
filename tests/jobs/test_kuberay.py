"""The KubeRay manifests: pods against Kubernetes' own schemas, the resources of KubeRay against its documented fields.

KubeRay publishes its schemas in no package registry. `SPECS` is written by hand after the fields of its Go types
(ray-operator/apis/ray/v1); it knows those that the manifests use, so that a misspelt or misplaced key fails.
"""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from docpipe.pipeline.run.stopping import JOB_STOP_SECONDS, stop_seconds
from docpipe.schemas.job.load import load_job

FOLDER = Path(__file__).parents[2] / "jobs" / "kuberay"

_COUNT = {"type": "integer", "minimum": 0}
_PARAMS = {"type": "object", "additionalProperties": {"type": "string"}}
_TEMPLATE = {"type": "object", "required": ["spec"], "properties": {"metadata": {}, "spec": {}}}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


CLUSTER = _object(
    ["headGroupSpec"],
    rayVersion={"type": "string"},
    enableInTreeAutoscaling={"type": "boolean"},
    autoscalerOptions=_object([], idleTimeoutSeconds=_COUNT, upscalingMode={"enum": ["Default", "Conservative"]}),
    headGroupSpec=_object(
        ["rayStartParams", "template"],
        serviceType={"enum": ["ClusterIP", "NodePort", "LoadBalancer"]},
        rayStartParams=_PARAMS,
        template=_TEMPLATE,
    ),
    workerGroupSpecs={
        "type": "array",
        "items": _object(
            ["groupName", "minReplicas", "maxReplicas", "rayStartParams", "template"],
            groupName={"type": "string"},
            replicas=_COUNT,
            minReplicas=_COUNT,
            maxReplicas=_COUNT,
            rayStartParams=_PARAMS,
            template=_TEMPLATE,
        ),
    },
)
SPECS = {
    "RayCluster": CLUSTER,
    "RayJob": _object(
        ["entrypoint", "rayClusterSpec"],
        entrypoint={"type": "string"},
        submissionMode={"enum": ["K8sJobMode", "HTTPMode", "InteractiveMode"]},
        shutdownAfterJobFinishes={"type": "boolean"},
        ttlSecondsAfterFinished=_COUNT,
        backoffLimit=_COUNT,
        submitterConfig=_object([], backoffLimit=_COUNT),
        rayClusterSpec=CLUSTER,
    ),
}


def resources(name: str) -> Iterator[dict[str, Any]]:
    yield from yaml.safe_load_all((FOLDER / name).read_text())


def clusters() -> Iterator[dict[str, Any]]:
    for name in ("rayjob.yaml", "raycluster.yaml"):
        for resource in resources(name):
            if resource["kind"] in SPECS:
                yield resource["spec"].get("rayClusterSpec", resource["spec"])


def pods() -> Iterator[dict[str, Any]]:
    for cluster in clusters():
        yield cluster["headGroupSpec"]["template"]
        yield from (group["template"] for group in cluster["workerGroupSpecs"])


@pytest.mark.parametrize("name", ["rayjob.yaml", "raycluster.yaml"])
def test_resources_have_the_fields_of_kuberay(name: str) -> None:
    kinds = []
    for resource in resources(name):
        kinds.append(resource["kind"])
        if resource["kind"] in SPECS:
            assert resource["apiVersion"] == "ray.io/v1"
            jsonschema.validate(resource["spec"], SPECS[resource["kind"]])
        else:
            kubernetes_validate.validate(resource, kubernetes_validate.latest_version(), strict=True)
    assert kinds == (["ConfigMap", "RayJob"] if name == "rayjob.yaml" else ["RayCluster"])


def test_pods_are_valid_kubernetes() -> None:
    found = 0
    for template in pods():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": template["spec"]}
        kubernetes_validate.validate(pod, kubernetes_validate.latest_version(), strict=True)
        found += 1
    assert found == 5


def test_a_wrong_key_would_be_found() -> None:
    (job,) = (r for r in resources("rayjob.yaml") if r["kind"] == "RayJob")
    job["spec"]["rayClusterSpec"]["workerGroupSpecs"][0]["maxReplica"] = 3
    with pytest.raises(jsonschema.ValidationError, match="maxReplica"):
        jsonschema.validate(job["spec"], SPECS["RayJob"])


def test_the_job_in_the_manifest_is_a_valid_job(tmp_path: Path) -> None:
    (config,) = (r for r in resources("rayjob.yaml") if r["kind"] == "ConfigMap")
    (tmp_path / "job.yaml").write_text(config["data"]["job.yaml"])
    assert load_job(tmp_path / "job.yaml").output.path.startswith("s3://")


def test_versions_are_those_that_are_pinned() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text()
    ray = metadata.version("ray")
    assert {cluster["rayVersion"] for cluster in clusters()} == {ray}
    assert set(re.findall(r"rayproject/ray:([\d.]+)-py", dockerfile)) == {ray}


def test_a_pod_and_a_job_have_the_time_that_a_graceful_stop_takes() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text()
    assert re.findall(r"RAY_JOB_STOP_WAIT_TIME_S=(\d+)", dockerfile) == [str(JOB_STOP_SECONDS)]
    assert stop_seconds() + 5 <= JOB_STOP_SECONDS
    for template in pods():
        assert template["spec"]["terminationGracePeriodSeconds"] > JOB_STOP_SECONDS


def test_secrets_are_named_and_never_written() -> None:
    for template in pods():
        for container in template["spec"]["containers"]:
            values = [entry.get("value", "") for entry in container.get("env", [])]
            assert not [value for value in values if not value.startswith("/")]
            assert container["envFrom"] == [{"secretRef": {"name": "docpipe-s3"}}]
