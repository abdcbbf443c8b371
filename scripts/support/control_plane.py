"""A real API server for measurements: etcd and kube-apiserver from a folder of programs, on ports of their own, with RBAC."""
import http.client
import json
import os
import socket
import ssl
import subprocess
import time


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class ControlPlane:
    """Started by start(), ended by stop(). The administrator's rights are those of a client certificate in system:masters."""

    def __init__(self, assets, folder):
        self.assets, self.folder = assets, folder
        self.port, self.etcd_port = free_ports(2)
        self.server = "https://127.0.0.1:%d" % self.port
        self.etcd = self.api = None
        os.makedirs(folder, exist_ok=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def _credentials(self):
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        ca = ["-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"), "-addext", "basicConstraints=CA:false"]
        self._openssl("req", "-x509", "-subj", "/CN=cluster", "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"), *new)
        self._openssl("req", "-x509", "-subj", "/CN=kube-apiserver", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                      self.path("server.key"), "-out", self.path("server.pem"), *ca, *new)
        self._openssl("req", "-x509", "-subj", "/O=system:masters/CN=administrator", "-keyout", self.path("admin.key"), "-out",
                      self.path("admin.pem"), *ca, *new)
        # Not genpkey: the API server reads the public half only out of the older form, "EC PRIVATE KEY".
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path("accounts.key"))
        self.kubeconfig("admin", {"client-certificate": self.path("admin.pem"), "client-key": self.path("admin.key")})

    def kubeconfig(self, name, user):
        """Writes a kubeconfig file (JSON, which is YAML) and returns its path."""
        file = self.path(name + ".kubeconfig")
        with open(file, "w") as f:
            json.dump({"apiVersion": "v1", "kind": "Config", "current-context": "c",
                       "clusters": [{"name": "c", "cluster": {"server": self.server, "certificate-authority": self.path("ca.pem")}}],
                       "users": [{"name": "c", "user": user}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}, f)
        return file

    def start(self):
        self._credentials()
        url = "http://127.0.0.1:%d" % self.etcd_port
        self.etcd = subprocess.Popen(
            [self.assets + "/etcd", "--data-dir", self.path("etcd"), "--listen-client-urls", url, "--advertise-client-urls", url,
             "--listen-peer-urls", "http://127.0.0.1:0", "--unsafe-no-fsync", "--log-level", "error"], stderr=open(self.path("etcd.log"), "ab"))
        self.start_api()

    def start_api(self):
        self.api = subprocess.Popen(
            [self.assets + "/kube-apiserver", "--etcd-servers", "http://127.0.0.1:%d" % self.etcd_port, "--bind-address", "127.0.0.1",
             "--secure-port", str(self.port), "--advertise-address", "127.0.0.1", "--endpoint-reconciler-type", "none",
             "--cert-dir", self.path("run"), "--tls-cert-file", self.path("server.pem"), "--tls-private-key-file", self.path("server.key"),
             "--client-ca-file", self.path("ca.pem"), "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.96.0.0/16",
             "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", self.path("accounts.key"),
             "--service-account-signing-key-file", self.path("accounts.key")], stderr=open(self.path("api.log"), "ab"))
        end = time.monotonic() + 120
        while time.monotonic() < end and self.api.poll() is None:
            try:
                if self.connection().request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit("the API server is not ready; see " + self.path("api.log"))

    def stop_api(self):
        self.api.kill()
        self.api.wait()

    def stop(self):
        for process in (self.api, self.etcd):
            if process:
                process.kill()
                process.wait()

    def connection(self):
        return Connection(self)

    def kubectl(self, *arguments):
        return subprocess.run([self.assets + "/kubectl", "--kubeconfig", self.path("admin.kubeconfig"), "--cache-dir", self.path("cache"),
                               *arguments], check=True, capture_output=True, text=True).stdout


class Connection:
    """One connection of the administrator's, for many requests."""

    def __init__(self, plane):
        context = ssl.create_default_context(cafile=plane.path("ca.pem"))
        context.load_cert_chain(plane.path("admin.pem"), plane.path("admin.key"))
        self.http = http.client.HTTPSConnection("127.0.0.1", plane.port, context=context, timeout=60)

    def request(self, method, path, body=None, kind="application/json"):
        """(status, answer)"""
        self.http.request(method, path, None if body is None else json.dumps(body), {"Content-Type": kind})
        answer = self.http.getresponse()
        return answer.status, answer.read()

    def expect(self, method, path, body=None, kind="application/json"):
        status, answer = self.request(method, path, body, kind)
        if status not in (200, 201):
            raise SystemExit("%s %s: %d %s" % (method, path, status, answer[:500]))
        return json.loads(answer)
