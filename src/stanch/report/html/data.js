// The findings as the page holds them, and which of them a search and filters leave.

const data = JSON.parse(document.getElementById("data").textContent);
const found = data.findings, places = data.places, texts = data.texts;
const size = found.id.length;
const VERDICTS = ["not checked", "unknown", "dead", "live"];
const LEVELS = ["low", "medium", "high"];
const STATES = ["open", "accepted", "false positive", "fixed", "not reported"];
const LIVE = 3, OPEN = 0, DROPPED = 4, DAY = 1440;
const AGES = [["7 days or less", 7], ["8 to 30 days", 30], ["31 to 90 days", 90], ["91 days to a year", 365], ["1 to 3 years", 1096], ["over 3 years", Infinity]];

// What the names of all repositories begin with, as `github.com/acme/`, is said once, where one finding is told.
const repositories = data.repositories.map(([name]) => name);
let shared = "";
for (const part of repositories.length > 1 ? repositories[0].split("/").slice(0, -1) : []) {
  const longer = `${shared}${part}/`;
  if (!repositories.every((name) => name.startsWith(longer) && name.length > longer.length)) break;
  shared = longer;
}
const shortName = repositories.map((name) => name.slice(shared.length));

// Where the places of each finding begin.
const starts = new Uint32Array(size + 1);
for (let i = 0; i < size; i++) starts[i + 1] = starts[i] + found.count[i];

const began = new Array(size), ended = new Array(size), still = new Uint8Array(size);
for (let i = 0; i < size; i++) {
  let first = null, last = null, head = 0, unknown = false;
  for (let p = starts[i]; p < starts[i + 1]; p++) {
    const date = places.date[p], gone = places.ended[p];
    if (date !== null && (first === null || date < first)) first = date;
    if (gone !== null && (last === null || gone > last)) last = gone;
    if (places.head[p] === 1) head = 1;
    if (places.head[p] === 2) unknown = true;
  }
  began[i] = first ?? found.first[i];
  still[i] = head ? 1 : unknown || starts[i] === starts[i + 1] ? 2 : 0;
  ended[i] = still[i] === 0 ? last : null;
}

const month = (minutes) => {
  const date = new Date(minutes * 60000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
};
const day = (minutes) => minutes === null || minutes === undefined ? "" : new Date(minutes * 60000).toISOString().slice(0, 10);

// The timeline's columns, a year at least, up to the day of the scan: months, or as many together as keep them under forty.
const dated = [...began, ...ended].filter((at) => at !== null);
let earliest = data.made - 365 * DAY, latest = data.made;
for (const at of dated) { if (at < earliest) earliest = at; if (at > latest) latest = at; }
const firstMonth = dated.length ? month(earliest) : 0;
const months = dated.length ? month(latest) - firstMonth + 1 : 0;
const step = [1, 3, 6, 12, 24, 60, 120, 600].find((n) => months / n <= 40) ?? 1200;
const base = Math.floor(firstMonth / step) * step;
const columns = dated.length ? Math.floor((month(latest) - base) / step) + 1 : 0;
const column = (minutes) => minutes === null ? -1 : Math.floor((month(minutes) - base) / step);
const columnName = (n) => {
  const from = base + n * step, named = (m) => `${Math.floor(m / 12)}-${String(m % 12 + 1).padStart(2, "0")}`;
  return step === 1 ? named(from) : step === 12 ? String(Math.floor(from / 12)) : `${named(from)} to ${named(from + step - 1)}`;
};

// A facet knows for each finding which of its values that has: numbers of labels.
const facets = [];
function facet(key, label, labels, of, fixed = false) {
  const made = { key, label, labels, of, fixed, chosen: new Set(), counts: new Uint32Array(labels.length) };
  facets.push(made);
  return made;
}
function named(key, label, of) {
  const labels = [], numbers = new Map();
  const each = new Array(size);
  for (let i = 0; i < size; i++) {
    each[i] = of(i).map((name) => {
      let number = numbers.get(name);
      if (number === undefined) { number = labels.length; numbers.set(name, number); labels.push(name); }
      return number;
    });
  }
  return facet(key, label, labels, (i) => each[i]);
}
function overPlaces(i, column, text) {
  const seen = new Set();
  for (let p = starts[i]; p < starts[i + 1]; p++) if (text(column[p])) seen.add(text(column[p]));
  return [...seen];
}
const kinds = data.kinds;
const stateFacet = facet("state", "State", STATES, (i) => [found.state[i]], true);
facet("confidence", "Confidence", LEVELS, (i) => [found.confidence[i]], true);
facet("verdict", "Verdict", VERDICTS, (i) => [found.verdict[i]], true);
facet("where", "Still there?", ["only in history", "still there", "not known"], (i) => [still[i]], true);
const ageOf = (i) => began[i] === null ? AGES.length : AGES.findIndex(([, days]) => (data.made - began[i]) / DAY <= days);
const ages = Array.from({ length: size }, (_, i) => ageOf(i));
facet("age", "Age", [...AGES.map(([name]) => name), "not known"], (i) => [ages[i]], true);
const repositoryFacet = named("repository", "Repository", (i) => overPlaces(i, places.repository, (n) => shortName[n]));
named("provider", "Provider", (i) => [kinds[found.kind[i]][2]]);
named("rule", "Rule", (i) => [kinds[found.kind[i]][0]]);
named("author", "Author", (i) => overPlaces(i, places.author, (n) => texts[n]));
const monthFacet = facet("month", "Month", Array.from({ length: columns }, (_, n) => columnName(n)),
  (i) => [...new Set([column(began[i]), column(ended[i])])].filter((n) => n >= 0), true);
for (const one of facets) {
  const present = new Set();
  for (let i = 0; i < size && present.size < 2; i++) for (const value of one.of(i)) present.add(value);
  one.divides = present.size > 1;
}
const byKey = new Map(facets.map((one) => [one.key, one]));
const introduced = new Uint32Array(columns), removed = new Uint32Array(columns);

// What a search looks at; made when there is one.
let haystacks = null;
function haystack(i) {
  const [rule, name, provider, category] = kinds[found.kind[i]], more = data.more[i] ?? {};
  const words = [name, rule, provider, category, found.masked[i], found.id[i], texts[found.remedy[i]], more.identity, more.reason, more.detail];
  for (let p = starts[i]; p < starts[i + 1]; p++) {
    words.push(data.repositories[places.repository[p]][0], texts[places.name[p]], texts[places.author[p]],
      texts[places.commit[p]], texts[places.removed[p]], texts[places.context[p]]);
  }
  for (const [title, masked, spot] of more.with ?? []) words.push(title, masked, spot);
  return [...new Set(words.filter(Boolean))].join("\n").toLowerCase();
}

// The order of the findings, by what people sort for.
const rank = (i) => [
  found.state[i] === DROPPED ? 1 : 0, found.verdict[i] === LIVE ? 0 : 1, -found.confidence[i], still[i] === 0 ? 1 : 0,
  -found.score[i], -(began[i] ?? -1e12),
];
const ranks = Array.from({ length: size }, (_, i) => rank(i));
const byRank = (a, b) => {
  for (let k = 0; k < 6; k++) if (ranks[a][k] !== ranks[b][k]) return ranks[a][k] - ranks[b][k];
  return a - b;
};
const SORTS = {
  urgent: ["Most urgent", byRank],
  newest: ["Newest", (a, b) => (began[b] ?? -Infinity) - (began[a] ?? -Infinity) || byRank(a, b)],
  oldest: ["Oldest", (a, b) => (began[a] ?? Infinity) - (began[b] ?? Infinity) || byRank(a, b)],
  places: ["Most places", (a, b) => found.count[b] - found.count[a] || byRank(a, b)],
};
const orders = {};
const order = (key) => orders[key] ??= Array.from({ length: size }, (_, i) => i).sort(SORTS[key][1]);

// Return the findings that stand the search and all filters, and count for each facet what its values would leave.
function select(query, sort) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length && !haystacks) haystacks = Array.from({ length: size }, (_, i) => haystack(i));
  for (const one of facets) one.counts.fill(0);
  introduced.fill(0);
  removed.fill(0);
  const shown = [];
  const count = (one, i) => {
    for (const value of one.of(i)) one.counts[value]++;
    if (one !== monthFacet) return;
    if (began[i] !== null) introduced[column(began[i])]++;
    if (ended[i] !== null) removed[column(ended[i])]++;
  };
  const active = facets.filter((one) => one.chosen.size);
  for (const i of order(sort)) {
    if (terms.length && !terms.every((term) => haystacks[i].includes(term))) continue;
    let missed = null, misses = 0;
    for (const one of active) {
      if (!one.of(i).some((value) => one.chosen.has(value))) { missed = one; if (++misses > 1) break; }
    }
    if (misses > 1) continue;
    if (misses) { count(missed, i); continue; }
    shown.push(i);
    for (const one of facets) count(one, i);
  }
  return shown;
}
