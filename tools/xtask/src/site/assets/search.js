// The search, on every page. Its index is another script: a page that is opened from disk can fetch nothing.
"use strict";
(() => {
  const MOST = 40;
  // How much a match in this part of an entry counts; every other part counts 2.
  const WEIGHTS = {
    name: 10, "envelope attribute": 10, class: 8, field: 8, callback: 5, "value of the field": 5, category: 4, cause: 3,
    "changed attribute": 3,
  };
  const KINDS = { event: 1, "snapshot event": 0.8, "thin event": 0.4, category: 0.9 };

  const input = document.querySelector("#search");
  const box = document.querySelector("#found-box");
  const results = document.querySelector("#results");
  const note = document.querySelector("#search-note");
  const said = document.querySelector("#search-said");

  // Letters and digits in lower case: `e-mail`, `eMail` and `email` are one word.
  const plain = (text) => text.toLowerCase().replaceAll("-", "");
  const wordsOf = (text) => {
    const whole = plain(text).match(/[a-z0-9]+/g) || [];
    const parts = text.replaceAll("-", "").match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+/g) || [];
    return [...new Set([...whole, ...parts.map((part) => part.toLowerCase())])];
  };

  const entries = window.userEventsSearch.map((entry) => ({
    ...entry,
    texts: entry.texts.map(([label, name, text, weight]) => ({
      label, name, text,
      weight: weight || WEIGHTS[label] || 2,
      plain: plain(`${name} ${text}`),
      words: wordsOf(`${name} ${text}`),
    })),
  }));
  const vocabulary = new Set(entries.flatMap((entry) => entry.texts.flatMap((text) => text.words)));

  // The edit distance; two letters that are swapped count as one edit (optimal string alignment).
  const distance = (a, b, limit) => {
    if (Math.abs(a.length - b.length) > limit) return limit + 1;
    let before = [];
    let last = [...Array(b.length + 1).keys()];
    for (let i = 1; i <= a.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= b.length; j += 1) {
        const same = a[i - 1] === b[j - 1];
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
      }
      [before, last] = [last, row];
    }
    return last[b.length];
  };
  // The words that are nearest to a word that is nowhere.
  const nearest = (word) => {
    const limit = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
    if (!limit) return [];
    const near = [...vocabulary]
      .map((known) => ({ known, far: distance(word, known, limit) }))
      .filter(({ far }) => far <= limit);
    const best = Math.min(...near.map(({ far }) => far));
    return near.filter(({ far }) => far === best).map(({ known }) => known).slice(0, 3);
  };

  const quality = (text, word) => {
    if (text.words.includes(word)) return 3;
    if (text.words.some((known) => known.startsWith(word))) return 2;
    return text.plain.includes(word) ? 1 : 0;
  };
  // The best place of one word in an entry.
  const place = (entry, forms) => entry.texts.reduce((best, text) => {
    const score = Math.max(...forms.map((form) => quality(text, form))) * text.weight;
    return score > best.score ? { score, text } : best;
  }, { score: 0 });
  const find = (query) => {
    const words = [...new Set(plain(query).split(/[^a-z0-9]+/).filter(Boolean))];
    const corrected = [];
    const forms = words.map((word) => {
      if (entries.some((entry) => entry.texts.some((text) => text.plain.includes(word)))) return [word];
      const near = nearest(word);
      if (near.length) corrected.push([word, near]);
      return near.length ? near : [word];
    });
    const found = entries.flatMap((entry) => {
      const places = forms.map((form) => place(entry, form));
      if (!places.length || places.some(({ score }) => !score)) return [];
      const score = places.reduce((sum, one) => sum + one.score, 0) * (KINDS[entry.kind] || 1);
      return [{ entry, score, places }];
    });
    found.sort((a, b) => b.score - a.score);
    return { found, corrected, forms };
  };

  // Where a word was found: `name`, `field contact.email`, or `description: … the new address …`.
  const reason = ({ text }, forms) => {
    if (text.label === "name") return "name";
    if (text.name && !["description of the field", "value of the field"].includes(text.label)) return `${text.label} ${text.name}`;
    const label = text.name ? `${text.label} ${text.name}` : text.label;
    const lower = text.text.toLowerCase();
    const at = Math.max(0, ...forms.map((form) => lower.indexOf(form)));
    const start = Math.max(0, lower.lastIndexOf(" ", Math.max(0, at - 24)) + 1);
    const end = start + 70 < text.text.length ? text.text.lastIndexOf(" ", start + 70) : text.text.length;
    return `${label}: ${start ? "… " : ""}${text.text.slice(start, end)}${end < text.text.length ? " …" : ""}`;
  };

  const element = (name, className, text) => Object.assign(document.createElement(name), { className, textContent: text });
  const option = ({ entry, places }, number, forms) => {
    const link = element("a", "", "");
    Object.assign(link, { id: `result-${number}`, href: input.dataset.root + entry.path, tabIndex: -1 });
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    const reasons = [...new Set(places.map((one, word) => reason(one, forms[word])))];
    // A long name breaks before its suffix.
    const [title, suffix] = entry.title.split(/(?=EventV\d)/);
    const name = element("strong", "type", title);
    if (suffix) name.append(document.createElement("wbr"), suffix);
    link.append(
      name, " ", element("span", "what-kind", entry.kind), " ",
      element("span", "why", reasons.join("; ")),
    );
    return link;
  };

  let active = -1;
  const options = () => [...results.children];
  const choose = (number) => {
    options()[active]?.setAttribute("aria-selected", "false");
    active = number;
    const chosen = options()[active];
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const show = (open) => {
    box.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
  };
  const search = () => {
    const { found, corrected, forms } = find(input.value);
    results.replaceChildren(...found.slice(0, MOST).map((one, number) => option(one, number, forms)));
    results.hidden = !found.length;
    choose(-1);
    const asked = input.value.trim() !== "";
    const near = corrected.map(([word, known]) => `No “${word}”. Showing ${known.map((one) => `“${one}”`).join(", ")}.`);
    const count = found.length === 1 ? "1 result" : `${found.length} results`;
    const more = found.length > MOST ? ` The first ${MOST} are shown.` : "";
    note.textContent = [...near, found.length ? `${count}.${more}` : "Nothing is found. Search a name, a field, a class or a word of a description."].join(" ");
    said.textContent = asked ? note.textContent : "";
    show(asked);
  };

  input.addEventListener("input", search);
  input.addEventListener("focus", () => { if (input.value.trim() && box.hidden) search(); });
  input.form.addEventListener("focusout", (event) => {
    if (!input.form.contains(event.relatedTarget)) show(false);
  });
  // A click must not take the focus from the input before it follows the link.
  box.addEventListener("mousedown", (event) => event.preventDefault());
  results.addEventListener("click", () => show(false));
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (box.hidden) search();
    (options()[active] || options()[0])?.click();
  });
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    if (event.key === "Escape") {
      event.preventDefault();
      if (box.hidden) input.value = "";
      show(false);
      choose(-1);
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && input.value.trim()) {
      event.preventDefault();
      if (box.hidden) search();
      else if (count) choose((active + (event.key === "ArrowDown" ? 1 : active < 0 ? 0 : -1) + count) % count);
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
})();
