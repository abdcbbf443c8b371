#!/usr/bin/env python3
"""The checks of scripts/dashboard-test. dashboard.py CERTCTL WORK PICTURES"""
import http.server
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request

from browser import Browser, Failure

certctl, work, pictures = sys.argv[1:4]
os.makedirs(pictures, exist_ok=True)
TOKEN = "a-token-for-the-dashboard-0123456789"
HOSTILE = """<script>document.title='owned'</script>"'><img src=x onerror="document.title='owned'">"""
SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "web"}, "spec": {"ports": [{"name": "http", "port": 80}]}}
sites = []
passed = failed = 0


def check(holds, what, got=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print("FAILED: %s %s" % (what, got), flush=True)


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **more).stdout


def pair(folder, name, start, end):
    """A certificate for *.NAME.fleet.example from one day to another, counted from now, and its key."""
    stem = "%s/%s" % (folder, name)
    moment = lambda days: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
    config = stem + ".cnf"
    with open(config, "w") as file:
        file.write("[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=%s\ndatabase=%s.db\nserial=%s.srl\ndefault_md=sha256\npolicy=p\n[p]\n"
                   "commonName=optional\n[v]\nsubjectAltName=DNS:*.%s.fleet.example\n[req]\ndistinguished_name=n\n[n]\n" % (folder, stem, stem, name))
    open(stem + ".db", "w").close()
    with open(stem + ".srl", "w") as file:
        file.write("01\n")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", stem + ".key")
    openssl("req", "-new", "-key", stem + ".key", "-subj", "/CN=" + name, "-config", config, "-out", stem + ".csr")
    openssl("ca", "-batch", "-config", config, "-selfsign", "-keyfile", stem + ".key", "-in", stem + ".csr", "-out", stem + ".crt", "-notext",
            "-extensions", "v", "-startdate", moment(start), "-enddate", moment(end))
    return open(stem + ".crt").read(), open(stem + ".key").read()


def ingress(name, host, secret, issuer=None, backend="web"):
    metadata = {"name": name, "namespace": "web"}
    if issuer:
        metadata["annotations"] = {"cert-manager.io/cluster-issuer": issuer}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {
        "ingressClassName": "certctl", **({"tls": [{"hosts": [host], "secretName": secret}]} if secret else {}),
        "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {
            "name": backend, "port": {"number": 80}}}}]}}]}}


def endpoints(port):
    """What the Service leads to."""
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [{"addresses": ["127.0.0.1"]}],
            "metadata": {"name": "web-1", "namespace": "web", "labels": {"kubernetes.io/service-name": "web"}},
            "ports": [{"name": "http", "port": port}]}


def write(path, documents):
    with open(path + ".new", "w") as file:
        json.dump({"apiVersion": "v1", "kind": "List", "items": documents}, file)
    os.rename(path + ".new", path)


class Site:
    """A folder of manifests and `certctl serve` over it."""

    def __init__(self, name, arguments=(), admin="127.0.0.1:0"):
        self.folder = "%s/%s" % (work, name)
        self.manifests = self.folder + "/manifests"
        os.makedirs(self.manifests)
        self.arguments, self.admin, self.process = arguments, admin, None
        sites.append(self)
        write(self.manifests + "/base.json", [
            {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "certctl"},
             "spec": {"controller": "certctl.dev/ingress"}},
            {"apiVersion": "cert-manager.io/v1", "kind": "ClusterIssuer", "metadata": {"name": "own"}, "spec": {"selfSigned": {}}}])

    def start(self):
        log = open(self.folder + "/log", "w")
        self.process = subprocess.Popen(
            [certctl, "serve", "--manifests", self.manifests, "--state", self.folder + "/state", "--http", "127.0.0.1:0", "--https",
             "127.0.0.1:0", "--admin", self.admin, "--log-format", "json", "--drain-seconds", "1", *self.arguments], stdout=log, stderr=log)
        end = time.monotonic() + 180
        while True:
            text = open(self.folder + "/log").read()
            line = next((line for line in text.splitlines() if '"serving"' in line), None)
            if line:
                found = json.loads(line)
                fields = {**found, **found.get("metadata", {})} if isinstance(found.get("metadata"), dict) else found
                self.port = int(fields["admin"].rsplit(":", 1)[1])
                self.http = int(fields["http"].rsplit(":", 1)[1])
                return self
            if time.monotonic() > end or self.process.poll() is not None:
                raise Failure("certctl does not serve:\n" + text[-2000:])
            time.sleep(0.1)

    @property
    def url(self):
        return "http://localhost:%d/" % self.port

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


# In the page: every piece of text that can be seen, with too little contrast against what lies behind it. WCAG 2.2, 1.4.3.
CONTRAST = """(() => {
  const channel = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const behind = (node) => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !node.checkVisibility() || ["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.tagName)) continue;
    if (node.disabled) continue;
    const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) bad.add(`${node.tagName}.${node.className} ${ratio.toFixed(2)} ${walker.currentNode.data.slice(0, 30)}`);
  }
  return [...bad].join("; ");
})()"""

WIDE = """(() => [...document.querySelectorAll("body *")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1
  && !e.closest("pre, .hidden, .skip, thead")).slice(0, 5).map((e) => e.tagName + "." + e.className).join(" "))()"""


def check_looks(browser, name):
    for width in [360, 1280]:
        for dark in [False, True]:
            browser.look(width, dark=dark)
            time.sleep(0.5)     # the width of a bar moves for a moment
            where = "%s at %d px, %s" % (name, width, "dark" if dark else "light")
            check(browser.run("document.documentElement.scrollWidth <= innerWidth"), where + ": nothing is wider than the screen", browser.run(WIDE))
            bad = browser.run(CONTRAST)
            check(bad == "", where + ": contrast", bad)
            browser.picture("%s/%s-%d-%s.png" % (pictures, name, width, "dark" if dark else "light"), whole=name != "5000")
    browser.look(1280, reduced=True)
    moving = browser.run("[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration.split(', ').some(t => t !== '0s')).length")
    check(moving == 0, name + ": nothing moves for whoever does not want it", moving)
    browser.look(1280)


def check_tree(browser, name, certificates):
    for width in [360, 1280]:
        browser.look(width)
        time.sleep(0.2)
        nodes = browser.tree()
        where = "%s at %d px: " % (name, width)
        roles = {}
        for node in nodes:
            roles.setdefault(node["role"], []).append(node)
        for role, least in [("banner", 1), ("navigation", 1), ("main", 1), ("contentinfo", 1), ("status", 1), ("region", 7)]:
            check(len(roles.get(role, [])) >= least, where + "landmark " + role, len(roles.get(role, [])))
        headings = [(node["name"], node["properties"].get("level")) for node in roles.get("heading", [])]
        check([h for h in headings if h[1] == 1] == [("certctl", 1)], where + "one first heading", headings)
        check([h[0] for h in headings if h[1] == 2] == ["Problems", "Certificates", "Traffic", "Routes", "Issuance", "Alerts", "Replicas"],
              where + "headings", headings)
        for role in ["button", "link", "searchbox", "image", "img", "table", "columnheader", "region", "navigation", "search"]:
            nameless = [node for node in roles.get(role, []) if not node["name"].strip()]
            check(not nameless, where + "every %s has a name" % role, nameless[:3])
        status = roles["status"][0]
        check(status["properties"].get("live") == "polite", where + "the verdict is said politely", status)
        live = [node for node in nodes if node["properties"].get("live") not in (None, "off") and node["role"] == "status"]
        check(len(live) == 1, where + "only the verdict is said aloud", live)
        if certificates:
            tables = [node["name"] for node in roles.get("table", [])]
            check("certificates" in tables and "routes" in tables, where + "tables have captions", tables)
            check(len(roles.get("rowheader", [])) >= min(certificates, 50), where + "rows have headers", len(roles.get("rowheader", [])))
            check(len(roles.get("columnheader", [])) >= 5, where + "columns have headers", len(roles.get("columnheader", [])))
            bars = [node["name"] for node in roles.get("image", []) + roles.get("img", []) if "lifetime left" in node["name"]]
            check(len(bars) >= 1 and all(re.fullmatch(r"\d+ % of its lifetime left", bar) for bar in bars), where + "bars have words", bars[:3])
    browser.look(1280)


def check_keyboard(browser, name):
    """Tab goes through everything that can be used, in the order in which it stands there."""
    browser.run("scrollTo(0, 0); document.activeElement.blur()")
    wanted = browser.run("""(() => { window.stops = [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
        .filter((e) => e.checkVisibility() && !e.disabled); return stops.length; })()""")
    order, outlined = [], True
    for _ in range(wanted):
        browser.key("Tab", 9)
        order.append(browser.run("stops.indexOf(document.activeElement)"))
        outlined &= browser.run("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
    check(order == list(range(wanted)), name + ": Tab goes through the page in its order", order)
    check(outlined, name + ": the focus can be seen")


def check_details(browser, name):
    browser.run("document.querySelector('#certificates button.name').focus()")
    browser.key("Enter", 13, "\r")
    browser.wait("document.querySelector('#certificates tr.more')?.checkVisibility()", name + ": Enter opens the details")
    check(browser.run("document.activeElement.getAttribute('aria-expanded') === 'true'"), name + ": the focus stays on what was opened")
    check(browser.run("document.getElementById(document.activeElement.getAttribute('aria-controls'))?.innerText.includes('SHA-256')"),
          name + ": the details are there")
    browser.key("Enter", 13, "\r")


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *arguments):
        pass


def ask(port, host, count):
    for _ in range(count):
        try:
            urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:%d/" % port, headers={"Host": host}), timeout=5).read()
        except OSError:
            pass    # an error is an answer too


def nothing(browser):
    site = Site("none").start()
    browser.open(site.url)
    browser.wait("document.getElementById('connection').textContent === 'Live'", "no certificates: live")
    browser.wait("document.getElementById('verdict').textContent.includes('no certificates')", "no certificates: the verdict")
    check(browser.run("document.querySelector('#certificates-table p').checkVisibility()"), "no certificates: it says so")
    check_looks(browser, "0")
    check_tree(browser, "0", 0)
    check_keyboard(browser, "0")
    check(browser.complaints() == [], "no certificates: the browser does not complain", browser.complaints())
    site.stop()
    browser.wait("document.getElementById('connection').textContent.startsWith('No connection since')", "a server that ended is noticed")


def five(browser):
    site = Site("five")
    documents = [ingress("good", "good.fleet.example", "good-tls", "own"), ingress("blocked", "blocked.fleet.example", "blocked-tls", HOSTILE),
                 ingress("placeholder", "placeholder.fleet.example", "placeholder-tls"), ingress("plain", "plain.fleet.example", None),
                 ingress("gone", "gone.fleet.example", None, backend="gone")]
    for name, start, end in [("ended", -90, -2), ("late", -85, 3)]:
        crt, key = pair(site.folder, name, start, end)
        documents += [ingress(name, "a.%s.fleet.example" % name, name + "-tls"), {
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name + "-tls", "namespace": "web"}, "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": crt, "tls.key": key}}]
    backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    documents += [SERVICE, endpoints(backend.server_address[1])]
    write(site.manifests + "/site.json", documents)
    with open(site.manifests + "/wrong.yaml", "w") as file:
        file.write("kind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: wrong}\nspec: {rules: 5}\n")
    site.start()
    browser.open(site.url)
    browser.wait("document.querySelectorAll('#certificates tbody tr:not(.more)').length === 5", "five certificates: all are listed")
    browser.wait("document.querySelector('#states').innerText.includes('1 valid')", "five certificates: one is issued")
    stop = threading.Event()

    def visit():
        while not stop.is_set():
            ask(site.http, "plain.fleet.example", 4)
            ask(site.http, "gone.fleet.example", 1)
            stop.wait(0.1)
    visitor = threading.Thread(target=visit)
    visitor.start()
    browser.wait("document.querySelector('#traffic-table tbody')?.innerText.includes('plain.fleet.example')", "five certificates: traffic by host")
    rows = browser.run("document.querySelector('#traffic-table tbody').innerText")
    check("gone.fleet.example" in rows and "ms" in rows and "100 %" in rows, "five certificates: errors and latencies by host", rows)
    # Texts from elsewhere.
    check(browser.run("document.title").endswith("certctl"), "hostile texts do nothing", browser.run("document.title"))
    check(browser.run("document.querySelectorAll('main script, main img').length") == 0, "hostile texts become no elements")
    check(HOSTILE.split(">")[0] in browser.run("document.getElementById('attention').innerText"), "hostile texts are shown as they are",
          browser.run("document.getElementById('attention').innerText"))
    first = browser.run("document.querySelector('#certificates tbody th button').textContent")
    check(first == "web/ended-tls", "the worst comes first", first)
    order = browser.run("[...document.querySelectorAll('main h2')][0].textContent")
    check(order == "Problems", "problems come first")
    check("wrong.yaml" in browser.run("document.getElementById('attention').innerText"), "what is wrong with manifests is told")
    check("What to do" in browser.run("document.getElementById('attention').innerText"), "there is advice")
    check(browser.run("""(() => { try { document.body.innerHTML = "<b>x</b>"; return false; } catch { return true; } })()"""),
          "the policy lets no markup be made of text")
    check_looks(browser, "5")
    check_tree(browser, "5", 5)
    check_keyboard(browser, "5")
    check_details(browser, "5")
    browser.run("document.querySelector('#certificates button.name').click()")
    for width in [360, 1280]:
        browser.look(width)
        time.sleep(0.3)
        check(browser.run("document.documentElement.scrollWidth <= innerWidth"), "details at %d px fit" % width, browser.run(WIDE))
        browser.picture("%s/5-details-%d.png" % (pictures, width))
    browser.look(1280)
    # Something new comes by itself, and the focus stays.
    browser.run("document.querySelector('#certificates-table-filter').focus()")
    write(site.manifests + "/more.json", [ingress("more", "more.fleet.example", "more-tls", "own")])
    began = time.monotonic()
    browser.wait("document.querySelector('#certificates tbody').innerText.includes('web/more-tls')", "what is new comes by itself")
    check(time.monotonic() - began < 10, "what is new comes soon", time.monotonic() - began)
    check(browser.run("document.activeElement.id") == "certificates-table-filter", "the focus stays where it is")
    os.remove(site.manifests + "/more.json")
    browser.wait("!document.querySelector('#certificates tbody').innerText.includes('web/more-tls')", "what is gone goes")
    check([c for c in browser.complaints() if "TrustedHTML" not in c and "trusted" not in c.lower()] == [], "five certificates: the browser does not complain",
          browser.complaints())
    # All streams are taken.
    browser.open("about:blank")
    taken, end = [], time.monotonic() + 60
    while len(taken) < 32 and time.monotonic() < end:
        connection = socket.create_connection(("127.0.0.1", site.port))
        connection.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if b" 200 " in connection.recv(64):
            taken.append(connection)
        else:
            connection.close()
            time.sleep(0.2)
    check(len(taken) == 32, "there are 32 streams", len(taken))
    browser.open(site.url)
    browser.wait("document.getElementById('connection').textContent.startsWith('Asking every')", "without a stream it asks")
    write(site.manifests + "/more.json", [ingress("more", "more.fleet.example", "more-tls", "own")])
    browser.wait("document.querySelector('#certificates tbody').innerText.includes('web/more-tls')", "asking brings what is new")
    for connection in taken:
        connection.close()
    stop.set()
    visitor.join()
    site.stop()
    backend.shutdown()


def thousands(browser):
    site = Site("thousands")
    pairs = [pair(site.folder, "w%d" % n, -10 * n - 1, 120 - 6 * n) for n in range(20)]
    write(site.manifests + "/service.json", [SERVICE, endpoints(9)])
    for part in range(10):
        documents = []
        for n in range(part * 500, part * 500 + 500):
            wave = n % 20 if n % 20 < 19 else n % 18
            crt, key = pairs[wave]
            documents += [ingress("i%04d" % n, "h%04d.w%d.fleet.example" % (n, wave), "s%04d-tls" % n), {
                "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s%04d-tls" % n, "namespace": "web"},
                "type": "kubernetes.io/tls", "stringData": {"tls.crt": crt, "tls.key": key}}]
        write("%s/part%d.json" % (site.manifests, part), documents)
    site.start()
    began = time.monotonic()
    browser.open(site.url)
    browser.wait("document.querySelectorAll('#certificates tbody tr:not(.more)').length === 50", "5,000 certificates: one page of them", 120)
    print("5,000 certificates: shown after %.1f s" % (time.monotonic() - began))
    check(browser.run("document.getElementById('certificates-table-count').textContent") == "5,000 certificates", "5,000 certificates: all are known",
          browser.run("document.getElementById('certificates-table-count').textContent"))
    browser.wait("document.getElementById('connection').textContent === 'Live'", "5,000 certificates: live")
    check(browser.run("document.querySelectorAll('*').length") < 5000, "5,000 certificates: few elements", browser.run("document.querySelectorAll('*').length"))
    slowest = browser.run("""(async () => {
        const input = document.getElementById("certificates-table-filter");
        let slowest = 0;
        for (const text of ["h", "h4", "h42", "h424", "h4242", "w3 foreign", ""]) {
            const began = performance.now();
            input.value = text;
            input.dispatchEvent(new Event("input"));
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            slowest = Math.max(slowest, performance.now() - began);
        }
        return slowest; })()""")
    print("5,000 certificates: a letter in the filter takes at most %.0f ms" % slowest)
    check(slowest < 500, "5,000 certificates: the filter is quick", slowest)
    browser.run("""(() => { const i = document.getElementById("certificates-table-filter"); i.value = "h4242"; i.dispatchEvent(new Event("input")); })()""")
    check(browser.run("document.querySelector('#certificates tbody').innerText.includes('web/s4242-tls')"), "5,000 certificates: the filter finds one")
    check(browser.run("document.querySelectorAll('#certificates tbody tr:not(.more)').length") == 1, "5,000 certificates: and no other")
    browser.run("""(() => { const i = document.getElementById("certificates-table-filter"); i.value = ""; i.dispatchEvent(new Event("input")); })()""")
    browser.run("document.querySelector('#certificates .pager button:last-child').click()")
    check(browser.run("document.querySelector('#certificates .pager span').textContent") == "Page 2 of 100", "5,000 certificates: pages",
          browser.run("document.querySelector('#certificates .pager span').textContent"))
    browser.run("document.querySelector('#certificates .pager button').click()")
    check_looks(browser, "5000")
    check_tree(browser, "5000", 5000)
    # What one change costs on the wire.
    before = sum(e["params"]["dataLength"] for e in browser.events if e["method"] == "Network.dataReceived")
    browser.events.clear()
    write(site.manifests + "/more.json", [ingress("more", "more.fleet.example", "more-tls", "own")])
    browser.wait("document.getElementById('certificates-table-count').textContent === '5,001 certificates'", "5,000 certificates: one more comes", 60)
    news = sum(e["params"]["dataLength"] for e in browser.events if e["method"] == "Network.dataReceived")
    print("5,000 certificates: %d kB at first, %.1f kB for one more" % (before / 1000, news / 1000))
    check(news < 20000, "5,000 certificates: one change is a short message", news)
    check(browser.complaints() == [], "5,000 certificates: the browser does not complain", browser.complaints())
    site.stop()


def token(browser):
    site = Site("token", admin="0.0.0.0:0")
    file = site.folder + "/token"
    site.start()
    browser.open(site.url)
    browser.wait("document.querySelector('h1')?.textContent === 'This dashboard is closed'", "without a token it is closed")
    check_door(browser, "closed")
    site.stop()
    with open(file, "w") as f:
        f.write(TOKEN + "\n")
    site.arguments = ("--admin-token-file", file)
    write(site.manifests + "/site.json", [ingress("good", "good.fleet.example", "good-tls", "own")])
    site.start()
    browser.open(site.url)
    browser.wait("document.activeElement?.id === 'token'", "there is a form, and the focus in it")
    check_door(browser, "login")
    for text, wanted in [("wrong-token-wrong-token", "document.querySelector('.message')?.textContent === 'That is not the token.'"),
                         (TOKEN, "document.getElementById('connection')?.textContent === 'Live'")]:
        browser.wait("document.activeElement?.id === 'token'", "the focus is in the form")
        browser.call("Input.insertText", text=text)
        browser.key("Enter", 13, "\r")
        browser.wait(wanted, "the form with %s token" % ("another" if text != TOKEN else "the"))
    check(TOKEN not in browser.run("location.href") and browser.run("location.pathname") == "/", "the token is in no address", browser.run("location.href"))
    check(browser.run("document.cookie") == "", "no script can read the cookie")
    cookies = browser.call("Network.getCookies", urls=[site.url])["cookies"]
    check(len(cookies) == 1 and cookies[0]["httpOnly"] and cookies[0]["sameSite"] == "Strict" and TOKEN not in cookies[0]["value"], "the cookie", cookies)
    check(TOKEN not in open(site.folder + "/log").read(), "the token is in no log")
    check(browser.run("[...document.querySelectorAll('button')].some(b => b.textContent === 'Sign out')"), "one can sign out")
    # Another token, while it runs.
    with open(file + ".new", "w") as f:
        f.write(TOKEN + "-2\n")
    os.rename(file + ".new", file)
    browser.wait("document.getElementById('token') !== null", "another token ends the session")
    browser.wait("document.activeElement?.id === 'token'", "the focus is in the form")
    browser.call("Input.insertText", text=TOKEN + "-2")
    browser.key("Enter", 13, "\r")
    browser.wait("document.getElementById('connection')?.textContent === 'Live'", "the new token opens")
    browser.run("[...document.querySelectorAll('button')].find(b => b.textContent === 'Sign out').click()")
    browser.wait("document.getElementById('token') !== null", "signing out shows the form")
    browser.open(site.url)
    browser.wait("document.getElementById('token') !== null", "and the session is over")
    for command in [["status"], ["status", "-o", "json"], ["routes"], ["alerts", "list"]]:
        answers = [subprocess.run([certctl, *command, "--server", site.url, *more], capture_output=True, text=True)
                   for more in [[], ["--admin-token-file", file]]]
        check(answers[0].returncode not in (0, 3) and "--admin-token-file" in answers[0].stderr, "certctl %s is told what to do" % command, answers[0])
        check(answers[1].returncode in (0, 3) and answers[1].stdout, "certctl %s with the token" % command, answers[1])
    site.stop()


def check_door(browser, name):
    for width in [360, 1280]:
        for dark in [False, True]:
            browser.look(width, dark=dark)
            check(browser.run("document.documentElement.scrollWidth <= innerWidth"), "%s at %d px fits" % (name, width), browser.run(WIDE))
            bad = browser.run(CONTRAST)
            check(bad == "", "%s: contrast" % name, bad)
            browser.picture("%s/%s-%d-%s.png" % (pictures, name, width, "dark" if dark else "light"))
    browser.look(1280)
    nodes = browser.tree()
    check(any(n["role"] == "main" for n in nodes) and any(n["role"] == "heading" for n in nodes), name + ": landmarks")
    check(all(n["name"] for n in nodes if n["role"] in ("textbox", "button")), name + ": everything has a name", nodes)


chosen = [nothing, five, thousands, token]
only = os.environ.get("ONLY")
for step in chosen:
    if only and step.__name__ != only:
        continue
    browser = Browser("%s/profile-%s" % (work, step.__name__))
    browser.look(1280)
    try:
        step(browser)
    except Failure as failure:
        check(False, step.__name__, failure)
    finally:
        browser.close()
        for site in sites:
            site.stop()
print("%d passed, %d failed" % (passed, failed))
sys.exit(1 if failed else 0)
