// What the findings come to: the numbers, when they came and went, and where most of them are.

function numbers(shown) {
  let live = 0, high = 0, there = 0, recent = 0;
  const seen = new Uint8Array(repositories.length);
  for (const i of shown) {
    live += found.verdict[i] === LIVE;
    high += found.confidence[i] === 2;
    there += still[i] === 1;
    recent += began[i] !== null && data.made - began[i] <= 30 * DAY;
    for (let p = starts[i]; p < starts[i + 1]; p++) seen[places.repository[p]] = 1;
  }
  const held = seen.reduce((sum, one) => sum + one, 0);
  const checked = shown.some((i) => found.verdict[i]);
  const cell = (value, label, choose, tone) => {
    const inside = [h("b", {}, value), h("span", {}, label)];
    const shape = { class: `number ${tone ?? ""}` };
    return choose ? button({ ...shape, onclick: choose }, ...inside) : h("div", shape, ...inside);
  };
  const one = (key, value) => () => toggle(byKey.get(key), value);
  return h("div", { class: "numbers" },
    cell(number(shown.length), shown.length === 1 ? "finding" : "findings", null, "main"),
    checked ? cell(number(live), "live", one("verdict", LIVE), live ? "bad" : "") : cell("–", "live: not checked"),
    cell(number(high), "high confidence", one("confidence", 2)),
    cell(number(there), "still there", one("where", 1)),
    cell(number(recent), "in the last 30 days"),
    cell(number(held), (data.sweep ? `of ${number(repositories.length)} ` : "") + (held === 1 ? "repository" : "repositories")),
  );
}

function timeline() {
  const most = Math.max(1, ...introduced), least = Math.max(0, ...removed);
  const total = introduced.reduce((sum, n) => sum + n, 0), gone = removed.reduce((sum, n) => sum + n, 0);
  const head = h("div", { class: "head" }, h("h2", {}, "Over time"),
    h("p", {}, h("span", { class: "key in" }, `${number(total)} introduced`), h("span", { class: "key out" }, `${number(gone)} removed`)));
  if (!columns) return h("figure", { class: "card time" }, head, h("p", { class: "calm" }, "No dates are known: they come from git's history."));
  const bars = h("div", { class: "bars", role: "toolbar", "aria-label": "Months" });
  const upper = 100 * most / (most + least), scale = 100 / (most + least);
  for (let n = 0; n < columns; n++) {
    const rise = h("i", { class: "in" }), fall = h("i", { class: "out" });
    rise.style.height = `${introduced[n] ? Math.max(introduced[n] * scale, 1.5) : 0}%`;
    rise.style.bottom = `${100 - upper}%`;
    fall.style.height = `${removed[n] ? Math.max(removed[n] * scale, 1.5) : 0}%`;
    fall.style.top = `${upper}%`;
    const name = `${columnName(n)}: ${number(introduced[n])} introduced, ${number(removed[n])} removed`;
    bars.append(button({
      "aria-label": name, title: name, tabindex: n ? -1 : 0, "aria-pressed": String(monthFacet.chosen.has(monthNumber[n])),
      onclick: () => monthNumber[n] >= 0 && toggle(monthFacet, monthNumber[n]),
      onkeydown: (event) => {
        const to = { ArrowRight: event.currentTarget.nextElementSibling, ArrowLeft: event.currentTarget.previousElementSibling }[event.key];
        if (to) { event.preventDefault(); event.stopPropagation(); to.focus(); }
      },
    }, rise, fall));
  }
  const axis = h("div", { class: "axis" }, h("i"));
  axis.firstChild.style.top = `${upper}%`;
  return h("figure", { class: "card time" }, head, h("div", { class: "plot" }, axis, bars),
    h("div", { class: "ends" }, h("span", {}, columnName(0)), h("span", {}, columns > 1 ? columnName(columns - 1) : "")));
}

// The values of a facet that most findings have, the most first.
function leading(one, most, needle = "") {
  const values = [];
  for (let n = 0; n < one.labels.length; n++) {
    if ((one.counts[n] || one.picked[n]) && (!needle || one.labels[n].toLowerCase().includes(needle))) values.push(n);
  }
  const total = values.length;
  if (!one.fixed) values.sort((a, b) => one.counts[b] - one.counts[a] || (one.labels[a] < one.labels[b] ? -1 : 1));
  return [values.slice(0, most), total];
}

function source(key, title) {
  const one = byKey.get(key), [values, total] = leading(one, 5);
  const most = Math.max(1, ...values.map((n) => one.counts[n]));
  const row = (n) => {
    const bar = h("i");
    bar.style.width = `${100 * one.counts[n] / most}%`;
    return h("li", {}, button({ "aria-pressed": String(one.chosen.has(n)), title: one.labels[n], onclick: () => toggle(one, n) },
      h("span", { class: "name" }, h("bdi", {}, one.labels[n])), h("b", {}, number(one.counts[n])), h("span", { class: "track" }, bar)));
  };
  return h("div", { class: "card source" },
    h("div", { class: "head" }, h("h2", {}, title), h("p", {}, total > values.length ? `${values.length} of ${number(total)}` : "")),
    values.length ? h("ol", {}, values.map(row)) : h("p", { class: "calm" }, "None"));
}

function overview(shown) {
  $("overview").replaceChildren(numbers(shown), h("div", { class: "cards" }, timeline(),
    source("repository", "Repositories"), source("provider", "Providers"), source("rule", "Rules"), source("author", "Authors")));
}

// The filters: each value with what choosing it would leave.
const sought = {};
function filters() {
  const part = (one) => {
    const many = one.labels.length > 8 && !one.fixed;
    const [values, total] = leading(one, many ? 14 : 99, sought[one.key] ?? "");
    if (!total && !many) return null;
    const row = (n) => {
      const id = `${one.key}-${n}`;
      return h("li", {}, h("input", { type: "checkbox", id, checked: one.chosen.has(n), onchange: () => toggle(one, n) }),
        h("label", { for: id, title: one.labels[n] }, h("bdi", {}, one.labels[n])), h("b", {}, number(one.counts[n])));
    };
    return h("fieldset", { id: `facet-${one.key}` }, h("legend", {}, one.label),
      many && h("input", {
        type: "search", id: `find-${one.key}`, value: sought[one.key] ?? "", "aria-label": `Find in ${one.label}`,
        placeholder: `Find among ${number(one.labels.length)}`, spellcheck: "false",
        oninput: (event) => { sought[one.key] = event.target.value.toLowerCase(); filters(); },
      }),
      h("ul", { class: many ? "long" : "" }, values.map(row)),
      many && total > values.length && h("p", { class: "calm" }, `and ${number(total - values.length)} more`));
  };
  keepingFocus($("facets"), facets.filter((one) => one !== monthFacet && (one.divides || one.chosen.size)).map(part).filter(Boolean));
}

// Replace what is inside, and leave the focus, its caret and the scrolling where they were.
function keepingFocus(where, inside) {
  const id = where.contains(document.activeElement) ? document.activeElement.id : "";
  const caret = id ? document.activeElement.selectionStart : null;
  const scrolled = new Map([...where.querySelectorAll("ul.long")].map((one) => [one.parentElement.id, one.scrollTop]));
  const top = where.scrollTop;
  where.replaceChildren(...inside);
  where.scrollTop = top;
  for (const one of where.querySelectorAll("ul.long")) one.scrollTop = scrolled.get(one.parentElement.id) ?? 0;
  if (!id) return;
  $(id)?.focus({ preventScroll: true });
  if (caret !== null && $(id)?.type === "search") $(id).setSelectionRange(caret, caret);
}
