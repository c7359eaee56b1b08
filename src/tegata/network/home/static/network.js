// Messages as they pass: dots along the lines of the map, rows of the log, the clock, the living figures.
"use strict";

(() => {
  const map = document.querySelector(".map");
  const log = document.querySelector("[data-log]");
  if (!map || !log || !window.EventSource) return;

  const TRAVEL_MS = 900;
  const GAP_MS = 140;
  const ROWS = 12;
  const ANSWERS = { "⑤": "⑨", "⑥": "⑧" };
  const svg = (name) => document.createElementNS("http://www.w3.org/2000/svg", name);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const pause = document.querySelector(".map-pause");
  const dots = map.querySelector(".map-dots");
  const waiting = [];
  let paused = false;
  let last = 0;

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
    if (paused) { waiting.length = 0; dots.replaceChildren(); }
  });

  const edgeOf = (one, other) =>
    map.querySelector(`[data-one="${one}"][data-other="${other}"]`) ||
    map.querySelector(`[data-one="${other}"][data-other="${one}"]`);

  const travel = (message, backwards) => {
    const edge = edgeOf(message.sender, message.receiver);
    if (!edge) return;
    edge.classList.add("is-busy");
    const done = () => edge.classList.remove("is-busy");
    if (still.matches) { window.setTimeout(done, TRAVEL_MS); return; }
    const forward = (edge.dataset.one === message.sender) !== backwards;
    const dot = svg("circle");
    const label = svg("text");
    const length = edge.getTotalLength();
    const step = backwards ? ANSWERS[message.step] || "" : message.step;
    dot.setAttribute("r", "9");
    dot.setAttribute("class", message.status >= 400 ? "map-dot is-refused" : "map-dot");
    label.setAttribute("class", "map-label");
    label.setAttribute("text-anchor", "middle");
    label.textContent = backwards ? step : `${step} ${message.what}`.trim();
    dots.append(dot, label);
    const began = performance.now();
    const frame = (now) => {
      const part = Math.min((now - began) / TRAVEL_MS, 1);
      const point = edge.getPointAtLength(length * (forward ? part : 1 - part));
      dot.setAttribute("cx", point.x);
      dot.setAttribute("cy", point.y);
      label.setAttribute("x", Math.min(Math.max(point.x, 80), 960));
      label.setAttribute("y", edge.dataset.label || point.y - 16);
      if (part < 1 && dot.isConnected) { window.requestAnimationFrame(frame); return; }
      dot.remove();
      label.remove();
      done();
      if (!backwards && step in ANSWERS && message.status < 400) travel(message, true);
    };
    window.requestAnimationFrame(frame);
  };

  const pump = () => {
    const now = performance.now();
    if (waiting.length && now - last >= GAP_MS) {
      last = now;
      travel(waiting.shift(), false);
    }
    if (waiting.length) window.setTimeout(pump, GAP_MS);
  };

  const nameOf = (actor) => log.getAttribute(`data-name-${actor}`) || actor;
  const labels = log.dataset.labels.split("|");

  const addRow = (message) => {
    const row = document.createElement("tr");
    const cells = [message.time, nameOf(message.sender), nameOf(message.receiver), null, `${Math.round(message.ms)} ms`];
    cells.forEach((text, index) => {
      const cell = document.createElement(index ? "td" : "th");
      if (index) cell.dataset.label = labels[index]; else cell.scope = "row";
      if (index === 4) cell.className = "number";
      if (index === 3) {
        const link = document.createElement("a");
        link.href = log.dataset.href + message.number;
        link.textContent = `${message.step} ${message.what}`.trim();
        cell.append(link);
        if (message.why) {
          const mark = document.createElement("span");
          mark.className = "status status-bad";
          mark.textContent = message.why;
          const code = document.createElement("span");
          code.className = "code";
          code.textContent = message.outcome;
          cell.append(" ", mark, " ", code);
        }
      } else {
        cell.textContent = text;
      }
      row.append(cell);
    });
    log.tBodies[0].prepend(row);
    while (log.tBodies[0].rows.length > ROWS) log.tBodies[0].deleteRow(-1);
    document.querySelector(".log-empty")?.remove();
  };

  const times = document.querySelectorAll("[data-clock], .band .clock time");
  const showClock = ({ now, text }) => times.forEach((time) => { time.dateTime = now; time.textContent = text; });

  const source = new EventSource(map.dataset.events);
  source.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    if (paused) return;
    addRow(message);
    if (document.hidden) return;
    waiting.push(message);
    if (waiting.length > 60) waiting.splice(0, waiting.length - 60);
    if (waiting.length === 1) pump();
  });
  const banner = document.querySelector("[data-work]");
  const kinds = { running: "info", done: "done", failed: "bad" };
  source.addEventListener("work", (event) => {
    const work = JSON.parse(event.data);
    banner.hidden = !work;
    if (!work) return;
    banner.className = `banner banner-${kinds[work.state]}`;
    banner.querySelector("[data-work-title]").textContent = work.title;
    banner.querySelector("[data-work-says]").textContent = work.says;
    const link = banner.querySelector("[data-work-link]");
    link.href = link.dataset.base + work.path;
  });
  source.addEventListener("clock", (event) => showClock(JSON.parse(event.data)));
  source.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    showClock(state);
    for (const { name, figure } of state.figures) {
      const box = map.querySelector(`[data-actor="${name}"] .map-figure`);
      if (box) box.textContent = figure || "—";
    }
  });
  window.addEventListener("pagehide", () => source.close());
})();
