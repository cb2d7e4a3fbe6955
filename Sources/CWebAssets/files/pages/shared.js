"use strict";

/* What both pages are built from: elements, words of state, times, figures and charts. Text comes in as text, never as markup. */
const page = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      node.setAttribute(name, value === true ? "" : String(value));
    }
    node.append(...children.filter((child) => child !== null && child !== undefined).map((child) =>
      child instanceof Node ? child : String(child)));
    return node;
  };
  const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
  const drawn = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const find = (id) => document.getElementById(id);

  /* Only what has changed is written: a reader of the screen is not told the same again, and a selection stays. */
  const say = (node, text) => { if (node.textContent !== String(text)) node.textContent = String(text); };
  const badge = (word, kind = "") => element("span", { class: `badge ${kind}` }, word);

  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
  const number = (value) => (typeof value === "number" && Number.isFinite(value) ? value : 0);

  const milliseconds = (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return "–";
    if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
    return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  };
  const span = (seconds) => {
    const value = Math.max(0, Math.floor(seconds));
    if (value < 60) return `${value} s`;
    if (value < 3600) return `${Math.floor(value / 60)} min ${value % 60} s`;
    if (value < 86400) return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} min`;
    return `${Math.floor(value / 86400)} d ${Math.floor((value % 86400) / 3600)} h`;
  };
  /* Seconds since an RFC 3339 time; null where there is none. */
  const age = (text, now = Date.now()) => {
    const at = Date.parse(text ?? "");
    return Number.isNaN(at) ? null : Math.max(0, (now - at) / 1000);
  };
  const ago = (text, now) => {
    const seconds = age(text, now);
    if (seconds === null) return "never";
    return seconds < 1 ? "just now" : `${span(seconds)} ago`;
  };
  const clock = (text) => {
    const at = new Date(text ?? "");
    return Number.isNaN(at.getTime()) ? "–" : at.toLocaleTimeString("en-GB");
  };

  const states = { fresh: "ok", cached: "ok", stale: "warn", missing: "bad" };
  const qualities = { complete: "ok", degraded: "warn", unavailable: "bad" };
  const words = (text) => String(text ?? "").replaceAll("_", " ");

  /* Rows into the body of a table; a cell is text, a node, or an array of one of them and a class. */
  const rows = (body, list, empty) => {
    if (list.length === 0) {
      const columns = body.closest("table").querySelectorAll("thead th").length;
      body.replaceChildren(element("tr", {}, element("td", { colspan: columns, class: "empty" }, empty)));
      return;
    }
    body.replaceChildren(...list.map((cells) => element("tr", {}, ...cells.map((cell, place) => {
      const [content, style] = Array.isArray(cell) ? cell : [cell, ""];
      return element(place === 0 ? "th" : "td", { class: style, scope: place === 0 ? "row" : null }, content);
    }))));
  };

  /* Bars, one a group: {name, value, figure}. */
  const bars = (svg, list, title, description) => {
    const width = Math.max(300, (svg.parentElement.clientWidth || 676) - 36);
    const [height, bottom, head] = [width < 420 ? 220 : 290, 26, 22];
    const top = Math.max(...list.map((bar) => bar.value), 1e-9);
    const step = width / Math.max(list.length, 1);
    const y = (value) => height - bottom - (Math.max(0, value) / top) * (height - bottom - head);
    const wide = Math.min(step * 0.62, 64);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.replaceChildren(
      drawn("title", { id: `${svg.id}-title` }, title), drawn("desc", { id: `${svg.id}-desc` }, description),
      drawn("line", { class: "axis", x1: 0, x2: width, y1: height - bottom, y2: height - bottom }),
      ...list.flatMap((bar, place) => {
        const middle = step * (place + 0.5);
        return [
          drawn("rect", { class: "bar", x: middle - wide / 2, width: wide, y: y(bar.value),
            height: Math.max(1, height - bottom - y(bar.value)), rx: 4 }, drawn("title", {}, `${bar.name}: ${bar.figure}`)),
          drawn("text", { class: "figure", x: middle, y: y(bar.value) - 6, "text-anchor": "middle" }, step > 44 ? bar.figure : ""),
          drawn("text", { x: middle, y: height - 8, "text-anchor": "middle" }, step > 30 || place % 2 === 0 ? bar.name : ""),
        ];
      }),
      list.length ? "" : drawn("text", { class: "nothing", x: width / 2, y: height / 2, "text-anchor": "middle" }, description));
  };

  /* A line through the last samples; null is where nothing was seen. */
  const spark = (svg, samples, title) => {
    const [width, height, pad] = [240, 46, 4];
    const seen = samples.map((value, place) => [place, value]).filter(([, value]) => value !== null);
    const top = Math.max(...seen.map(([, value]) => value), 1);
    const at = ([place, value]) => [
      (place / Math.max(samples.length - 1, 1)) * (width - 2 * pad) + pad, height - pad - (value / top) * (height - 2 * pad)];
    const points = seen.map(at);
    const path = points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    const last = points.at(-1);
    svg.replaceChildren(
      drawn("title", {}, title), drawn("line", { class: "base", x1: 0, x2: width, y1: height - 1, y2: height - 1 }),
      ...(points.length > 1
        ? [drawn("path", { class: "fill", d: `${path}L${last[0].toFixed(1)} ${height}L${points[0][0].toFixed(1)} ${height}Z` }),
          drawn("path", { class: "line", d: path })]
        : []),
      ...(points.length === 1 ? [drawn("circle", { class: "dot", cx: last[0], cy: last[1], r: 3 })] : []));
  };

  return {
    element, drawn, find, say, badge, whole, short, percent, number, milliseconds, span, age, ago, clock, states, qualities, words,
    rows, bars, spark,
  };
})();
