"use strict";

/* The demo's dashboard: what a front end builds from the two endpoints, and switches that break the services behind them. */
(() => {
  const { element, find, say, badge, whole, short, percent, number, milliseconds, span, age, clock, states, qualities, words,
    rows, bars } = page;

  const services = [
    { name: "users", title: "Users", label: "microservice1", section: "users" },
    { name: "accounts", title: "Accounts", label: "microservice2", section: "scraped_accounts" },
    { name: "metrics", title: "Metrics", label: "microservice3", section: "metrics" },
    { name: "dashboard", title: "Dashboard", label: "microservice4", section: "dashboard_data" },
  ];
  const faults = [
    ["none", "Healthy"], ["slow:1s", "Slow"], ["hang", "Hangs"], ["status:503", "503"], ["refuse", "Refuses"],
    ["garbage", "Garbage"], ["flaky:50", "Flaky"],
  ];
  const shownHeaders = ["Cache-Control", "Age", "ETag", "Cache-Status", "Server-Timing", "Proxy-Status", "X-Request-Id"];
  /* The page would rather have a partial answer soon than wait for one who hangs. */
  const patience = 3;
  const pause = 2000;

  let last = null;
  let timer = 0;
  let round = 0;
  let pendingFaults = 0;

  // MARK: Asking

  const ask = async (path) => {
    const user = find("user").value.trim();
    const started = performance.now();
    const answer = await fetch(path + (user ? `?user_id=${encodeURIComponent(user)}` : ""), {
      headers: { Accept: "application/json", Prefer: `wait=${patience}` }, cache: "no-store",
    });
    return { status: answer.status, headers: answer.headers, body: await answer.json(), took: performance.now() - started };
  };

  const refresh = async () => {
    clearTimeout(timer);
    const mine = ++round;
    find("busy").classList.add("on");
    let answers = null;
    try {
      answers = await Promise.all([ask("/api/dashboard/consolidated"), ask("/api/dashboard/summary")]);
      await readFaults();
    } catch { /* The banner says so. */ }
    /* Somebody has asked since: that answer counts. */
    if (mine !== round) return;
    find("busy").classList.remove("on");
    plan();
    if (answers) show(...answers); else unreachable();
  };

  const plan = () => {
    clearTimeout(timer);
    if (find("auto").checked && !document.hidden) timer = setTimeout(refresh, pause);
  };

  // MARK: Showing

  const banner = (kind, text, small) => {
    if (find("banner").className !== `banner ${kind}`) find("banner").className = `banner ${kind}`;
    say(find("verdict"), text);
    say(find("timing"), small);
  };

  const unreachable = () => {
    banner("bad", "The gateway cannot be reached. Is it still running?", "What is below is from before.");
    last = null;
  };

  const show = (consolidated, summary) => {
    last = { consolidated, summary };
    showHeaders("consolidated", consolidated);
    showHeaders("summary", summary);
    const metadata = consolidated.status === 200 ? consolidated.body.metadata : consolidated.body;
    showVerdict(consolidated, metadata);
    showServices(metadata, consolidated);
    if (consolidated.status === 200) showItems(consolidated.body);
    if (summary.status === 200) showSummary(summary.body); else noSummary();
    tick();
  };

  const showVerdict = (answer, metadata) => {
    const took = `${answer.status} in ${milliseconds(answer.took)}, ${clock(new Date().toISOString())}`;
    if (answer.status === 400) return banner("bad", words(answer.body.detail ?? "The user id was refused."), took);
    if (answer.status !== 200) return banner("bad", `No document: ${answer.body.detail ?? answer.body.title ?? "nothing is there."}`, took);
    const sections = Object.entries(metadata.sections ?? {});
    const refreshing = (it) => it.reason === "revalidating";
    const [stale, missing] = ["stale", "missing"].map((state) =>
      sections.filter(([, it]) => it.state === state && !refreshing(it)).map(([name]) => words(name)));
    /* The same words for both: that data is being refreshed is nothing to be told aloud every few seconds. */
    const calm = "All four sections are there.";
    if (metadata.complete) return banner("ok", calm, took);
    if (sections.every(([, it]) => states[it.state] === "ok" || refreshing(it))) {
      return banner("note", calm, `some are being refreshed; ${took}`);
    }
    const parts = [];
    if (missing.length) parts.push(`${missing.join(", ")} missing`);
    if (stale.length) parts.push(`${stale.join(", ")} from before`);
    banner(missing.length ? "bad" : "warn", `Partial: ${parts.join("; ")}. The page still works.`, took);
  };

  const timings = (headers) => Object.fromEntries((headers.get("Server-Timing") ?? "").split(",").map((entry) => {
    const [name, ...parameters] = entry.trim().split(";");
    return [name, Number(parameters.find((it) => it.startsWith("dur="))?.slice(4))];
  }));

  const showServices = (metadata, answer) => {
    const took = timings(answer.headers);
    for (const service of services) {
      const word = metadata?.services_status?.[service.label];
      const section = metadata?.sections?.[service.section];
      const kind = word === "ok" ? "ok" : word === "no_data" ? "warn" : word ? "bad" : "";
      find(`service-${service.name}`).className = `card service is-${kind}`;
      const light = find(`light-${service.name}`);
      light.className = `badge ${kind}`;
      say(light, word ? words(word) : "not known");
      say(find(`took-${service.name}`), took[service.name] === 0 ? "from the cache" : milliseconds(took[service.name]));
      find(`state-${service.name}`).replaceChildren(badge(section?.state ?? "–", states[section?.state] ?? ""));
      say(find(`reason-${service.name}`), section?.reason ? words(section.reason) : "–");
    }
  };

  const showItems = (body) => {
    const items = body.metrics?.items ?? [];
    say(find("posts-count"), `${Math.min(items.length, 10)} of ${whole.format(number(body.metrics?.count))}`);
    rows(find("posts"), items.slice(0, 10).map((item) => [
      item.usernameTiktokAccount || "–", [element("code", {}, item.postId), "optional"], item.datePosted,
      [whole.format(number(item.views)), "right"], [whole.format(number(item.likes)), "right optional"],
      [percent.format(number(item.engagement)), "right"],
    ]), "No posts");
    showEngagement(items);
  };

  const showEngagement = (items) => {
    const months = new Map();
    for (const item of items) {
      const month = /^\d{4}-\d{2}/.exec(item.datePosted ?? "")?.[0];
      if (month) months.set(month, [...(months.get(month) ?? []), number(item.engagement)]);
    }
    const list = [...months].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-12).map(([month, values]) => ({
      month, count: values.length, value: values.reduce((sum, value) => sum + value, 0) / values.length,
    }));
    const name = (month) => new Date(`${month}-01T00:00:00Z`).toLocaleDateString("en", { month: "short", timeZone: "UTC" });
    const best = list.reduce((top, it) => (it.value > (top?.value ?? -1) ? it : top), null);
    bars(find("engagement"),
      list.map((it) => ({ name: name(it.month), value: it.value, figure: percent.format(it.value) })),
      "Mean engagement of posts by month",
      best ? `${list.length} months; the highest is ${best.month} with ${percent.format(best.value)}.` : "No dated posts.");
    rows(find("engagement-rows"), list.map((it) => [it.month, [whole.format(it.count), "right"], [percent.format(it.value), "right"]]),
      "No dated posts");
  };

  const quality = (part) => badge(part?.quality ?? "–", qualities[part?.quality] ?? "");

  const showSummary = (body) => {
    const { summary, rankings, trends, metadata } = body;
    const derived = metadata?.derived ?? {};
    for (const part of ["summary", "rankings", "trends"]) find(`${part}-quality`).replaceChildren(quality(derived[part]));
    /* Nothing counted is not zero counted. */
    const figures = [
      ["Users", "users", short.format(number(summary.total_users))],
      ["Accounts", "scraped_accounts", short.format(number(summary.total_accounts))],
      ["Views", "metrics", short.format(number(summary.total_views))], ["Likes", "metrics", short.format(number(summary.total_likes))],
      ["Interactions", "metrics", short.format(number(summary.total_interactions))],
      ["Mean engagement", "metrics", percent.format(number(summary.average_engagement))],
    ];
    find("totals").replaceChildren(...figures.map(([name, section, value]) =>
      element("div", { class: "tile" }, element("dt", {}, name),
        element("dd", {}, metadata.sections[section]?.state === "missing" ? "–" : value))));
    const word = { increasing: ["↗ increasing", "ok"], decreasing: ["↘ decreasing", "warn"], stable: ["→ stable", "note"] }[trends.engagement_trend];
    find("trend").replaceChildren(word
      ? badge(`${word[0]} ${number(trends.growth_rate).toFixed(1)} %`, "plain") : badge("too little data"));
    rows(find("top-users"), rankings.top_users.map((it) => [`#${it.user_id}`, it.email, [whole.format(number(it.accounts_count)), "right"]]),
      "Nobody to rank");
    rows(find("top-accounts"), rankings.top_accounts.map((it) => [
      it.account, [whole.format(number(it.post_count)), "right optional"], [short.format(number(it.total_views)), "right"],
      [number(it.total_engagement).toFixed(2), "right"]]), "No account to rank");
    rows(find("best-posts"), rankings.best_engagement.map((it) => [
      it.account, [short.format(number(it.views)), "right"], [short.format(number(it.likes)), "right optional"],
      [percent.format(number(it.engagement)), "right"]]), "No post to rank");
  };

  /* What is shown is from before, and says so. */
  const noSummary = () => {
    for (const part of ["summary", "rankings", "trends"]) find(`${part}-quality`).replaceChildren(badge("unavailable", "bad"));
  };

  const showHeaders = (name, answer) => {
    find(`${name}-status`).replaceChildren(badge(`HTTP ${answer.status}`, answer.status === 200 ? "ok" : "bad"));
    find(`${name}-headers`).replaceChildren(...shownHeaders.flatMap((header) => {
      const value = answer.headers.get(header);
      if (value === null) return [];
      /* A member a line. */
      const lines = ["Cache-Status", "Server-Timing", "Proxy-Status"].includes(header) ? value.split(/,\s*/) : [value];
      return [element("dt", {}, header), element("dd", { class: "code" }, ...lines.map((line) => element("div", {}, line)))];
    }));
  };

  /* Once a second: ages grow also while nobody asks. */
  const tick = () => {
    const body = last?.consolidated.body;
    const sections = body?.metadata?.sections ?? body?.sections ?? {};
    for (const service of services) {
      const seconds = age(sections[service.section]?.fetched_at);
      say(find(`age-${service.name}`), seconds === null ? "–" : span(seconds));
    }
    rows(find("sections"), Object.entries(sections).map(([name, it]) => {
      const seconds = age(it.fetched_at);
      return [words(name), badge(it.state, states[it.state]), [seconds === null ? "–" : span(seconds), "right"], it.reason ? words(it.reason) : "–"];
    }), "Nothing is known yet");
    const derived = last?.summary.status === 200 ? last.summary.body.metadata.derived : {};
    rows(find("derived"), Object.entries(derived ?? {}).map(([name, it]) => {
      const seconds = age(it.as_of);
      return [words(name), quality(it), [seconds === null ? "–" : span(seconds), "right"], [it.based_on.map(words).join(", ") || "nothing", "optional"]];
    }), "Nothing could be computed");
  };

  // MARK: Breaking

  const serviceCard = (service) => element("article", { id: `service-${service.name}`, class: "card service", "aria-labelledby": `title-${service.name}` },
    element("header", {}, element("h3", { id: `title-${service.name}` }, service.title),
      element("span", { id: `light-${service.name}`, class: "badge" }, "not known")),
    element("dl", { class: "facts" },
      element("dt", {}, "Answered in"), element("dd", { id: `took-${service.name}` }, "–"),
      element("dt", {}, "Its section"), element("dd", { id: `state-${service.name}` }, "–"),
      element("dt", {}, "Age of the data"), element("dd", { id: `age-${service.name}` }, "–"),
      element("dt", {}, "Reason"), element("dd", { id: `reason-${service.name}` }, "–")),
    element("fieldset", {}, element("legend", {}, `Break or heal ${service.name}`),
      element("div", { class: "chips" }, ...faults.map(([value, name]) => {
        const input = element("input", { type: "radio", name: `fault-${service.name}`, value, checked: value === "none" });
        input.addEventListener("change", () => setFault(service.name, value));
        return element("label", {}, input, element("span", {}, name));
      }))));

  const mark = (name, fault) => {
    const known = faults.some(([value]) => value === fault);
    for (const input of document.getElementsByName(`fault-${name}`)) input.checked = known && input.value === fault;
  };

  const setFault = async (name, fault) => {
    pendingFaults += 1;
    try {
      const answer = await fetch(`/demo/faults/${name}`, { method: "PUT", body: fault, headers: { "Content-Type": "text/plain" } });
      if (!answer.ok) banner("bad", `The fault could not be set: HTTP ${answer.status}.`, "");
    } catch {
      unreachable();
    } finally {
      pendingFaults -= 1;
    }
    refresh();
  };

  /* Somebody else may have broken a service: with curl, or on another page. */
  const readFaults = async () => {
    const answer = await fetch("/demo/faults", { cache: "no-store" });
    const known = await answer.json();
    if (pendingFaults === 0) for (const { name } of services) mark(name, known[name]);
  };

  const healAll = async () => {
    for (const { name } of services) mark(name, "none");
    await Promise.all(services.map(({ name }) => setFault(name, "none")));
  };

  const purge = async () => {
    await fetch("/demo/purge", { method: "POST" }).catch(unreachable);
    refresh();
  };

  // MARK: Beginning

  find("services").replaceChildren(...services.map(serviceCard));
  find("refresh").addEventListener("click", refresh);
  find("auto").addEventListener("change", () => (find("auto").checked ? refresh() : clearTimeout(timer)));
  find("heal").addEventListener("click", healAll);
  find("purge").addEventListener("click", purge);
  find("filter").addEventListener("submit", (event) => { event.preventDefault(); refresh(); });
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : refresh()));
  window.addEventListener("resize", () => { if (last?.consolidated.status === 200) showItems(last.consolidated.body); });
  setInterval(tick, 1000);
  refresh();
})();
