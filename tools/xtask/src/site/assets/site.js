// Tabs, the side navigation, filters and copying. The pages are complete without this script.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const remembered = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const remember = (name, value) => {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Without storage, the choice is lost with the page.
    }
  };

  // Copying. The text area is for browsers that allow no clipboard on file: URLs.
  const copied = document.querySelector("#copied");
  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      const area = Object.assign(document.createElement("textarea"), { value: source.textContent, className: "unseen" });
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
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

  // Tabs (WAI-ARIA Authoring Practices, *Tabs*), in place of elements that open. The choice holds for all pages.
  for (const group of all("[data-tabs]")) {
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", group.dataset.tabs);
    const tabs = all("details", group).map((details) => {
      const panel = details.querySelector("[data-tab]");
      const tab = document.createElement("button");
      Object.assign(tab, { type: "button", id: `tab-${panel.dataset.tab}`, textContent: details.querySelector("summary").textContent });
      Object.assign(panel, { id: `panel-${panel.dataset.tab}`, tabIndex: -1 });
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      list.append(tab);
      details.replaceWith(panel);
      return { tab, panel, name: panel.dataset.tab };
    });
    const choose = (chosen) => {
      for (const { tab, panel } of tabs) {
        const isChosen = tab === chosen.tab;
        tab.setAttribute("aria-selected", String(isChosen));
        tab.tabIndex = isChosen ? 0 : -1;
        panel.hidden = !isChosen;
      }
    };
    list.addEventListener("click", (event) => {
      const chosen = tabs.find(({ tab }) => tab === event.target);
      if (!chosen) return;
      choose(chosen);
      remember("user-events-language", chosen.name);
    });
    list.addEventListener("keydown", (event) => {
      const place = tabs.findIndex(({ tab }) => tab === document.activeElement);
      const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const { tab } = tabs.at(next % tabs.length);
      tab.focus();
      tab.click();
    });
    group.prepend(list);
    choose(tabs.find(({ name }) => name === remembered("user-events-language")) || tabs[0]);
  }

  // The side navigation marks the part that is read: the last one that begins in the upper third of the window.
  const links = all(".toc a");
  const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
  const mark = () => {
    const atEnd = Math.ceil(innerHeight + scrollY) >= document.documentElement.scrollHeight;
    const read = parts.filter((part) => part.getBoundingClientRect().top < innerHeight / 3).length - 1;
    const current = atEnd ? parts.length - 1 : Math.max(read, 0);
    links.forEach((link, place) => {
      if (place === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    });
  };
  if (links.length) {
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    addEventListener("resize", mark);
    mark();
  }

  // The filters of the list of events.
  const filters = document.querySelector("#filters");
  if (!filters) return;
  const list = document.querySelector("#event-list");
  const items = all("li[data-type]", list);
  const boxes = all("input[type=checkbox]", filters);
  const ticked = (name) => boxes.filter((box) => box.name === name && box.checked).map((box) => box.value);
  const resets = all("button[data-reset]");
  filters.open = matchMedia("(min-width: 64rem)").matches;

  const narrow = () => {
    const categories = ticked("category");
    const classes = ticked("class");
    for (const item of items) {
      const fits = (!categories.length || categories.includes(item.dataset.category))
        && (!classes.length || classes.some((name) => item.dataset.classes.split(" ").includes(name)));
      item.hidden = !fits;
    }
    for (const stream of all(".stream", list)) stream.hidden = !stream.querySelector("li[data-type]:not([hidden])");
    const shown = items.filter((item) => !item.hidden).length;
    document.querySelector("#found").textContent = shown === 1 ? "1 event" : `${shown} events`;
    document.querySelector("#nothing").hidden = shown > 0;
    for (const reset of resets) reset.hidden = categories.length + classes.length === 0;
    const query = new URLSearchParams([...categories.map((name) => ["category", name]), ...classes.map((name) => ["class", name])]);
    try {
      history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    } catch {
      // Some browsers refuse this on file: URLs. Then going back loses the filters, and nothing else.
    }
  };
  const query = new URLSearchParams(location.search);
  for (const box of boxes) {
    box.checked ||= query.getAll(box.name).includes(box.value);
    box.addEventListener("change", narrow);
  }
  for (const reset of resets) {
    reset.addEventListener("click", () => {
      for (const box of boxes) box.checked = false;
      narrow();
      filters.querySelector("summary").focus();
    });
  }
  narrow();
})();
