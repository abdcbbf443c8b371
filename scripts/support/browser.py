"""A headless Chromium, driven over the Chrome DevTools Protocol with nothing but the standard library."""
import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import time


class Failure(Exception):
    pass


def program():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)


class WebSocket:
    """As much of RFC 6455 as one peaceful client needs."""

    def __init__(self, host, port, path):
        self.socket = socket.create_connection((host, port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(("GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n" % (path, host, port, key)).encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise Failure("no websocket: %r" % head)

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = bytes([0x81]) + (bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack(">H", size) if size < 65536
                                else bytes([0xFF]) + struct.pack(">Q", size))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def take(self, count):
        while len(self.buffer) < count:
            more = self.socket.recv(1 << 20)
            if not more:
                raise Failure("the browser closed its connection")
            self.buffer += more
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def receive(self):
        message = b""
        while True:
            first, size = self.take(2)
            size &= 0x7F
            if size == 126:
                size, = struct.unpack(">H", self.take(2))
            elif size == 127:
                size, = struct.unpack(">Q", self.take(8))
            data = self.take(size)
            if first & 0x0F in (0, 1):
                message += data
                if first & 0x80:
                    return message.decode()


class Browser:
    """One page of one browser with a profile of its own."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [program(), "--headless=new", "--remote-debugging-port=0", "--user-data-dir=" + folder, "--no-first-run", "--disable-gpu",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--disable-background-networking",
             "--proxy-server=direct://"] + (["--no-sandbox"] if os.getuid() == 0 else []) + ["about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port_file = folder + "/DevToolsActivePort"
        end = time.monotonic() + 60
        while not (os.path.exists(port_file) and open(port_file).read().count("\n")):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failure("Chromium does not start")
            time.sleep(0.05)
        port, path = open(port_file).read().split("\n")[:2]
        self.web = WebSocket("127.0.0.1", int(port), path)
        self.number = 0
        self.session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility", "DOM"]:
            self.call(domain + ".enable")

    def close(self):
        self.process.terminate()
        self.process.wait(20)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.web.send(json.dumps(message))
        while True:
            answer = json.loads(self.web.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failure("%s: %s" % (method, answer["error"]))
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def run(self, script):
        """The value of an expression in the page; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise Failure("%s: %s" % (script[:200], answer["exceptionDetails"].get("exception", {}).get("description")))
        return answer["result"].get("value")

    def open(self, url):
        self.events.clear()
        self.call("Page.navigate", url=url)

    def wait(self, script, what, seconds=60):
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(script)
            except Failure:
                value = None    # between two documents
            if value:
                return value
            if time.monotonic() > end:
                raise Failure("%s: not within %d s; the page says %r" % (what, seconds, (self.run("document.body.innerText") or "")[:600]))
            time.sleep(0.05)

    def look(self, width, height=900, dark=False, reduced=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce" if reduced else "no-preference"}])

    def picture(self, path, whole=True):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def key(self, name, code, text=""):
        for kind in ["keyDown", "keyUp"]:
            self.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **({"text": text} if kind == "keyDown" and text else {}))

    def complaints(self):
        """What the browser had to say against the page since it was opened."""
        found = []
        self.run("1")
        for event in self.events:
            if event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            if event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
                found.append(event["params"]["entry"]["text"] + " " + event["params"]["entry"].get("url", ""))
        return found

    def tree(self):
        """The accessibility tree without what is ignored: a list of {role, name, ...} in its order."""
        nodes = {node["nodeId"]: node for node in self.call("Accessibility.getFullAXTree")["nodes"]}
        found = []

        def walk(node):
            if not node.get("ignored"):
                found.append({"role": node.get("role", {}).get("value"), "name": node.get("name", {}).get("value", ""), "id": node["nodeId"],
                              "properties": {p["name"]: p["value"].get("value") for p in node.get("properties", [])}})
            for child in node.get("childIds", []):
                if child in nodes:
                    walk(nodes[child])
        walk(next(node for node in nodes.values() if "parentId" not in node))
        return found
