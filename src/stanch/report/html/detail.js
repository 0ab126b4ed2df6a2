// One finding with all that is known of it.

const ENOUGH = 12;

// Masks in a line are set off from the text around them.
function marked(text, masked) {
  if (masked.length < 3) return [text];
  const parts = text.split(masked);
  return parts.flatMap((part, n) => n ? [h("mark", {}, masked), part] : [part]);
}

function spot(i, p) {
  const [, , commitPage, linePage] = data.repositories[places.repository[p]];
  const commit = texts[places.commit[p]], author = texts[places.author[p]], gone = texts[places.removed[p]];
  const name = places.file[p] ? link(filled(linePage, p), h("bdi", {}, texts[places.name[p]]), h("span", { class: "line" }, `:${places.line[p]}`))
    : h("span", {}, h("bdi", {}, texts[places.name[p]]), h("span", { class: "line" }, ` line ${places.line[p]}`));
  const sha = (id) => link(filled(commitPage, p)?.replace(commit, id), h("code", {}, id.slice(0, 10)));
  const context = texts[places.context[p]], held = texts[places.held[p]], layers = texts[places.layers[p]];
  const facts = [
    places.date[p] !== null || commit ? h("span", {}, "since ", day(places.date[p]), commit ? [" in ", sha(commit)] : "", author ? [" by ", h("bdi", {}, author)] : "") : null,
    gone ? h("span", {}, "removed ", day(places.ended[p]), " in ", sha(gone)) : null,
    layers ? h("span", {}, `in ${layers}`) : null,
    held ? h("span", {}, held) : null,
  ];
  return h("li", {}, h("div", { class: "place" }, name,
    places.head[p] === 1 ? badge("still there", "here") : places.head[p] === 0 ? badge("in history", "gone") : null),
    h("p", { class: "facts" }, facts.filter(Boolean)),
    context ? h("pre", { class: "context" }, marked(context, found.masked[i])) : null);
}

function whereabouts(i) {
  const made = h("ol", { class: "places" }), from = starts[i], to = starts[i + 1], hidden = data.more[i]?.hidden ?? 0;
  let last = -1, at = from;
  const add = (most) => {
    for (; at < Math.min(most, to); at++) {
      const repository = places.repository[at];
      if (repository !== last) made.append(h("li", { class: "repository" }, h("bdi", {}, data.repositories[repository][0])));
      last = repository;
      made.append(spot(i, at));
    }
  };
  add(from + ENOUGH);
  const rest = to - at;
  return [made,
    rest > 0 && button({ class: "quiet more", onclick: (event) => { add(to); event.currentTarget.remove(); } }, `Show ${number(rest)} more`),
    hidden > 0 && h("p", { class: "calm" }, `${counted(hidden, "place")} more are not in this page; the JSON report has all.`)];
}

function secretOf(masked, secret) {
  if (!secret) return h("code", { class: "masked" }, masked);
  const text = h("code", { class: "masked" }, masked);
  const reveal = button({ class: "quiet", "aria-pressed": "false", onclick: (event) => {
    const hide = text.textContent === secret;
    text.textContent = hide ? masked : secret;
    event.currentTarget.textContent = hide ? "Show" : "Hide";
    event.currentTarget.setAttribute("aria-pressed", String(!hide));
  } }, "Show");
  return h("span", { class: "secret" }, text, reveal, copier(secret, "Copy the secret"));
}

function facts(pairs) {
  const given = pairs.filter(([, value]) => value && (!Array.isArray(value) || value.length));
  return h("dl", {}, given.map(([key, value]) => [h("dt", {}, key), h("dd", {}, value)]));
}

function parts(i) {
  const [rule, name, provider, category, revoke, references] = kinds[found.kind[i]], more = data.more[i] ?? {};
  const score = `${LEVELS[found.confidence[i]]} confidence`;
  const commands = commandsOf(i), count = found.count[i] + (more.hidden ?? 0);
  const gone = still[i] === 0 ? (ended[i] !== null ? `removed ${day(ended[i])}; history still holds it` : "only in history") : still[i] === 1 ? "yes" : "";
  return [
    h("header", {}, h("p", { class: "marks" }, badge(score, `level${found.confidence[i]}`), badges(i)),
      h("h2", {}, name), secretOf(found.masked[i], more.secret)),
    h("section", { class: "remedy" }, h("h3", {}, "What to do"), h("p", {}, texts[found.remedy[i]]),
      h("p", { class: "links" }, revoke && link(revoke, "Revoke it ↗"), references.map((url) => link(url, `${url.replace(/^https?:\/\//, "").slice(0, 44)} ↗`)))),
    facts([
      ["Introduced", day(began[i])],
      ["Still there", gone],
      ["Verdict", [VERDICTS[found.verdict[i]], more.identity && [", as ", h("bdi", {}, more.identity)], more.detail && [" (", h("bdi", {}, more.detail), ")"], more.checked && `, ${day(more.checked)}`].filter(Boolean)],
      ["State", found.state[i] === OPEN && !more.reason ? "" : [STATES[found.state[i]], more.reason && [": ", h("bdi", {}, more.reason)], more.expires && `, until ${day(more.expires)}`].filter(Boolean)],
      ["Seen", found.last[i] === null ? "" : `first ${day(found.first[i])}, last ${day(found.last[i])}`],
      ["Provider", h("bdi", {}, provider)],
      ["Rule", [h("code", {}, rule), ` (${category})`]],
      ["Score", `${found.score[i]} %`],
      ["Goes with", (more.with ?? []).map(([title, masked, at, secret]) => h("p", {}, `${title} `, secretOf(masked, secret), " ", h("bdi", {}, at)))],
      ["Could also be", (more.candidates ?? []).join(", ")],
      ["Fingerprint", h("span", { class: "copied" }, h("code", {}, found.id[i]), copier(found.id[i], "Copy the fingerprint"))],
    ]),
    h("section", {}, h("h3", {}, counted(count, "place")), whereabouts(i)),
    commands.length ? h("section", { class: "commands" }, h("h3", {}, "Commands"),
      commands.map(([title, text]) => h("div", {}, h("p", {}, title), h("div", { class: "command" }, h("code", {}, text), copier(text, `Copy: ${title}`))))) : null,
  ];
}

function detail(i) {
  const where = $("detail");
  where.replaceChildren(button({ class: "quiet back", onclick: back }, "← Back to the list"), ...parts(i).filter(Boolean));
  where.scrollTop = 0;
}
