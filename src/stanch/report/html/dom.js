// Elements without markup: what is scanned text can only ever become text.

const $ = (id) => document.getElementById(id);
function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
const button = (properties, ...children) => h("button", { type: "button", ...properties }, ...children);
const written = new Intl.NumberFormat("en-GB");
const number = (n) => written.format(n);
const counted = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
const say = (text) => { $("said").textContent = text; };

// Only addresses of the web, and only those that stanch made: templates come from the repository's own page.
function link(url, ...children) {
  if (!/^https?:\/\//.test(url ?? "")) return h("span", {}, ...children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}
const encoded = (text) => text.split("/").map(encodeURIComponent).join("/");
function filled(template, p) {
  const commit = texts[places.commit[p]];
  if (!template || !/^[0-9a-f]{7,64}$/.test(commit ?? "")) return null;
  return template.replaceAll("{commit}", commit).replaceAll("{line}", places.line[p])
    .replace("{path}", () => encoded(texts[places.name[p]] ?? ""));
}

// For a POSIX shell; null where a text is not what it was, since something in it had to be made visible or cut.
function quoted(text) {
  if (!text || /[\\\p{C}…]/u.test(text) || text.startsWith("-")) return null;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
function commandsOf(i) {
  let p = starts[i];
  while (p < starts[i + 1] - 1 && !(places.file[p] && places.commit[p])) p++;
  const at = p < starts[i + 1] && places.file[p] ? p : starts[i];
  const some = at < starts[i + 1];
  const values = {
    fingerprint: quoted(found.id[i]),
    target: some ? quoted(data.repositories[places.repository[at]][1]) : null,
    commit: some ? quoted(texts[places.commit[at]])?.slice(0, 12) : null,
    path: some && places.file[at] ? quoted(texts[places.name[at]]) : null,
    line: some ? String(places.line[at]) : null,
  };
  const made = [];
  for (const [title, text] of data.commands) {
    let whole = true;
    const command = text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? (whole = false, ""));
    if (whole) made.push([title, command]);
  }
  return made;
}

async function copy(text, beside) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied");
    beside.dataset.done = "copied";
  } catch {
    // A browser that does not let a file write the clipboard: the text is selected for Ctrl+C instead.
    getSelection().selectAllChildren(beside.previousElementSibling ?? beside);
    beside.dataset.done = "press Ctrl+C";
    say("Selected: press Control C to copy");
  }
  setTimeout(() => { delete beside.dataset.done; }, 1600);
}
const copier = (text, label) => button({ class: "copy", "aria-label": label, onclick: (event) => copy(text, event.currentTarget) });

function theme(next) {
  const choices = ["auto", "light", "dark"], now = document.documentElement.dataset.theme ?? "auto";
  const chosen = next ?? choices[(choices.indexOf(now) + 1) % 3];
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  const signs = { auto: "◐", light: "☀", dark: "☾" };
  $("theme").textContent = signs[chosen];
  $("theme").setAttribute("aria-label", `Colours: ${chosen}`);
  $("theme").setAttribute("title", `Colours: ${chosen}`);
}
