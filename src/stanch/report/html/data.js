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

// A facet knows which of its labels each finding has, by their numbers: those of finding i stand in
// `flat` from `from[i]` to `from[i + 1]`.
const facets = [];
function facet(key, label, labels, flat, from, fixed) {
  const made = { key, label, labels, flat, from, fixed, chosen: new Set(), counts: new Uint32Array(labels.length), picked: new Uint8Array(labels.length) };
  made.divides = flat.some((value) => value !== flat[0]);
  facets.push(made);
  return made;
}
const each = Uint32Array.from({ length: size + 1 }, (_, i) => i);
const single = (key, label, labels, of) => facet(key, label, labels, Uint32Array.from(each.subarray(0, size), of), each, true);
// `codes` are of the findings, or of their places; `name` tells what a code is called, nothing for one that is not known.
function named(key, label, codes, starts, name) {
  const labels = [], numbers = new Map(), byCode = [], flat = [], from = new Uint32Array(size + 1), seen = [];
  for (let i = 0; i < size; i++) {
    for (let p = starts[i]; p < starts[i + 1]; p++) {
      const code = codes[p];
      let number = byCode[code];
      if (number === undefined) {
        const text = name(code);
        number = text ? numbers.get(text) ?? labels.push(text) - 1 : -1;
        if (text) numbers.set(text, number);
        byCode[code] = number;
      }
      if (number >= 0 && seen[number] !== i) { seen[number] = i; flat.push(number); }
    }
    from[i + 1] = flat.length;
  }
  return facet(key, label, labels, Uint32Array.from(flat), from, false);
}
const kinds = data.kinds;
const stateFacet = single("state", "State", STATES, (i) => found.state[i]);
single("confidence", "Confidence", LEVELS, (i) => found.confidence[i]);
single("verdict", "Verdict", VERDICTS, (i) => found.verdict[i]);
single("where", "Still there?", ["only in history", "still there", "not known"], (i) => still[i]);
single("age", "Age", [...AGES.map(([name]) => name), "not known"],
  (i) => began[i] === null ? AGES.length : AGES.findIndex(([, days]) => (data.made - began[i]) / DAY <= days));
const repositoryFacet = named("repository", "Repository", places.repository, starts, (n) => shortName[n]);
named("provider", "Provider", found.kind, each, (n) => kinds[n][2]);
named("rule", "Rule", found.kind, each, (n) => kinds[n][0]);
named("author", "Author", places.author, starts, (n) => texts[n]);
const introductions = began.map(column), removals = ended.map(column);
const monthFacet = named("month", "Month", introductions.flatMap((n, i) => [n, removals[i]]), each.map((n) => 2 * n), (n) => n < 0 ? null : columnName(n));
const byKey = new Map(facets.map((one) => [one.key, one]));
const monthNumber = Array.from({ length: columns }, (_, n) => monthFacet.labels.indexOf(columnName(n)));
const introduced = new Uint32Array(columns), removed = new Uint32Array(columns);

// What a search looks at: made while nothing else is to be done, at the latest when there is a search.
const haystacks = [];
function haystack(i) {
  const more = data.more[i];
  let words = `${kinds[found.kind[i]].slice(0, 4).join("\n")}\n${found.masked[i]}\n${found.id[i]}\n${texts[found.remedy[i]]}`;
  for (let p = starts[i]; p < starts[i + 1]; p++) {
    words += `\n${repositories[places.repository[p]]}/${texts[places.name[p]]}`;
    for (const text of [places.author[p], places.commit[p], places.removed[p], places.context[p]]) if (text) words += `\n${texts[text]}`;
  }
  if (more) words += `\n${[more.identity, more.reason, more.detail, ...(more.with ?? []).map((one) => one.slice(0, 3))].flat().join("\n")}`;
  return words.toLowerCase();
}
function prepare(most) {
  for (let n = 0; n < most && haystacks.length < size; n++) haystacks.push(haystack(haystacks.length));
  return haystacks.length < size;
}

// The order of the findings, by what people sort for. Most urgent: live, sure, still there, probable, new.
const urgency = Float64Array.from(each.subarray(0, size), (i) => {
  const order = (((found.state[i] === DROPPED) * 2 + (found.verdict[i] !== LIVE)) * 3 + 2 - found.confidence[i]) * 2 + (still[i] === 0);
  return (order * 128 + 100 - found.score[i]) * 2 ** 27 + 2 ** 26 - Math.min(Math.max(began[i] ?? 0, 0), 2 ** 26);
});
const byUrgency = (a, b) => urgency[a] - urgency[b] || a - b;
const SORTS = {
  urgent: ["Most urgent", byUrgency],
  newest: ["Newest", (a, b) => (began[b] ?? -1e12) - (began[a] ?? -1e12) || byUrgency(a, b)],
  oldest: ["Oldest", (a, b) => (began[a] ?? 1e12) - (began[b] ?? 1e12) || byUrgency(a, b)],
  places: ["Most places", (a, b) => found.count[b] - found.count[a] || byUrgency(a, b)],
};
const orders = {};
const order = (key) => orders[key] ??= each.slice(0, size).sort(SORTS[key][1]);

function has(one, i) {
  for (let k = one.from[i]; k < one.from[i + 1]; k++) if (one.picked[one.flat[k]]) return true;
  return false;
}
function count(one, i) {
  for (let k = one.from[i]; k < one.from[i + 1]; k++) one.counts[one.flat[k]]++;
  if (one !== monthFacet) return;
  if (introductions[i] >= 0) introduced[introductions[i]]++;
  if (removals[i] >= 0) removed[removals[i]]++;
}

// Return the findings that stand the search and all filters, and count for each facet what its values would leave.
function select(query, sort) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length) prepare(size);
  for (const one of facets) {
    one.counts.fill(0);
    one.picked.fill(0);
    for (const value of one.chosen) one.picked[value] = 1;
  }
  introduced.fill(0);
  removed.fill(0);
  const left = [], active = facets.filter((one) => one.chosen.size);
  for (const i of order(sort)) {
    if (terms.length && !terms.every((term) => haystacks[i].includes(term))) continue;
    let missed = null, misses = 0;
    for (const one of active) if (!has(one, i)) { missed = one; if (++misses > 1) break; }
    if (misses > 1) continue;
    if (misses) { count(missed, i); continue; }
    left.push(i);
    for (const one of facets) count(one, i);
  }
  return left;
}
