#!/usr/bin/env python3
"""Compares the metrics that the dashboard and the alert rules name with those of a /metrics page: names.py PAGE

PAGE is a file with the page of a server that has answered a request. Every name in an expression has to be on it, and every label that a
name is chosen by has to be one of its labels, where the page has a series of it.
"""
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = re.compile(r"\b((?:certctl|certmanager|nginx_ingress_controller|process)_[a-z0-9_]+)\b(\{[^}]*\})?")
# Made by Prometheus of the page's own.
SUFFIXES = ("_bucket", "_sum", "_count")


def dashboard_expressions():
    dashboard = json.load(open(HERE + "/dashboard.json"))
    panels = dashboard["panels"] + [p for row in dashboard["panels"] for p in row.get("panels", [])]
    for panel in panels:
        for target in panel.get("targets", []):
            yield "dashboard.json, panel " + panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]).groups()
            yield "dashboard.json, variable " + variable["name"], '%s{%s=""}' % (name, label)


def alert_expressions():
    """Of `expr:` and of `query` in annotations: whatever stands in the rules but for comments."""
    for number, line in enumerate(open(HERE + "/alerts.yaml"), 1):
        if not line.lstrip().startswith("#"):
            yield "alerts.yaml:%d" % number, line


def page(path):
    """The kind and the labels of each name on a page."""
    kinds, labels = {}, {}
    for line in open(path):
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            kinds[name] = kind
        elif not line.startswith("#"):
            name, _, rest = line.partition("{")
            if rest:
                labels.setdefault(name, set()).update(re.findall(r'(?:^|[",])(\w+)="', rest))
            else:
                labels.setdefault(line.split()[0], set())
    return kinds, labels


def main():
    kinds, labels = page(sys.argv[1])
    wrong, checked = [], set()
    for place, expression in [*dashboard_expressions(), *alert_expressions()]:
        for name, selector in OURS.findall(expression):
            base = next((name[: -len(s)] for s in SUFFIXES if name.endswith(s) and kinds.get(name[: -len(s)]) in ("histogram", "summary")), name)
            checked.add(base)
            if base not in kinds:
                wrong.append("%s: %s is not on the page" % (place, name))
            for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
                # `job` and `instance` come with the scrape.
                if label not in ("job", "instance", "le") and name in labels and label not in labels[name]:
                    wrong.append("%s: %s has no label %s" % (place, name, label))
    print("\n".join(wrong) or "%d names of the dashboard and the alert rules: all on the page" % len(checked))
    sys.exit(1 if wrong or not checked else 0)


if __name__ == "__main__":
    main()
