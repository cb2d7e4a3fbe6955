#!/usr/bin/env python3
"""check-deploy.py BINARY: whether what lies in deploy/ agrees with itself and with the gateway's configuration. Prints what does not."""

import os
import subprocess
import sys
import tempfile

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEPLOY = os.path.join(ROOT, "deploy")
wrong = []


def hold(condition, what):
    if not condition:
        wrong.append(what)


def loaded(name):
    with open(os.path.join(DEPLOY, name)) as file:
        return list(yaml.safe_load_all(file))


def defaults():
    with open(os.path.join(ROOT, "config/tributary.yaml")) as file:
        return yaml.safe_load(file)


def checked(variables, where):
    """Whether a gateway takes these variables: `tributary check`, with files that hold something where they name one."""
    with tempfile.TemporaryDirectory() as folder:
        secret = os.path.join(folder, "secret")
        with open(secret, "w") as file:
            file.write("Authorization: a-secret-of-this-check\n")
        token = os.path.join(folder, "token")
        with open(token, "w") as file:
            file.write("a-token-of-this-check-alone\n")
        given = {}
        for name, value in variables.items():
            if name.endswith("_FILE"):
                value = token if "TOKEN" in name else secret
            elif value.startswith("${"):
                # Compose: what stands behind `:-` or `-` is the default.
                value = value[2:-1].split("-", 1)[1]
            given[name] = value
        run = subprocess.run([sys.argv[1], "check"], env=given, capture_output=True, text=True, timeout=20)
        hold(run.returncode == 0, f"{where}: tributary check: {run.stdout}{run.stderr}")


def check_kubernetes():
    objects = {document["kind"]: document for document in loaded("kubernetes.yaml")}
    hold(set(objects) == {"Deployment", "Service", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"},
         f"kubernetes.yaml: kinds {sorted(objects)}")
    deployment = objects["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    container = pod["containers"][0]
    labels = deployment["template"]["metadata"]["labels"]
    selectors = {
        "Deployment": deployment["selector"]["matchLabels"], "Service": objects["Service"]["spec"]["selector"],
        "PodDisruptionBudget": objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        "NetworkPolicy": objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    }
    for kind, selector in selectors.items():
        hold(selector.items() <= labels.items(), f"{kind}: selects no pod of the deployment")
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    known = defaults()
    hold(ports == {"http": known["server"]["port"], "admin": known["admin"]["port"]}, f"ports {ports} are not those of config/tributary.yaml")
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        asked = container[probe]["httpGet"]
        hold(asked["path"] == path and asked["port"] in ports, f"{probe}: {asked}")
    hold({port["targetPort"] for port in objects["Service"]["spec"]["ports"]} <= set(ports), "Service: no such port")
    policy = objects["NetworkPolicy"]["spec"]
    hold({port["port"] for rule in policy["ingress"] for port in rule["ports"]} == set(ports), "NetworkPolicy: other ports than the pod's")
    scaler = objects["HorizontalPodAutoscaler"]["spec"]
    hold(scaler["scaleTargetRef"]["name"] == objects["Deployment"]["metadata"]["name"], "HorizontalPodAutoscaler: scales another")
    hold("replicas" not in deployment, "Deployment: replicas, which are the autoscaler's")
    hold(scaler["minReplicas"] > 1, "HorizontalPodAutoscaler: one replica is none while it is replaced")
    hold(pod["securityContext"]["runAsNonRoot"], "pod: may run as root")
    hold(container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
         "container: securityContext")
    grace = float(known["server"]["grace"].removesuffix("s"))
    hold(pod["terminationGracePeriodSeconds"] > grace, "terminationGracePeriodSeconds is not over server.grace")
    hold("cpu" in container["resources"]["requests"], "the autoscaler needs a request of CPU")
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    hold(set(mounted) == {volume["name"] for volume in pod["volumes"]}, "volumes that are not mounted, or not there")
    for name, value in variables.items():
        if name.endswith("_FILE"):
            hold(os.path.dirname(value) in mounted.values(), f"{name}: {value} is not mounted")
    outside = {port["port"] for rule in policy["egress"] for port in rule["ports"]}
    for name, value in variables.items():
        if name.endswith("_URL"):
            hold(int(value.rsplit(":", 1)[1]) in outside, f"NetworkPolicy: {name} cannot be reached")
    checked(variables, "kubernetes.yaml")


def check_compose():
    compose = loaded("compose.yaml")[0]
    services = compose["services"]
    hold(set(services) == {"gateway", "nginx", "redis", "upstreams", "prometheus", "grafana"}, f"compose.yaml: services {sorted(services)}")
    hold(services["gateway"]["deploy"]["replicas"] == 3, "compose.yaml: three gateways")
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                hold(os.path.exists(os.path.join(DEPLOY, source)), f"compose.yaml: {name}: {source} is not there")
            else:
                hold(source in compose["volumes"], f"compose.yaml: {name}: no volume {source}")
        for port in service.get("ports", []):
            hold(port.startswith("127.0.0.1:"), f"compose.yaml: {name}: {port} is open to other machines")
    known = defaults()
    with open(os.path.join(DEPLOY, "nginx/nginx.conf")) as file:
        conf = file.read()
    hold(f"server gateway:{known['server']['port']} " in conf, "nginx.conf: not the gateway's port")
    hold(f"listen {services['nginx']['ports'][0].rsplit(':', 1)[1]};" in conf, "nginx.conf: listens at another port than is published")
    prometheus = loaded("prometheus/prometheus.yml")[0]["scrape_configs"][0]
    found = prometheus["dns_sd_configs"][0]
    hold(found["names"] == ["gateway"] and found["port"] == known["admin"]["port"], "prometheus.yml: not the gateways' admin listeners")
    source = loaded("grafana/provisioning/datasources/prometheus.yml")[0]["datasources"][0]
    hold(source["url"] == "http://prometheus:9090", "grafana: not the Prometheus of compose.yaml")
    environment = services["gateway"]["environment"]
    checked(environment, "compose.yaml")


check_kubernetes()
check_compose()
print("".join(line + "\n" for line in wrong), end="")
sys.exit(1 if wrong else 0)
