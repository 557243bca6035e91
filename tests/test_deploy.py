"""What deploy/ says agrees with itself and with the lab. Nothing is built. test_replicas.py runs nginx.conf."""

import re

import pytest
import yaml

from convdemo.ui.picture.opening import MAX_UPLOAD_BYTES
from tests.serving import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = DEPLOY / "kubernetes"
NAME = "convolution-lab"
LABELS = {"app.kubernetes.io/name": NAME}
PORT = 7860
STICKY = "lab_replica"

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
NGINX = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")


def read(path) -> dict:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


KUSTOMIZATION = read(MANIFESTS / "kustomization.yaml")
KINDS = {found["kind"]: found for found in (read(MANIFESTS / name) for name in KUSTOMIZATION["resources"])}
POD = KINDS["Deployment"]["spec"]["template"]["spec"]
[CONTAINER] = POD["containers"]
COMPOSE = read(DEPLOY / "compose.yaml")["services"]
LABS = {name: service for name, service in COMPOSE.items() if name.startswith("lab-")}


# ---- the image -----------------------------------------------------------------------------------------------------


def told(instruction: str) -> list[str]:
    """What the lines of an instruction say, with those that are continued."""
    return re.findall(rf"^{instruction} ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)


def environment() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(told("ENV"))))


def test_the_image_has_all_that_the_lab_reads():
    copied = [path for line in told("COPY") if not line.startswith("--from") for path in line.split()[:-1]]
    assert {"requirements.txt", "app.py", "convdemo", "examples"} <= set(copied)
    assert all((ROOT / path).exists() for path in copied)
    seen = re.findall(r"^!(.+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(seen) == set(copied)


def test_the_image_has_the_python_of_the_space():
    [wanted] = re.findall(r'^python_version: "(.+)"$', (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {line.split("-")[0] for line in told("FROM")} == {f"python:{wanted}"}
    assert set(re.findall(r"lib/python([\d.]+)", DOCKERFILE)) <= {wanted}


def test_the_image_runs_as_nobody_in_particular_and_answers_other_hosts():
    assert told("USER") == ["10001:10001"]
    assert told("EXPOSE") == [str(PORT)]
    assert told("STOPSIGNAL") == ["SIGINT"]
    assert environment()["GRADIO_SERVER_NAME"] == "0.0.0.0"  # noqa: S104 - in a container
    assert environment()["GRADIO_SERVER_PORT"] == str(PORT)
    assert f"http://127.0.0.1:{PORT}/health" in told("HEALTHCHECK")[0]


def test_all_that_is_written_lies_in_one_folder():
    assert environment()["HOME"] == "/tmp"  # noqa: S108 - in a container
    assert environment()["GRADIO_TEMP_DIR"].startswith("/tmp/")  # noqa: S108
    assert environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert [mount["mountPath"] for mount in CONTAINER["volumeMounts"]] == ["/tmp"]  # noqa: S108
    assert [list(volume) for volume in POD["volumes"]] == [["name", "emptyDir"]]
    for service in LABS.values():
        assert service["read_only"]
        assert [place.partition(":")[0] for place in service["tmpfs"]] == ["/tmp"]  # noqa: S108


# ---- Kubernetes ----------------------------------------------------------------------------------------------------


def test_every_manifest_is_applied():
    others = {path.name for path in MANIFESTS.iterdir()} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == others
    assert set(KINDS) == {"Deployment", "Service", "Ingress", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
    assert [image["name"] for image in KUSTOMIZATION["images"]] == [CONTAINER["image"]] == [NAME]


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_labels_agree(kind):
    metadata = KINDS[kind]["metadata"]
    assert metadata["name"] == NAME
    assert metadata["labels"] == LABELS


def test_who_selects_pods_finds_them():
    deployment = KINDS["Deployment"]["spec"]
    assert deployment["template"]["metadata"]["labels"] == LABELS
    assert deployment["selector"]["matchLabels"] == LABELS
    assert KINDS["Service"]["spec"]["selector"] == LABELS
    assert KINDS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == LABELS
    assert [spread["labelSelector"]["matchLabels"] for spread in POD["topologySpreadConstraints"]] == [LABELS]


def test_ports_agree_from_the_ingress_to_the_lab():
    [port] = CONTAINER["ports"]
    assert port == {"name": "http", "containerPort": PORT}
    assert {entry["name"]: entry["value"] for entry in CONTAINER["env"]}["GRADIO_SERVER_PORT"] == str(PORT)
    [service] = KINDS["Service"]["spec"]["ports"]
    assert service["targetPort"] == port["name"]
    ingress = KINDS["Ingress"]["spec"]
    [rule] = ingress["rules"]
    [path] = rule["http"]["paths"]
    assert path["backend"]["service"] == {"name": NAME, "port": {"name": service["name"]}}
    assert [host for tls in ingress["tls"] for host in tls["hosts"]] == [rule["host"]]


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_probes_ask_for_the_health(probe):
    assert CONTAINER[probe]["httpGet"] == {"path": "/health", "port": "http"}


def test_nobody_is_killed_for_warming_up_or_ended_while_visitors_still_come():
    start = CONTAINER["startupProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] >= 120
    pause = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pause >= 5
    assert POD["terminationGracePeriodSeconds"] >= pause + 20


def test_the_pod_has_no_rights_that_it_does_not_need():
    assert POD["securityContext"]["runAsNonRoot"]
    assert f"{POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}" == told("USER")[0]
    rights = CONTAINER["securityContext"]
    assert rights["readOnlyRootFilesystem"]
    assert not rights["allowPrivilegeEscalation"]
    assert rights["capabilities"] == {"drop": ["ALL"]}
    assert not POD["automountServiceAccountToken"]


def test_the_autoscaler_scales_the_deployment_and_nobody_else_does():
    scaled = KINDS["HorizontalPodAutoscaler"]["spec"]
    deployment = KINDS["Deployment"]
    assert scaled["scaleTargetRef"] == {"kind": "Deployment", "name": NAME, "apiVersion": deployment["apiVersion"]}
    assert "replicas" not in deployment["spec"]
    assert scaled["metrics"][0]["resource"]["name"] in CONTAINER["resources"]["requests"]
    assert KINDS["PodDisruptionBudget"]["spec"]["minAvailable"] < scaled["minReplicas"]


def test_uploads_get_through_and_streams_are_not_held_up():
    said = KINDS["Ingress"]["metadata"]["annotations"]
    said = {name.removeprefix("nginx.ingress.kubernetes.io/"): value for name, value in said.items()}
    assert said["affinity"] == "cookie"
    assert said["session-cookie-name"] == STICKY
    assert said["proxy-buffering"] == "off"
    [limit] = re.findall(r"client_max_body_size (\w+);", NGINX)
    assert said["proxy-body-size"] == limit
    assert int(limit.removesuffix("m")) * 2**20 > MAX_UPLOAD_BYTES + 1_000_000  # what the lab itself refuses (gate.py)
    sticky = KINDS["Service"]["metadata"]["annotations"]
    assert sticky["traefik.ingress.kubernetes.io/service.sticky.cookie.name"] == STICKY


# ---- compose -------------------------------------------------------------------------------------------------------


def test_nginx_knows_the_replicas_of_compose():
    assert re.findall(r"^ *server ([\w-]+):(\d+) ", NGINX, re.MULTILINE) == [(name, str(PORT)) for name in LABS]
    assert set(COMPOSE["nginx"]["depends_on"]) == set(LABS)
    [listens] = re.findall(r"^ *listen (\d+);", NGINX, re.MULTILINE)
    assert COMPOSE["nginx"]["ports"] == [f"{listens}:{listens}"]
    addresses = [service["networks"]["lab"]["ipv4_address"] for service in LABS.values()]
    assert len(set(addresses)) == len(LABS)


def test_compose_mounts_what_there_is_and_builds_our_image():
    for volume in COMPOSE["nginx"]["volumes"]:
        source, target, _ = volume.split(":")
        assert (DEPLOY / source).is_file()
        assert target in COMPOSE["nginx"]["command"]
    for service in LABS.values():
        assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert service["image"] == NAME
