// The list: only the rows that are on the screen exist, however many there are.

const ROW = 58, GROUP = 38;
const state = { query: "", sort: "urgent", group: "secret", open: -1, cursor: 0 };
let shown = [], rows = [], tops = new Float64Array(1), collapsed = new Set();
const GROUPS = { secret: "Secret", repository: "Repository", provider: "Provider", author: "Author" };

// Rows are findings; a group's own row is -1 - its number in `groups`.
let groups = [];
function arrange() {
  rows = [];
  groups = [];
  if (state.group === "secret") rows = shown;
  else {
    const one = byKey.get(state.group), members = new Map();
    for (const i of shown) {
      const values = one.flat.subarray(one.from[i], one.from[i + 1]);
      for (const value of values.length ? values : [-1]) {
        if (!members.has(value)) members.set(value, []);
        members.get(value).push(i);
      }
    }
    const sorted = [...members].sort((a, b) => (a[0] < 0) - (b[0] < 0) || b[1].length - a[1].length || (one.labels[a[0]] < one.labels[b[0]] ? -1 : 1));
    for (const [value, inside] of sorted) {
      const name = value < 0 ? `no ${one.label.toLowerCase()} known` : one.labels[value];
      groups.push({ name, size: inside.length, key: `${state.group}:${name}` });
      rows.push(-groups.length);
      if (!collapsed.has(groups.at(-1).key)) for (const i of inside) rows.push(i);
    }
  }
  tops = new Float64Array(rows.length + 1);
  for (let n = 0; n < rows.length; n++) tops[n + 1] = tops[n] + (rows[n] < 0 ? GROUP : ROW);
}

const rowAt = (y) => {
  let low = 0, high = rows.length;
  while (low < high) { const middle = (low + high) >> 1; if (tops[middle + 1] <= y) low = middle + 1; else high = middle; }
  return low;
};

function badge(text, kind) { return h("span", { class: `badge ${kind}` }, text); }
function badges(i) {
  return [
    found.verdict[i] ? badge(VERDICTS[found.verdict[i]], `v${found.verdict[i]}`) : null,
    found.state[i] !== OPEN ? badge(STATES[found.state[i]], "state") : null,
  ];
}
function placeName(p) {
  const name = texts[places.name[p]];
  return places.file[p] ? `${name}:${places.line[p]}` : name;
}

function row(n) {
  const i = rows[n], shape = { role: "option", id: `row-${n}`, "aria-setsize": rows.length, "aria-posinset": n + 1, "aria-selected": String(n === state.cursor) };
  let made;
  if (i < 0) {
    const group = groups[-1 - i], shut = collapsed.has(group.key);
    made = h("div", { ...shape, class: "row group" }, h("span", { class: "fold", "aria-hidden": "true" }, shut ? "▸" : "▾"),
      h("span", { class: "name" }, h("bdi", {}, group.name)), h("b", {}, counted(group.size, "finding")),
      h("span", { class: "unseen" }, shut ? "folded" : "unfolded"));
  } else {
    const p = starts[i], some = p < starts[i + 1], count = found.count[i] + (data.more[i]?.hidden ?? 0);
    made = h("div", { ...shape, class: `row level${found.confidence[i]}${found.state[i] === OPEN ? "" : " past"}` },
      h("span", { class: "level", title: `${LEVELS[found.confidence[i]]} confidence` }, LEVELS[found.confidence[i]]),
      h("span", { class: "what" }, h("strong", {}, kinds[found.kind[i]][1]), h("code", {}, found.masked[i])),
      h("span", { class: "marks" }, badges(i)),
      h("span", { class: "at" }, some ? [h("bdi", { class: "path" }, placeName(p)), several && h("bdi", { class: "repo" }, shortName[places.repository[p]])].filter(Boolean) : "no place known"),
      h("span", { class: `there there${still[i]}` }, still[i] === 1 ? "still there" : still[i] === 0 ? "in history" : ""),
      h("span", { class: "count" }, count > 1 ? `${number(count)} places` : ""),
      h("time", {}, day(began[i])));
  }
  made.style.transform = `translateY(${tops[n]}px)`;
  made.addEventListener("click", () => pick(n, true));
  return made;
}

const several = repositories.length > 1;
let drawn = "";
function draw(anew = false) {
  const list = $("list"), box = list.getBoundingClientRect();
  const from = Math.max(0, rowAt(Math.max(0, -box.top)) - 6), to = Math.min(rows.length, rowAt(Math.max(0, innerHeight - box.top)) + 7);
  const now = `${from} ${to}`;
  if (!anew && now === drawn) return;
  drawn = now;
  const made = [];
  for (let n = from; n < to; n++) made.push(row(n));
  if (state.cursor < rows.length && (state.cursor < from || state.cursor >= to)) made.push(row(state.cursor));
  list.replaceChildren(...made);
  list.style.height = `${tops[rows.length]}px`;
  if (rows.length) list.setAttribute("aria-activedescendant", `row-${state.cursor}`);
  else list.removeAttribute("aria-activedescendant");
}

// Go to a row: a finding is shown beside the list, a group is only marked until Enter folds it.
function pick(n, enter = false) {
  if (!rows.length) return;
  state.cursor = Math.min(Math.max(n, 0), rows.length - 1);
  const i = rows[state.cursor];
  if (i < 0 && enter) {
    const { key } = groups[-1 - i];
    collapsed.delete(key) || collapsed.add(key);
    arrange();
  } else if (i >= 0) {
    state.open = i;
    detail(i);
    if (enter) document.body.classList.add("reading");
  }
  draw(true);
  reveal();
  remember();
}

function reveal() {
  const box = $("list").getBoundingClientRect(), top = box.top + tops[state.cursor], bottom = box.top + tops[state.cursor + 1];
  const ceiling = $("bar").getBoundingClientRect().bottom + 4;
  if (top < ceiling) scrollBy(0, top - ceiling);
  else if (bottom > innerHeight - 8) scrollBy(0, bottom - innerHeight + 8);
}

function bar() {
  const select = (id, label, choices, now, choose) => h("label", {}, h("span", {}, label), h("select", { id, onchange: (event) => choose(event.target.value) },
    Object.entries(choices).map(([value, name]) => h("option", { value, selected: value === now }, name))));
  const chips = facets.flatMap((one) => [...one.chosen].map((value) => button(
    { class: "chip", "aria-label": `Remove filter ${one.label}: ${one.labels[value]}`, onclick: () => toggle(one, value) },
    h("span", {}, one.label), h("bdi", {}, one.labels[value]), h("i", { "aria-hidden": "true" }, "×"))));
  if (state.query) chips.unshift(button({ class: "chip", "aria-label": "Clear the search", onclick: () => { $("search").value = ""; search(""); } }, h("span", {}, "Search"), h("bdi", {}, state.query), h("i", { "aria-hidden": "true" }, "×")));
  const total = shown.length === size ? counted(size, "finding") : `${number(shown.length)} of ${counted(size, "finding")}`;
  keepingFocus($("bar"), [
    h("div", { class: "chips" }, h("strong", { id: "total" }, total), chips,
      chips.length > 1 && button({ class: "quiet", id: "clear", onclick: clear }, "Clear all")),
    h("div", { class: "choices" }, select("group", "Group by", GROUPS, state.group, (value) => { state.group = value; refresh(); }),
      select("sort", "Sort", Object.fromEntries(Object.entries(SORTS).map(([key, [name]]) => [key, name])), state.sort, (value) => { state.sort = value; refresh(); })),
  ]);
}
