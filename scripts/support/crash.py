#!/usr/bin/env python3
"""The loop of scripts/crash-test. crash.py CERTCTL WORK DIRECTORY_URL HTTP_PORT ROUNDS SEED"""
import base64
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

certctl, work, directory, http, rounds, seed = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6])
dice = random.Random(seed)
manifests, state = work + "/manifests", work + "/state"
os.makedirs(manifests, exist_ok=True)
NAMES = ["a", "b", "c", "d", "e"]
generation = {name: 0 for name in NAMES}
seen = {}          # serial -> secret name, every certificate that a Secret ever held
print("seed", seed, flush=True)


def write(path, documents):
    with open(path + ".new", "w") as f:
        f.write("---\n".join(json.dumps(d, indent=1) + "\n" for d in documents))
    os.rename(path + ".new", path)


def hosts(name):
    return ["%s.example.test" % name] + ["g%d.%s.example.test" % (generation[name], name)] * (generation[name] > 0)


def write_ingress(name):
    write("%s/%s.json" % (manifests, name), [{
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": "web", "annotations": {"cert-manager.io/cluster-issuer": "pebble"}},
        "spec": {"ingressClassName": "certctl", "tls": [{"hosts": hosts(name), "secretName": name + "-tls"}],
                 "rules": [{"host": h, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {
                     "name": "none", "port": {"number": 80}}}}]}} for h in hosts(name)]}}])


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True)


def certificates():
    """{secret name: (serial, [dns names])} of every TLS Secret; fails on a torn file or a key that does not match."""
    found = {}
    for folder, _, files in os.walk(state + "/secrets"):
        for file in files:
            if not file.endswith(".yaml"):
                continue    # a temporary file that a kill left behind, removed at the next start
            try:
                text = open(os.path.join(folder, file)).read()
            except FileNotFoundError:
                continue    # an order record that was done with, removed between the listing and the look
            assert re.search(r"^kind: Secret$", text, re.M), "torn file %s: %r" % (file, text[-80:])
            data = dict(re.findall(r"^ +[\"']?(tls\.crt|tls\.key)[\"']?: [\"']?([A-Za-z0-9+/=]+)[\"']?$", text, re.M))
            if "tls.crt" not in data:
                continue
            certificate, key = base64.b64decode(data["tls.crt"]), base64.b64decode(data["tls.key"])
            public = openssl("x509", "-noout", "-pubkey", given=certificate).stdout
            assert public and public == openssl("pkey", "-pubout", given=key).stdout, "key of %s does not match its certificate" % file
            serial = openssl("x509", "-noout", "-serial", given=certificate).stdout.decode().strip().split("=")[1].lower().lstrip("0")
            names = re.findall(r"DNS:([^,\s]+)", openssl("x509", "-noout", "-ext", "subjectAltName", given=certificate).stdout.decode())
            found[file[:-5]] = (serial, sorted(names))
            seen[serial] = file[:-5]
    return found


def start(log):
    return subprocess.Popen([certctl, "serve", "--manifests", manifests, "--state", state, "--http", "127.0.0.1:%d" % http,
                             "--https", "127.0.0.1:0", "--admin", "127.0.0.1:0"], stdout=log, stderr=log)


write(manifests + "/base.json", [
    {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "certctl"},
     "spec": {"controller": "certctl.dev/ingress"}},
    {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "pebble"},
     "spec": {"acme": {"server": directory, "email": "crash@example.test", "privateKeySecretRef": {"name": "pebble-account"},
                       "caBundle": base64.b64encode(open(work + "/pebble-tls.pem", "rb").read()).decode(),
                       "solvers": [{"http01": {"ingress": {"ingressClassName": "certctl"}}}]}}}])
for name in NAMES:
    write_ingress(name)

before = {}
with open(work + "/certctl.log", "w") as log:
    for number in range(1, rounds + 1):
        process = start(log)
        time.sleep(dice.uniform(0.01, 1.2))     # the moment of the kill is what is being varied
        assert process.poll() is None, "certctl ended by itself with %s; see %s/certctl.log" % (process.returncode, work)
        process.send_signal(signal.SIGKILL)
        process.wait()
        now = certificates()
        for secret in before:
            assert secret in now, "round %d: Secret %s was lost" % (number, secret)
        before = now
        if dice.random() < 0.5:
            changed = dice.choice(NAMES)
            if now.get(changed + "-tls", ("", []))[1] == sorted(hosts(changed)):
                generation[changed] += 1
                write_ingress(changed)
        if number % 20 == 0:
            print("round %d: %d Secrets, %d certificates so far" % (number, len(now), len(seen)), flush=True)

    process = start(log)
    end = time.monotonic() + 120
    while any(certificates().get(n + "-tls", ("", []))[1] != sorted(hosts(n)) for n in NAMES):
        assert time.monotonic() < end, "not every certificate was issued in 120 s after the last kill; see %s/certctl.log" % work
        time.sleep(0.2)
    time.sleep(1)
    certificates()
    process.terminate()
    assert process.wait(30) == 0, "certctl did not end cleanly on SIGTERM: %d" % process.returncode

pebble = open(work + "/pebble.log").read()
accounts = max((int(n) for n in re.findall(r"There are now (\d+) accounts in memory", pebble)), default=0)
issued = {s.lower().lstrip("0") for s in re.findall(r"Issued certificate serial ([0-9a-fA-F]+)", pebble)}
lost = issued - set(seen)
print("%d kills; %d certificates issued by the CA, %d of them never reached a Secret; %d account(s)" % (rounds, len(issued), len(lost), accounts))
assert accounts == 1, "%d accounts at the CA" % accounts
assert not lost, "certificates whose key was lost: %s" % sorted(lost)
print("good")
