// The page: its state, its keys, and what it shows first.

function refresh(keep = false) {
  performance.mark("refresh");
  const before = state.open;
  shown = select(state.query, state.sort);
  arrange();
  let at = keep ? rows.indexOf(before) : -1;
  if (at < 0) at = rows.findIndex((i) => i >= 0);
  state.cursor = Math.max(at, 0);
  state.open = at < 0 ? -1 : rows[at];
  overview(shown);
  filters();
  bar();
  empty();
  if (state.open >= 0) detail(state.open);
  draw(true);
  if (scrollY > $("work").offsetTop) scrollTo(0, $("work").offsetTop - 40);
  remember();
  say(`${counted(shown.length, "finding")} shown`);
  performance.measure("refresh", "refresh");
}

function toggle(one, value) {
  one.chosen.delete(value) || one.chosen.add(value);
  refresh(true);
}
function search(text) {
  state.query = text;
  refresh(true);
}
function clear() {
  for (const one of facets) one.chosen.clear();
  $("search").value = "";
  search("");
}

function empty() {
  const none = !shown.length, where = $("nothing");
  $("list").hidden = none;
  $("detail").hidden = none;
  where.hidden = !none;
  document.body.classList.toggle("clean", !size);
  if (!none) return;
  const [blobs, bytes, seconds] = data.stats;
  const much = `${counted(blobs, "object")}, ${amount(bytes)}, ${seconds.toFixed(1)} s`;
  if (size) where.replaceChildren(h("h2", {}, "Nothing matches"), h("p", {}, `None of the ${counted(size, "finding")} has all of this.`), button({ onclick: clear }, "Clear search and filters"));
  else if (data.missing) where.replaceChildren(h("h2", {}, "Nothing found in what could be read"), h("p", {}, `${much}. That is not all there is: see above.`));
  else where.replaceChildren(h("span", { class: "tick", "aria-hidden": "true" }, "✓"), h("h2", {}, "No credentials found"), h("p", {}, `${much}; nothing was left out.`));
}

function amount(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let n = 0;
  while (bytes >= 999.95 && n < 4) { bytes /= 1000; n++; }
  return `${bytes.toFixed(n ? 1 : 0)} ${units[n]}`;
}

// What could not be scanned comes before all else.
function alarm() {
  if (data.missing) {
    const faults = data.faults, few = faults.slice(0, 8), rest = data.missing - few.length;
    const line = ([kind, target, said]) => h("li", {}, h("code", {}, kind), h("bdi", {}, target), h("span", {}, said));
    $("alarm").replaceChildren(h("h2", {}, h("strong", {}, "Incomplete"), ` ${counted(data.missing, "thing")} could not be scanned`),
      h("p", {}, "There may be credentials in what was not read. This page is no proof of their absence."),
      h("ul", {}, few.map(line)),
      rest > 0 ? h("details", {}, h("summary", {}, `${number(rest)} more`), h("ul", {}, faults.slice(8).map(line)), data.missing > faults.length ? h("p", {}, `The first ${number(faults.length)} are listed; the JSON report has all.`) : "") : "");
    $("alarm").hidden = false;
  }
  if (data.secrets) {
    $("warning").replaceChildren(h("h2", {}, "This page holds secrets"), h("p", {}, "It was written with --show-secrets. Whoever has the file can read them: keep it to yourself, and delete it when you are done."));
    $("warning").hidden = false;
  }
}

// Filters are kept in the address, so that a view can be bookmarked; none of it is looked up anywhere.
let writing = "";
function remember() {
  const parts = new URLSearchParams();
  if (state.query) parts.set("q", state.query);
  for (const one of facets) for (const value of one.chosen) parts.append(one.key, one.labels[value]);
  if (stateFacet.chosen.size === 0 && past) parts.append("state", "any");
  if (state.group !== "secret") parts.set("group", state.group);
  if (state.sort !== "urgent") parts.set("sort", state.sort);
  if (state.open >= 0 && document.body.classList.contains("reading")) parts.set("finding", found.id[state.open]);
  const now = parts.size ? `#${parts}` : "";
  if (now === writing) return;
  writing = now;
  history.replaceState(null, "", now || location.href.split("#")[0]);
}
function idle() {
  if (prepare(1000)) setTimeout(idle, 20);
}
const past = found.state.some((value) => value !== OPEN);
function recall() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const one of facets) one.chosen.clear();
  for (const [key, value] of parts) {
    const one = byKey.get(key), n = one ? one.labels.indexOf(value) : -1;
    if (n >= 0) one.chosen.add(n);
  }
  if (past && !parts.has("state") && !parts.has("finding")) stateFacet.chosen.add(OPEN);
  state.query = parts.get("q") ?? "";
  state.group = Object.hasOwn(GROUPS, parts.get("group") ?? "") ? parts.get("group") : "secret";
  state.sort = Object.hasOwn(SORTS, parts.get("sort") ?? "") ? parts.get("sort") : "urgent";
  $("search").value = state.query;
  state.open = found.id.indexOf(parts.get("finding") ?? "");
  if (state.open >= 0) document.body.classList.add("reading");
  refresh(true);
}

function back() {
  document.body.classList.remove("reading");
  remember();
  reveal();
  $("list").focus({ preventScroll: true });
}
function read() {
  if (rows[state.cursor] < 0) { pick(state.cursor, true); return; }
  pick(state.cursor, true);
  $("detail").focus({ preventScroll: true });
}

const KEYS = [
  ["j  ↓", "next"], ["k  ↑", "previous"], ["Home  End", "first, last"], ["Page ↑ ↓", "ten rows"],
  ["Enter", "open the finding, or fold a group"], ["Esc", "back to the list; clear the search"],
  ["/", "search"], ["g", "group by the next thing"], ["c", "copy the fingerprint"], ["t", "colours: auto, light, dark"], ["?", "these keys"],
];
function help() {
  const dialog = $("help");
  dialog.replaceChildren(h("h2", { id: "help-title" }, "Keys"), h("dl", {}, KEYS.map(([key, said]) => [h("dt", {}, key.split("  ").map((one) => h("kbd", {}, one))), h("dd", {}, said)])),
    h("p", { class: "calm" }, "Several words in the search must all be there. Values of one filter are alternatives; filters add up."),
    button({ onclick: () => dialog.close() }, "Close"));
  dialog.showModal();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const at = event.target, typing = at.matches("input:not([type=checkbox]), textarea, select");
  if (event.key === "Escape") {
    if (typing && at.value && at.id === "search") { at.value = ""; search(""); }
    else back();
    return;
  }
  if (typing) {
    if (at.id === "search" && (event.key === "Enter" || event.key === "ArrowDown")) { event.preventDefault(); $("list").focus({ preventScroll: true }); reveal(); }
    return;
  }
  const inList = at === $("list") || at === document.body, move = { j: 1, k: -1 }[event.key]
    ?? (inList ? { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -rows.length, End: rows.length }[event.key] : undefined);
  const act = {
    "/": () => { $("search").focus(); $("search").select(); },
    "?": help,
    t: () => theme(),
    g: () => { const keys = Object.keys(GROUPS); state.group = keys[(keys.indexOf(state.group) + 1) % keys.length]; refresh(true); },
    c: () => state.open >= 0 && $("detail").querySelector(".copied .copy")?.click(),
    Enter: inList ? read : undefined,
  }[event.key];
  if (move) pick(state.cursor + move);
  else if (act) act();
  else return;
  event.preventDefault();
}

// Paper has no scroll bars: what is shown is written out, as far as anybody would print it.
const PAPER = 200;
function paper() {
  const listed = shown.slice(0, PAPER).map((i) => h("article", {}, parts(i).filter(Boolean)));
  if (shown.length > PAPER) listed.push(h("p", {}, `${number(shown.length - PAPER)} more findings are not printed; narrow the filters to print them.`));
  $("paper").replaceChildren(...listed);
}

function start() {
  document.title = data.title ? `${data.title} · stanch` : "stanch";
  $("title").replaceChildren(h("span", {}, "stanch"), ...(data.title ? [" ", h("bdi", {}, data.title)] : []));
  const read = data.stats[0] ? `${amount(data.stats[1])} in ${data.stats[2].toFixed(1)} s` : "nothing new to read";
  $("made").textContent = `${day(data.made)} · ${read} · ${number(data.tool.rules)} rules · ${data.tool.version}`;
  theme("auto");
  alarm();
  recall();
  $("theme").addEventListener("click", () => theme());
  $("keys").addEventListener("click", help);
  $("filters").addEventListener("click", () => $("filters").setAttribute("aria-expanded", String(document.body.classList.toggle("filtering"))));
  let waiting = 0;
  $("search").addEventListener("input", (event) => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(() => search(event.target.value)); });
  addEventListener("keydown", press);
  addEventListener("scroll", () => draw(), { passive: true });
  addEventListener("resize", () => draw());
  addEventListener("hashchange", () => { if (location.hash !== writing && !["#list"].includes(location.hash)) recall(); });
  addEventListener("beforeprint", paper);
  addEventListener("afterprint", () => $("paper").replaceChildren());
}
start();
setTimeout(idle, 200);
