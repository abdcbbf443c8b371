#!/usr/bin/env python3
"""The measurements of scripts/bench-acme. bench_acme.py CERTCTL CADDY WORK DIRECTORY_URL HTTP_PORT CERTIFICATES OTHERS"""
import base64
import json
import os
import re
import resource
import subprocess
import sys
import time

certctl, caddy, work, directory, http = *sys.argv[1:5], int(sys.argv[5])
wanted, others = int(sys.argv[6]), int(sys.argv[7])
SECONDS_MAX = 900


def cpu_seconds(pid):
    """User and kernel time of a process that runs."""
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(peer, command, count, wanted, environment=None):
    """Runs a server until `count` says that it has all certificates."""
    log = open("%s/%s.log" % (work, peer), "w")
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ, **(environment or {})))
    try:
        while (have := count()) < wanted:
            if process.poll() is not None or time.monotonic() - start > SECONDS_MAX:
                print("%-8s ended with %d of %d certificates; see %s" % (peer, have, wanted, log.name))
                sys.exit(1)
            time.sleep(0.1)
        return time.monotonic() - start, cpu_seconds(process.pid)
    finally:
        process.terminate()
        process.wait()


def with_certctl():
    manifests, state = work + "/manifests", work + "/certctl"
    os.makedirs(manifests)
    documents = [
        {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "certctl"},
         "spec": {"controller": "certctl.dev/ingress"}},
        {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "pebble"},
         "spec": {"acme": {"server": directory, "email": "bench@example.test", "privateKeySecretRef": {"name": "pebble-account"},
                           "caBundle": base64.b64encode(open(work + "/pebble-tls.pem", "rb").read()).decode(),
                           "solvers": [{"http01": {"ingress": {}}}]}}}]
    for n in range(wanted):
        host = "a%05d.example.test" % n
        documents.append({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "a%05d" % n, "namespace": "web", "annotations": {"cert-manager.io/cluster-issuer": "pebble"}},
            "spec": {"ingressClassName": "certctl", "tls": [{"hosts": [host], "secretName": "a%05d" % n}],
                     "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
                         "service": {"name": "none", "port": {"number": 80}}}}]}}]}})
    with open(manifests + "/all.json", "w") as file:
        file.write("---\n".join(json.dumps(document) + "\n" for document in documents))

    def count():
        folder = state + "/secrets/web"
        return sum(re.fullmatch(r"a\d{5}\.yaml", name) is not None for name in os.listdir(folder)) if os.path.isdir(folder) else 0

    return run("certctl", [certctl, "serve", "--manifests", manifests, "--state", state, "--http", "127.0.0.1:%d" % http, "--https",
                           "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-level", "warning"], count, wanted)


def with_caddy():
    names = ["c%05d.example.test" % n for n in range(others)]
    issuer = {"module": "acme", "ca": directory, "email": "bench@example.test", "trusted_roots_pem_files": [work + "/pebble-tls.pem"],
              "challenges": {"http": {"alternate_port": http}, "tls-alpn": {"disabled": True}}}
    config = {"admin": {"disabled": True}, "storage": {"module": "file_system", "root": work + "/caddy"},
              "apps": {"tls": {"certificates": {"automate": names}, "automation": {"policies": [{"issuers": [issuer], "key_type": "p256"}]}}}}
    with open(work + "/caddy.json", "w") as file:
        json.dump(config, file)

    def count():
        return sum(file.endswith(".crt") for _, _, files in os.walk(work + "/caddy/certificates") for file in files)

    return run("caddy", [caddy, "run", "--config", work + "/caddy.json"], count, others, {"HOME": work, "XDG_DATA_HOME": work})


def with_lego():
    """lego is made to be run once for each certificate, one after the other: each takes the port of the challenges."""
    common = ["lego", "--server", directory, "--email", "bench@example.test", "--accept-tos", "--path", work + "/lego", "--key-type", "ec256",
              "--http", "--http.port", "127.0.0.1:%d" % http]
    environment = dict(os.environ, LEGO_CA_CERTIFICATES=work + "/pebble-tls.pem")
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with open(work + "/lego.log", "w") as log:
        for n in range(others):
            subprocess.run(common + ["--domains", "l%05d.example.test" % n, "run"], stdout=log, stderr=log, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


peers = [("certctl", with_certctl, wanted), ("lego", with_lego, others)]
if caddy:
    peers.append(("caddy", with_caddy, others))
results = []
for name, measure, certificates in peers:
    print("%s: %d certificates" % (name, certificates), flush=True)
    results.append((name, certificates, *measure()))
print("\n%-8s %12s %8s %14s %20s" % ("", "certificates", "seconds", "per second", "CPU ms per certificate"))
reference = None
for name, certificates, seconds, cpu in results:
    each = cpu / certificates * 1000
    reference = reference or each
    print("%-8s %12d %8.1f %14.1f %15.2f (x%.2f)" % (name, certificates, seconds, certificates / seconds, each, each / reference))
