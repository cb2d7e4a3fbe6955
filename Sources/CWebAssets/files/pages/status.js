"use strict";

/* The status page: a snapshot a second, as server-sent events. Read by fetch and not by an EventSource, which could not bring a token. */
(() => {
  const { element, drawn, find, say, badge, whole, short, percent, number, milliseconds, span, age, ago, clock, states, words, rows,
    spark } = page;

  const shortestPause = 1000;
  const longestPause = 10000;
  /* A stream that says nothing for so long is dead, whatever its connection says. */
  const patience = 5000;
  const storage = "tributary.status.token";

  let control = null;
  let pause = shortestPause;
  let timer = 0;
  let latest = null;
  let isPaused = false;
  const cards = new Map();

  // MARK: Listening

  const token = {
    get: () => { try { return sessionStorage.getItem(storage); } catch { return null; } },
    set: (value) => { try { value ? sessionStorage.setItem(storage, value) : sessionStorage.removeItem(storage); } catch { /* kept nowhere */ } },
  };

  const live = (word, kind) => {
    find("live").className = `badge ${kind}`;
    say(find("live"), word);
  };

  const listen = async () => {
    clearTimeout(timer);
    control?.abort();
    const mine = (control = new AbortController());
    const known = token.get();
    let watch = 0;
    const alive = () => { clearTimeout(watch); watch = setTimeout(() => mine.abort(), patience); };
    try {
      alive();
      const answer = await fetch("/status/events", {
        headers: known ? { Authorization: `Bearer ${known}` } : {}, cache: "no-store", signal: mine.signal,
      });
      if (answer.status === 401) return askForToken(known);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      find("door").hidden = true;
      await read(answer.body, alive);
    } catch { /* It is tried again below; the badge says so. */ } finally { clearTimeout(watch); }
    if (control !== mine || isPaused || document.hidden) return;
    live("lost, trying again", "bad");
    timer = setTimeout(listen, pause);
    pause = Math.min(pause * 2, longestPause);
  };

  /* Events are parted by blank lines; a line that begins with a colon is a sign of life. */
  const read = async (body, alive) => {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      rest += value;
      const events = rest.split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const lines = event.split("\n");
        if (lines.some((line) => line.startsWith("event:"))) continue;
        const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
        if (!data) continue;
        /* A mistake of this page is no loss of the connection. */
        try { show(JSON.parse(data)); } catch (error) { console.error(error); }
      }
    }
  };

  const askForToken = (known) => {
    token.set(null);
    live("needs the token", "warn");
    find("board").hidden = true;
    find("door").hidden = false;
    say(find("door-trouble"), known ? "That is not the token." : "");
    find("token").focus();
  };

  // MARK: Showing

  const show = (status) => {
    latest = status;
    pause = shortestPause;
    live("live", "ok");
    find("board").hidden = false;
    showVerdict(status);
    showTiles(status);
    showServices(status);
    showSections(status);
    rows(find("partial"), status.partial.map((it) => [
      element("time", { datetime: it.at, title: it.at }, ago(it.at, Date.parse(status.at))),
      element("span", { class: "list" }, ...it.sections.map((section) => element("span", { class: "pair" },
        badge(section.state, states[section.state] ?? ""), ` ${words(section.section)}: ${words(section.reason)}`))),
      element("code", {}, it.route), element("code", { class: "soft" }, it.request_id),
    ]), "None: every answer was complete");
  };

  const kinds = { healthy: "ok", unhealthy: "bad", timeout: "bad", unknown: "" };

  const showVerdict = (status) => {
    const down = status.services.filter((it) => it.state === "unhealthy" || it.state === "timeout").map((it) => it.name);
    const guarded = status.services.filter((it) => it.circuit !== "closed" && !down.includes(it.name)).map((it) => it.name);
    const troubled = [...down, ...guarded];
    const kind = !status.ready || troubled.length === status.services.length ? "bad" : troubled.length ? "warn" : "ok";
    const text = !status.ready ? "Draining: this process is about to end."
      : troubled.length === 0 ? "Everything that is known is well."
        : `${troubled.join(", ")} ${troubled.length === 1 ? "is" : "are"} not well. Answers go out with what there is.`;
    find("banner").className = `banner ${kind}`;
    say(find("verdict"), text);
    say(find("moment"), `${clock(status.at)}`);
  };

  const bytes = (value) => {
    const units = ["B", "KB", "MB", "GB"];
    let [size, unit] = [number(value), 0];
    while (size >= 1024 && unit < units.length - 1) { size /= 1024; unit += 1; }
    return `${size < 10 && unit ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
  };

  const tile = (id, text, small = "") => {
    const node = find(id);
    if (node.dataset.said === `${text}|${small}`) return;
    node.dataset.said = `${text}|${small}`;
    node.replaceChildren(element("span", {}, text), element("small", { class: "soft" }, small));
  };

  const showTiles = (status) => {
    tile("version", status.version);
    tile("uptime", span(status.uptime_s), `since ${clock(status.started_at)}`);
    tile("replicas", status.replicas === null ? "not known" : whole.format(status.replicas),
      status.replicas === null ? "no word from a Redis" : "this one among them");
    tile("redis", status.redis === null ? "none" : status.redis.connected ? "connected" : "away",
      status.redis === null ? "nothing is shared" : status.redis.error && !status.redis.connected ? words(status.redis.error) : `circuit ${words(status.redis.circuit)}`);
    tile("cache", status.cache === null ? "off" : bytes(status.cache.bytes),
      status.cache === null ? "" : `${short.format(status.cache.entries)} entries, room for ${bytes(status.cache.capacity)}`);
    const { reloads, refused, refused_at: refusedAt, in_use_since: since } = status.configuration;
    tile("reloads", refusedAt ? "refused" : reloads ? `${whole.format(reloads)} reload${reloads === 1 ? "" : "s"}` : "as started",
      refusedAt ? `last try ${ago(refusedAt, Date.parse(status.at))}` : `since ${clock(since)}${refused ? `, ${refused} refused` : ""}`);
  };

  const card = (name) => {
    const parts = { light: badge("unknown"), chart: drawn("svg", { class: "spark", role: "img" }), range: element("span", {}) };
    const fact = (key) => (parts[key] = element("dd", {}, "–"));
    parts.node = element("article", { class: "card service", "aria-labelledby": `service-${name}`, id: `card-${name}` },
      element("header", {}, element("h3", { id: `service-${name}` }, name), parts.light), parts.chart,
      element("p", { class: "range soft small" }, parts.range, element("span", {}, "60 s")),
      element("dl", { class: "facts" },
        element("dt", {}, "Latency"), fact("latency"), element("dt", {}, "Success"), fact("success"),
        element("dt", {}, "Breaker"), fact("circuit"), element("dt", {}, "In flight"), fact("flight"),
        element("dt", {}, "Last success"), fact("last"), element("dt", {}, "Reason"), fact("reason")));
    return parts;
  };

  const showServices = (status) => {
    const now = Date.parse(status.at);
    const names = status.services.map((it) => it.name);
    for (const name of [...cards.keys()]) if (!names.includes(name)) { cards.get(name).node.remove(); cards.delete(name); }
    for (const it of status.services) {
      if (!cards.has(it.name)) {
        cards.set(it.name, card(it.name));
        find("services").append(cards.get(it.name).node);
      }
      const parts = cards.get(it.name);
      const kind = kinds[it.state] ?? "";
      parts.node.className = `card service is-${it.circuit === "closed" ? kind : "bad"}`;
      parts.light.className = `badge ${kind}`;
      say(parts.light, it.state);
      const seen = it.latencies_ms.filter((value) => value !== null);
      const range = seen.length > 1 ? `${milliseconds(Math.min(...seen))} to ${milliseconds(Math.max(...seen))}`
        : seen.length ? milliseconds(seen[0]) : "nothing asked";
      spark(parts.chart, [...Array(Math.max(0, 60 - it.latencies_ms.length)).fill(null), ...it.latencies_ms],
        `Latency of ${it.name} in the last minute: ${range}`);
      say(parts.latency, it.latency_ms === null ? "–" : milliseconds(it.latency_ms));
      say(parts.range, range);
      say(parts.success, it.checked_at === null ? "–" : percent.format(it.success_rate));
      if (parts.circuit.textContent !== words(it.circuit)) {
        parts.circuit.replaceChildren(badge(words(it.circuit), { closed: "ok", open: "bad", half_open: "warn" }[it.circuit]));
      }
      say(parts.flight, whole.format(it.in_flight) + (it.queued ? ` and ${whole.format(it.queued)} queued` : ""));
      say(parts.last, ago(it.last_success_at, now));
      say(parts.reason, it.reason ?? (it.state === "timeout" ? "no answer in time" : "–"));
    }
  };

  const showSections = (status) => {
    const now = Date.parse(status.at);
    rows(find("sections"), status.sections.map((it) => {
      const { memory, shared, fetched, joined, stale, missing } = it.answers;
      const all = memory + shared + fetched + joined + stale + missing;
      const part = (value) => (all === 0 ? "–" : percent.format(value / all));
      const seconds = age(it.fetched_at, now);
      const meter = element("span", { class: "meter", role: "img",
        "aria-label": all === 0 ? "not asked yet" : `memory ${part(memory)}, Redis ${part(shared)}, stale ${part(stale)}` });
      for (const [style, value] of [["memory", memory], ["shared", shared], ["stale", stale]]) {
        const bar = element("i", { class: style });
        bar.style.width = `${all === 0 ? 0 : (value / all) * 100}%`;
        meter.append(bar);
      }
      return [words(it.name),
        element("span", { class: "pair" }, badge(it.state ?? "not asked", states[it.state] ?? ""), it.reason ? ` ${words(it.reason)}` : ""),
        [seconds === null ? "–" : span(seconds), "right"], [meter, "wide"], [part(memory), "right"], [part(shared), "right"],
        [part(stale), "right"], [part(missing), "right"], [short.format(all), "right"]];
    }), "There are no sections");
  };

  // MARK: Beginning

  const stop = (word) => { clearTimeout(timer); control?.abort(); control = null; live(word, "note"); };

  find("pause").addEventListener("click", () => {
    isPaused = !isPaused;
    find("pause").setAttribute("aria-pressed", String(isPaused));
    say(find("pause"), isPaused ? "Go on" : "Pause");
    if (isPaused) stop("paused"); else listen();
  });
  find("door").addEventListener("submit", (event) => {
    event.preventDefault();
    token.set(find("token").value.trim());
    find("token").value = "";
    listen();
  });
  /* Who does not look is not told. */
  document.addEventListener("visibilitychange", () => {
    if (isPaused || !find("door").hidden) return;
    if (document.hidden) stop("resting"); else listen();
  });
  listen();
})();
