// Search, filters, keyboard shortcuts and copying. The pages are complete without this script.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const search = document.querySelector("#search");
  const list = document.querySelector("#event-list");

  // Copying. execCommand is for browsers that allow no clipboard on file: URLs.
  const copied = document.querySelector("#copied");
  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      const selection = getSelection();
      selection.selectAllChildren(source);
      const done = document.execCommand("copy");
      selection.removeAllRanges();
      return done;
    }
  };
  for (const button of all("button[data-copy]")) {
    const label = button.firstElementChild;
    const idle = label.textContent;
    button.addEventListener("click", async () => {
      const done = await copy(document.getElementById(button.dataset.copy));
      label.textContent = done ? "Copied" : "Not copied";
      copied.textContent = done ? "Copied." : "The browser did not allow copying.";
      setTimeout(() => { label.textContent = idle; copied.textContent = ""; }, 2000);
    });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  if (!list) return;

  // The list of events: an event must match both the search and the filters.
  const plain = (text) => text.toLowerCase().replaceAll("-", "");
  const events = all("li[data-search]", list).map((item) => ({
    item,
    text: plain(item.dataset.search),
    name: plain(item.dataset.name),
    category: item.dataset.category,
    classes: item.dataset.classes.split(" "),
  }));
  const boxes = all("input[type=checkbox]", document.querySelector("#filters"));
  const ticked = (name) => boxes.filter((box) => box.name === name && box.checked).map((box) => box.value);
  const found = document.querySelector("#found");
  const nothing = document.querySelector("#nothing");
  const resets = all("button[data-reset]");
  const visibleLinks = () => all("li[data-search]:not([hidden]) a.type", list);

  const remember = (words, categories, classes) => {
    const query = new URLSearchParams();
    if (words) query.set("q", words);
    for (const category of categories) query.append("category", category);
    for (const name of classes) query.append("class", name);
    try {
      history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    } catch {
      // Some browsers refuse this on file: URLs. Then going back loses the filters, and nothing else.
    }
  };

  const narrow = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const categories = ticked("category");
    const classes = ticked("class");
    const fits = (event) => words.every((word) => event.text.includes(word))
      && (!categories.length || categories.includes(event.category))
      && (!classes.length || classes.some((name) => event.classes.includes(name)));
    const shown = events.filter((event) => {
      const fitting = fits(event);
      event.item.hidden = !fitting;
      event.item.querySelector("article").classList.remove("first");
      return fitting;
    });
    for (const stream of all(".stream", list)) {
      stream.hidden = !stream.querySelector("li[data-search]:not([hidden])");
    }
    const first = shown.find((event) => words.every((word) => event.name.includes(word))) || shown[0];
    if (first && words.length) first.item.querySelector("article").classList.add("first");
    const narrowed = words.length + categories.length + classes.length > 0;
    found.textContent = shown.length === 1 ? "1 event" : `${shown.length} events`;
    nothing.hidden = shown.length > 0;
    for (const reset of resets) reset.hidden = !narrowed;
    remember(search.value.trim(), categories, classes);
    return words.length ? first : undefined;
  };

  const query = new URLSearchParams(location.search);
  if (query.has("q")) search.value = query.get("q");
  for (const box of boxes) box.checked ||= query.getAll(box.name).includes(box.value);
  narrow();

  search.addEventListener("input", narrow);
  for (const box of boxes) box.addEventListener("change", narrow);
  for (const reset of resets) {
    reset.addEventListener("click", () => {
      search.value = "";
      for (const box of boxes) box.checked = false;
      narrow();
      search.focus();
    });
  }
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    narrow()?.item.querySelector("a.type").click();
  });
  document.addEventListener("keydown", (event) => {
    const links = visibleLinks();
    const place = links.indexOf(document.activeElement);
    const inSearch = document.activeElement === search;
    if (event.key === "ArrowDown" && (inSearch || place >= 0)) {
      event.preventDefault();
      links[Math.min(place + 1, links.length - 1)]?.focus();
    } else if (event.key === "ArrowUp" && place >= 0) {
      event.preventDefault();
      (place === 0 ? search : links[place - 1]).focus();
    } else if (event.key === "Escape" && inSearch) {
      search.value = "";
      narrow();
    }
  });
})();
