// The dashboard. Everything that it shows comes from elsewhere (names, errors, words of a CA), so the document is made of elements and
// text alone: nothing here parses markup, and the page's policy would not let it (require-trusted-types-for).
"use strict";
(() => {
  const pageRows = 50;
  const pollSeconds = 5;
  const streamAgainSeconds = 60;
  const hiddenSeconds = 60;
  const listedProblems = 10;

  // What is known, as the server said it last.
  const state = {
    cursor: null, summary: null, problems: [], traffic: null, receivers: [], replicas: [],
    certificates: new Map(), routes: new Map(), alerts: new Map(), timeline: new Map(),
  };
  const dirty = new Set();
  let clockOffset = 0;
  const now = () => (Date.now() + clockOffset) / 1000;
  const byId = (id) => document.getElementById(id);

  // Elements and words.

  // Attributes are named in this file; only their values come from elsewhere, and none of them is an address or a script.
  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== null && value !== undefined) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many || one + "s"}`;

  // Two units at most: what is read at a glance.
  function span(seconds) {
    const left = Math.abs(seconds);
    if (left >= 2 * 86400) return `${Math.floor(left / 86400)} d`;
    if (left >= 7200) return `${Math.floor(left / 3600)} h`;
    if (left >= 120) return `${Math.floor(left / 60)} min`;
    return `${Math.floor(left)} s`;
  }
  const when = (at) => (at >= now() ? `in ${span(at - now())}` : `${span(now() - at)} ago`);

  function clock(at) {
    const date = new Date(at * 1000);
    const two = (number) => String(number).padStart(2, "0");
    return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
  }
  const time = (at) => element("time", { datetime: new Date(at * 1000).toISOString() }, clock(at));
  const percent = (share) => (share > 0 && share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);

  function latency(seconds) {
    if (seconds === undefined || seconds === null) return "–";
    if (seconds >= 10) return "≥ 10 s";
    if (seconds <= 0.005) return "≤ 5 ms";
    return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
  }

  const words = {
    valid: "valid", pending: "waiting", issuing: "being issued", failing: "failing", expired: "expired", blocked: "blocked",
    foreign: "not ours", placeholder: "placeholder",
  };
  const tones = { valid: "good", issuing: "busy", pending: "busy", failing: "bad", expired: "bad", blocked: "bad" };
  const badge = (text, tone) => element("span", { class: `badge ${tone || "plain"}` }, text);
  const stateBadge = (row) => badge(words[row.state] || row.state, row.concern ? "bad" : tones[row.state]);

  function shareLeft(row) {
    if (row.notAfter === undefined || row.notBefore === undefined || row.notAfter <= row.notBefore) return null;
    return Math.max(0, Math.min(1, (row.notAfter - now()) / (row.notAfter - row.notBefore)));
  }

  // The same fractions as the alerts have: fixed days would be wrong for a certificate of six days.
  function lifetime(row) {
    if (row.notAfter === undefined) return [element("span", { class: "quiet" }, "no certificate")];
    const share = shareLeft(row);
    const text = row.notAfter <= now() ? `expired ${when(row.notAfter)}` : `${span(row.notAfter - now())} left`;
    if (share === null) return [text];
    const tone = share < 1 / 20 ? "bad" : share < 1 / 6 ? "warn" : "good";
    const fill = element("span", { class: `fill ${tone}` });
    fill.style.width = `${(share * 100).toFixed(1)}%`;
    const label = `${Math.round(share * 100)} % of its lifetime left`;
    return [element("span", { class: "bar", role: "img", "aria-label": label }, fill), element("span", { class: "bar-text" }, text)];
  }

  function definitions(pairs) {
    const list = element("dl");
    for (const [name, value] of pairs) {
      if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) continue;
      const shown = Array.isArray(value) ? value.map((item) => element("dd", null, item)) : [element("dd", null, value)];
      list.append(element("div", null, element("dt", null, name), ...shown));
    }
    return list;
  }

  // A table of rows by key: filtered, sorted, a page at a time, and only what changed is touched. On a phone each row is a card, so the
  // roles that `display` would take away are said aloud.
  class Table {
    constructor(place, options) {
      Object.assign(this, { page: 0, needle: "", rows: new Map(), shown: new Map(), open: new Set(), options });
      this.id = place.id;
      if (options.filter) place.append(this.makeFilter());
      this.empty = element("p", { class: "quiet" }, options.empty);
      this.body = element("tbody", { role: "rowgroup" });
      const head = options.columns.map((column) => element("th", { scope: "col", role: "columnheader", class: column.kind }, column.name));
      this.table = element(
        "table", { role: "table" }, element("caption", { class: "hidden" }, options.caption),
        element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...head)), this.body);
      place.append(this.empty, this.table);
      if (options.filter) place.append(this.makePager());
    }

    makeFilter() {
      const input = element("input", {
        type: "search", id: `${this.id}-filter`, autocomplete: "off", spellcheck: "false", "aria-describedby": `${this.id}-count`,
      });
      input.addEventListener("input", () => { this.needle = input.value.trim().toLowerCase(); this.page = 0; this.render(); });
      this.input = input;
      this.count = element("span", { id: `${this.id}-count`, class: "quiet" });
      this.search = element(
        "div", { class: "filter", role: "search", "aria-label": this.options.filter },
        element("label", { for: input.id }, this.options.filter), input, this.count);
      return this.search;
    }

    makePager() {
      const turn = (step) => () => { this.page += step; this.render(); };
      this.before = element("button", { type: "button", "aria-label": `Previous page of ${this.options.caption}` }, "Previous");
      this.after = element("button", { type: "button", "aria-label": `Next page of ${this.options.caption}` }, "Next");
      this.before.addEventListener("click", turn(-1));
      this.after.addEventListener("click", turn(1));
      this.position = element("span", { class: "quiet" });
      this.pager = element("div", { class: "pager" }, this.before, this.position, this.after);
      return this.pager;
    }

    // Only rows of this kind; null for all.
    restrict(test) { this.test = test; this.page = 0; this.render(); }

    chosen() {
      const { compare, text } = this.options;
      let rows = [...this.rows];
      if (this.test) rows = rows.filter(([, row]) => this.test(row));
      if (this.needle) {
        const parts = this.needle.split(/\s+/);
        rows = rows.filter(([, row]) => {
          // Worked out once: another row object comes with every change.
          row.text ??= text(row).toLowerCase();
          return parts.every((part) => row.text.includes(part));
        });
      }
      return compare ? rows.sort((left, right) => compare(left[1], right[1])) : rows;
    }

    render() {
      const rows = this.chosen();
      const pages = Math.max(1, Math.ceil(rows.length / pageRows));
      this.page = Math.max(0, Math.min(this.page, pages - 1));
      const visible = this.options.filter ? rows.slice(this.page * pageRows, (this.page + 1) * pageRows) : rows;
      this.empty.hidden = rows.length > 0;
      this.empty.textContent = this.rows.size === 0 ? this.options.empty : "Nothing fits the filter.";
      this.table.hidden = rows.length === 0;
      if (this.options.filter) {
        const all = this.rows.size;
        this.count.textContent = rows.length === all ? plural(all, this.options.one) : `${rows.length.toLocaleString("en")} of ${plural(all, this.options.one)}`;
        this.search.hidden = all === 0 && !this.needle;
        this.pager.hidden = pages === 1;
        this.position.textContent = `Page ${this.page + 1} of ${pages}`;
        const focused = document.activeElement;
        this.before.disabled = this.page === 0;
        this.after.disabled = this.page === pages - 1;
        if (focused === this.before && this.before.disabled) this.after.focus();
        if (focused === this.after && this.after.disabled) this.before.focus();
      }
      this.place(visible);
    }

    place(visible) {
      const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
      const kept = new Map();
      let next = this.body.firstChild;
      for (const [key, row] of visible) {
        const line = this.shown.get(key) || this.makeLine(key);
        kept.set(key, line);
        this.fill(line, row);
        for (const part of line.more.hidden ? [line.row] : [line.row, line.more]) {
          if (part === next) next = next.nextSibling;
          else this.body.insertBefore(part, next);
        }
      }
      while (next) { const gone = next; next = next.nextSibling; gone.remove(); }
      this.shown = kept;
      // What is moved loses the focus.
      if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    }

    makeLine(key) {
      const cells = this.options.columns.map((column, index) => element(index === 0 ? "th" : "td", {
        role: index === 0 ? "rowheader" : "cell", scope: index === 0 ? "row" : null, class: column.kind, "data-label": column.name,
      }));
      const line = { row: element("tr", { role: "row" }, ...cells), cells, more: element("tr", { role: "row", class: "more" }) };
      line.more.hidden = true;
      if (this.options.details) {
        const detailsId = `${this.id}-${Table.number++}`;
        line.details = element("td", { role: "cell", colspan: cells.length, id: detailsId });
        line.more.append(line.details);
        line.button = element("button", { type: "button", class: "name", "aria-expanded": "false", "aria-controls": detailsId });
        line.button.addEventListener("click", () => {
          if (!this.open.delete(key)) this.open.add(key);
          this.render();
        });
        cells[0].append(line.button);
      }
      return line;
    }

    fill(line, row) {
      this.options.columns.forEach((column, index) => {
        const content = [column.cell(row)].flat();
        if (index > 0 || !line.button) return line.cells[index].replaceChildren(...content);
        if (line.button.textContent !== content[0]) line.button.textContent = content[0];
        line.cells[0].replaceChildren(line.button, ...content.slice(1));
      });
      if (!line.button) return;
      const isOpen = this.open.has(row.key);
      line.button.setAttribute("aria-expanded", String(isOpen));
      line.more.hidden = !isOpen;
      if (isOpen) line.details.replaceChildren(this.options.details(row));
    }
  }
  Table.number = 0;

  // The sections.

  const hostsWords = (row) => {
    const more = row.hosts.length - 1 + (row.hostsOmitted || 0);
    return row.hosts.length === 0 ? "" : row.hosts[0] + (more > 0 ? ` and ${more} more` : "");
  };

  function renewalWords(row) {
    if (row.queuedUntil !== undefined && row.queuedUntil > now()) return `queued, ${when(row.queuedUntil)}`;
    if (row.nextAttempt !== undefined && row.failures > 0) return `next try ${when(row.nextAttempt)}`;
    return row.renewAt === undefined ? "–" : when(row.renewAt);
  }

  function certificateDetails(row) {
    const moment = (at) => (at === undefined ? undefined : `${clock(at)} (${when(at)})`);
    return definitions([
      ["What to do", row.advice], ["Note", row.message], ["Last error", row.lastError],
      ["Failures in a row", row.failures > 0 ? String(row.failures) : undefined], ["Next try", moment(row.nextAttempt)],
      ["Hosts", row.hostsOmitted ? [...row.hosts, `and ${row.hostsOmitted} more`] : row.hosts], ["Not covered", row.uncoveredHosts],
      ["Left out", row.leftOut], ["Cannot be served", row.secretProblem], ["Chain", row.chainProblems], ["Policy", row.policy],
      ["Notices", row.notices], ["Served otherwise", row.served], ["Order", row.order], ["Ingresses", row.ingresses],
      ["Certificate object", row.certificate], ["Issuer", row.issuer], ["Issued by", row.issuedBy], ["CA", row.certificateIssuer],
      ["Key", row.keyAlgorithm], ["Begins", moment(row.notBefore)], ["Ends", moment(row.notAfter)], ["Renewal", moment(row.renewAt)],
      ["Why then", row.renewReason], ["Why an issue is needed", row.reason], ["Queued until", moment(row.queuedUntil)],
      ["Queued because of", row.queueReason], ["Revoked", moment(row.revoked)], ["Serial number", row.serialNumber],
      ["SHA-256", row.fingerprint],
    ]);
  }

  const rank = { expired: 0, failing: 1, blocked: 2, foreign: 3, placeholder: 4, pending: 5, issuing: 6, valid: 7 };
  const concerns = ["expired", "revoked", "failing", "blocked", "unsuitable", "servedDiffers", "overdue"];
  // What is past its end is the worst, whoever has to renew it; what needs nobody comes last.
  const badness = (row) => (!row.concern ? concerns.length : row.notAfter <= now() ? -1 : concerns.indexOf(row.concern));
  function worstFirst(left, right) {
    return badness(left) - badness(right)
      || (left.notAfter ?? Infinity) - (right.notAfter ?? Infinity) || (left.secret < right.secret ? -1 : 1);
  }

  const tables = {
    certificates: new Table(byId("certificates-table"), {
      caption: "certificates", one: "certificate", filter: "Filter certificates", empty: "No Ingress asks for TLS.",
      compare: worstFirst, details: certificateDetails,
      text: (row) => [
        row.secret, ...row.hosts, row.state, words[row.state], row.issuer, row.message, row.lastError, row.advice, ...row.ingresses,
      ].join(" "),
      columns: [
        { name: "Secret", cell: (row) => [row.secret, element("span", { class: "quiet" }, hostsWords(row))] },
        { name: "State", cell: stateBadge },
        { name: "Time left", kind: "time", cell: lifetime },
        { name: "Renewal", cell: renewalWords },
        { name: "Issuer", cell: (row) => row.issuedBy || row.issuer || "–" },
      ],
    }),
    routes: new Table(byId("routes-table"), {
      caption: "routes", one: "route", filter: "Filter routes", empty: "No Ingress of our class has a rule.",
      compare: (left, right) => Number(left.state === "ok") - Number(right.state === "ok") || (left.host < right.host ? -1 : left.host > right.host ? 1 : 0)
        || (left.path < right.path ? -1 : 1),
      text: (row) => [row.host, row.path, row.kind, row.ingress, row.upstream, row.state].join(" "),
      columns: [
        { name: "Host", cell: (row) => row.host },
        { name: "Path", cell: (row) => [element("code", null, row.path || "/"), element("span", { class: "quiet" }, row.kind)] },
        { name: "Service", cell: (row) => row.upstream },
        { name: "Endpoints", cell: (row) => (row.state === "ok" ? String(row.endpoints) : badge(upstreams[row.state] || row.state, "bad")) },
        { name: "Ingress", cell: (row) => row.ingress },
      ],
    }),
    traffic: new Table(byId("traffic-table"), {
      caption: "requests by host", empty: "No requests in the last minute.",
      columns: [
        { name: "Host", cell: (row) => row.name },
        { name: "Requests/s", kind: "number", cell: (row) => row.rate.toFixed(row.rate < 10 ? 2 : 0) },
        { name: "5xx", kind: "number", cell: (row) => (row.failed > 0 ? badge(percent(row.failed), "bad") : "0 %") },
        { name: "4xx", kind: "number", cell: (row) => percent(row.refused) },
        { name: "p50", kind: "number", cell: (row) => latency(row.p50) },
        { name: "p95", kind: "number", cell: (row) => latency(row.p95) },
        { name: "p99", kind: "number", cell: (row) => latency(row.p99) },
      ],
    }),
    alerts: new Table(byId("alerts-table"), {
      caption: "alerts", one: "alert", filter: "Filter alerts", empty: "No alert fires, and none has lately.",
      compare: (left, right) => phases.indexOf(left.phase) - phases.indexOf(right.phase) || (right.endsAt ?? right.since) - (left.endsAt ?? left.since),
      text: (row) => [row.name, row.severity, row.phase, row.object, row.summary, row.description].join(" "),
      columns: [
        { name: "Alert", cell: (row) => [row.name, element("span", { class: "quiet" }, row.object)] },
        { name: "State", cell: (row) => badge(row.phase === "resolved" ? "over" : row.phase, row.phase !== "firing" ? "plain" : row.severity === "critical" ? "bad" : "warn") },
        { name: "Severity", cell: (row) => row.severity },
        { name: "What", kind: "long", cell: (row) => [row.summary, element("span", { class: "quiet" }, row.description)] },
        { name: "Since", cell: (row) => [time(row.startsAt ?? row.since), row.endsAt ? element("span", { class: "quiet" }, `ended ${clock(row.endsAt)}`) : ""] },
        { name: "Told", cell: (row) => (row.told.length ? row.told.join(", ") : "–") },
      ],
    }),
    receivers: new Table(byId("receivers-table"), {
      caption: "receivers of alerts", empty: "No AlertReceiver is configured: nobody is told.",
      columns: [
        { name: "Receiver", cell: (row) => [row.name, element("span", { class: "quiet" }, `${row.format}, ${row.address}`)] },
        { name: "Delivery", kind: "long", cell: (row) => (row.failures > 0 ? [badge(plural(row.failures, "failure"), "bad"), element("span", { class: "quiet" }, row.lastError || "")] : badge("fine", "good")) },
        { name: "Waiting", kind: "number", cell: (row) => String(row.waiting) },
        { name: "Last taken", cell: (row) => (row.lastDelivery ? time(row.lastDelivery) : "–") },
      ],
    }),
  };
  tables.timeline = new Table(byId("timeline-list"), {
    caption: "what happened to certificates", one: "event", filter: "Filter issuance", empty: "Nothing since this process began.",
    compare: (left, right) => right.at - left.at || Number(right.key) - Number(left.key),
    text: (row) => [row.kind, row.secret, ...row.hosts, row.issuer, row.message].join(" "),
    columns: [
      { name: "When", cell: (row) => time(row.at) },
      { name: "What", cell: (row) => badge(row.kind, happenings[row.kind]) },
      { name: "Secret", cell: (row) => [row.secret, element("span", { class: "quiet" }, row.hosts.join(", "))] },
      { name: "Issuer", cell: (row) => row.issuer || "–" },
      { name: "More", kind: "long", cell: (row) => [row.message || "", row.seconds === undefined ? "" : element("span", { class: "quiet" }, `took ${row.seconds} s`)] },
    ],
  });
  tables.replicas = new Table(byId("replicas-table"), {
    caption: "replicas", empty: "No other process is known.",
    columns: [
      { name: "Replica", cell: (row) => [row.identity, element("span", { class: "quiet" }, row.address || "this process")] },
      { name: "Role", cell: (row) => row.role || "–" },
      { name: "Version", cell: (row) => row.version || "–" },
      { name: "State", kind: "long", cell: (row) => [row.isReachable ? badge("answers", "good") : badge("does not answer", "bad"), element("span", { class: "quiet" }, row.problem || "")] },
    ],
  });
  const happenings = { issued: "good", failed: "bad", revoked: "bad", postponed: "warn", began: "busy" };
  const upstreams = { noService: "no such Service", noPort: "no such port", noEndpoints: "none ready", notAService: "not a Service" };
  const phases = ["firing", "pending", "resolved"];

  const listRows = (rows, key) => new Map(rows.map((row, index) => [key(row, index), row]));

  function renderVerdict() {
    const summary = state.summary;
    if (!summary) return;
    const verdict = byId("verdict");
    // Only what is new is said aloud.
    if (verdict.textContent !== summary.verdict) verdict.textContent = summary.verdict;
    verdict.className = `verdict ${summary.needsAttention ? "bad" : "good"}`;
    document.title = `${summary.needsAttention ? "(!) " : ""}certctl`;
    byId("version").textContent = `certctl ${summary.version}`;
  }

  function renderAttention() {
    const place = byId("attention-list");
    const rows = [...state.certificates.values()].filter((row) => row.concern).sort(worstFirst);
    const items = rows.slice(0, listedProblems).map((row) => element(
      "li", null,
      element("p", null, stateBadge(row), " ", element("strong", null, `Secret ${row.secret}`), " ", element("span", { class: "quiet" }, hostsWords(row))),
      ...[row.message, row.lastError].filter(Boolean).map((text) => element("p", { class: "error" }, text)),
      row.nextAttempt !== undefined && row.failures > 0
        ? element("p", { class: "quiet" }, `${plural(row.failures, "failure")} in a row, next try ${when(row.nextAttempt)}`) : null,
      row.advice ? element("p", { class: "advice" }, element("strong", null, "What to do: "), row.advice) : null));
    if (rows.length > listedProblems) {
      items.push(element("li", null, element("p", { class: "quiet" }, `and ${plural(rows.length - listedProblems, "certificate")} more, which come first in the table below`)));
    }
    const problems = state.problems.map((problem) => element(
      "li", null, element("p", null, badge("configuration", "warn"), " ", element("strong", null, problem.subject)),
      element("p", { class: "error" }, problem.message)));
    const hidden = (state.summary?.problems || 0) - problems.length;
    if (hidden > 0) problems.push(element("li", null, element("p", { class: "quiet" }, `and ${plural(hidden, "problem")} more; certctl status lists all`)));
    items.push(...problems.splice(0, listedProblems));
    if (items.length === 0) return place.replaceChildren(element("p", { class: "quiet" }, state.summary ? "None." : "Loading…"));
    const known = place.querySelector("details");
    const rest = problems.length === 0 ? null : element(
      "details", null, element("summary", null, `${plural(state.problems.length - listedProblems, "problem")} more in the configuration`),
      element("ul", { class: "cards" }, ...problems));
    const hasFocus = known?.contains(document.activeElement);
    if (rest && known?.open) rest.open = true;
    place.replaceChildren(element("ul", { class: "cards" }, ...items), ...(rest ? [rest] : []));
    if (hasFocus) rest?.querySelector("summary").focus({ preventScroll: true });
  }

  // The tiles stay the same elements, so that the focus stays.
  const tiles = new Map();
  let chosenState = null;
  function renderStates() {
    const counts = state.summary?.states || {};
    for (const name of Object.keys(rank)) {
      if (!tiles.has(name)) {
        const button = element("button", { type: "button", "aria-pressed": "false" });
        button.addEventListener("click", () => {
          chosenState = chosenState === name ? null : name;
          tables.certificates.restrict(chosenState && ((row) => row.state === chosenState));
          renderStates();
        });
        tiles.set(name, { item: element("li", null, button), button });
        byId("states").append(tiles.get(name).item);
      }
      const { item, button } = tiles.get(name);
      const count = counts[name] || 0;
      item.hidden = count === 0 && chosenState !== name;
      button.replaceChildren(element("strong", null, count.toLocaleString("en")), ` ${words[name]}`);
      button.className = count > 0 ? tones[name] || "plain" : "plain";
      button.setAttribute("aria-pressed", String(chosenState === name));
    }
    const omitted = state.summary?.certificatesOmitted || 0;
    tables.certificates.table.caption.textContent = omitted ? `certificates; ${plural(omitted, "other")} are in order and left out` : "certificates";
  }

  // Requests a second, as a line.
  const rates = [];
  function renderTraffic() {
    const traffic = state.traffic;
    const place = byId("traffic-total");
    if (!traffic) {
      place.replaceChildren();
      tables.traffic.rows = new Map();
      return tables.traffic.render();
    }
    const total = traffic.total;
    rates.push(total.rate);
    if (rates.length > 60) rates.shift();
    place.replaceChildren(
      element(
        "p", null, element("strong", null, total.rate.toFixed(total.rate < 10 ? 2 : 0)), " requests/s, ", percent(total.failed), " 5xx, p50 ",
        latency(total.p50), ", p95 ", latency(total.p95), ", p99 ", latency(total.p99),
        element("span", { class: "quiet" }, ` · the last ${traffic.seconds} s, of this process`)),
      sparkline(rates));
    const rows = traffic.hosts.map((row) => ({ ...row, name: row.host || "(no rule)" }));
    if (traffic.others) rows.push({ ...traffic.others, name: `${traffic.othersCount} other hosts` });
    tables.traffic.rows = listRows(rows, (row) => row.name);
    tables.traffic.render();
  }

  function sparkline(values) {
    const highest = Math.max(...values, 0.001);
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    const set = (target, attributes) => { for (const [key, value] of Object.entries(attributes)) target.setAttribute(key, value); };
    const label = `Requests a second since this page was opened: at most ${highest.toFixed(1)}, now ${values[values.length - 1].toFixed(1)}`;
    set(picture, { class: "spark", viewBox: "0 0 118 30", preserveAspectRatio: "none", role: "img", "aria-label": label });
    const line = document.createElementNS(space, "polyline");
    const points = values.map((value, index) => `${(index + 60 - values.length) * 2},${(29 - (value / highest) * 28).toFixed(1)}`);
    set(line, { points: points.join(" "), fill: "none", "vector-effect": "non-scaling-stroke" });
    picture.append(line);
    return picture;
  }

  function renderAlerts() {
    const notes = (state.summary?.alertProblems || []).map((text) => element("p", { class: "error" }, text));
    if (state.summary?.sendsAlerts === false) {
      notes.push(element("p", { class: "quiet" }, "This replica does not lead: it shows what was stored last, and the leader tells the receivers."));
    }
    byId("alerts-notes").replaceChildren(...notes);
    tables.alerts.rows = state.alerts;
    tables.alerts.render();
    tables.receivers.rows = listRows(state.receivers, (row) => row.name);
    tables.receivers.render();
  }

  function renderReplicas() {
    tables.replicas.rows = listRows(state.replicas, (row) => row.identity);
    tables.replicas.render();
  }

  function renderRows(name) {
    tables[name].rows = state[name];
    tables[name].render();
  }

  const renderers = {
    summary: () => { renderVerdict(); renderStates(); renderAttention(); },
    problems: renderAttention,
    certificates: () => { renderRows("certificates"); renderAttention(); nextRenewal(); },
    routes: () => renderRows("routes"),
    traffic: renderTraffic,
    alerts: renderAlerts,
    receivers: renderAlerts,
    timeline: () => renderRows("timeline"),
    replicas: renderReplicas,
  };

  function render() {
    const due = new Set([...dirty].map((name) => renderers[name]));
    dirty.clear();
    for (const renderer of due) renderer();
  }

  // What the server says.

  function take(news) {
    if (!news.cursor) return;
    state.cursor = news.cursor;
    clockOffset = news.at * 1000 - Date.now();
    for (const name of ["certificates", "routes", "alerts", "timeline"]) {
      const rows = state[name];
      if (news.isWhole) rows.clear();
      if (news.isWhole || news[name]) dirty.add(name);
      for (const [key, row] of Object.entries(news[name]?.set || {})) rows.set(key, Object.assign(row, { key }));
      for (const key of news[name]?.gone || []) rows.delete(key);
    }
    for (const name of ["summary", "problems", "traffic", "receivers", "replicas"]) {
      if (news[name] === undefined) continue;
      state[name] = news[name];
      dirty.add(name);
    }
    requestAnimationFrame(render);
  }

  let stream = null;
  let timer = null;
  let fetching = null;
  let missed = false;
  let lostSince = null;

  function say(text, tone) {
    const place = byId("connection");
    place.textContent = text;
    place.className = tone || "quiet";
  }

  function later(seconds, action) {
    clearTimeout(timer);
    timer = setTimeout(action, seconds * 1000);
  }

  async function ask() {
    const address = "api/v1/dashboard" + (state.cursor ? `?since=${encodeURIComponent(state.cursor)}` : "");
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
    // The session is over, or the token another one: the same address has the form.
    if (answer.status === 401 || answer.status === 403) { location.reload(); return false; }
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    take(await answer.json());
    return true;
  }

  // One question at a time; what came by the stream meanwhile is asked for again.
  function refresh() {
    if (fetching) { missed = true; return fetching; }
    fetching = ask().finally(() => { fetching = null; }).then((isDone) => {
      if (!missed) return isDone;
      missed = false;
      return refresh();
    });
    return fetching;
  }

  function lost() {
    lostSince ??= now();
    say(`No connection since ${clock(lostSince)}: this is what was known then`, "bad");
  }

  async function begin() {
    try {
      if (await refresh()) listen();
    } catch {
      lost();
      later(pollSeconds, begin);
    }
  }

  function listen() {
    if (!window.EventSource) return poll(Infinity);
    stream?.close();
    const source = new EventSource(`api/v1/events?since=${encodeURIComponent(state.cursor || "")}`);
    stream = source;
    source.addEventListener("open", () => { lostSince = null; say("Live"); });
    source.addEventListener("change", (event) => {
      if (fetching) missed = true;
      else take(JSON.parse(event.data));
    });
    source.addEventListener("reload", () => { refresh().catch(() => { source.close(); lost(); later(pollSeconds, begin); }); });
    source.addEventListener("error", () => {
      // The browser connects again by itself unless the server said no.
      if (source.readyState !== EventSource.CLOSED) return lost();
      if (stream === source) poll(streamAgainSeconds);
    });
  }

  // Without a stream: too many of them, or something between that does not let one through.
  async function poll(seconds) {
    stream = null;
    try {
      if (!(await refresh())) return;
      lostSince = null;
      say(`Asking every ${pollSeconds} s`);
    } catch {
      lost();
    }
    if (seconds <= 0) return listen();
    later(pollSeconds, () => poll(seconds - pollSeconds));
  }

  // Nobody looks at a tab in the background: the server need not work for it.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return later(hiddenSeconds, () => { stream?.close(); stream = null; say("Paused"); });
    clearTimeout(timer);
    if (!stream || stream.readyState === EventSource.CLOSED) begin();
  });

  // What time alone changes.
  function nextRenewal() {
    let next = Infinity;
    for (const row of state.certificates.values()) if (row.state !== "foreign" && row.renewAt > now() && row.renewAt < next) next = row.renewAt;
    byId("renewal").textContent = next === Infinity ? "" : `Next renewal ${when(next)}.`;
  }

  setInterval(() => {
    if (document.hidden) return;
    for (const name of ["certificates", "summary"]) dirty.add(name);
    requestAnimationFrame(render);
  }, 30000);

  byId("attention-list").textContent = "Loading…";
  begin();
})();
