// What all parts of the page use: elements, requests, JSON with colours, folding and copying.

/** An element with attributes and children. A child that is a string becomes text, never markup. */
export const el = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
};

export const find = (selector) => document.querySelector(selector);

/** Tells a screen reader. */
export const announce = (text) => { find("#announced").textContent = text; };

/** Posts JSON. Throws the server's reason. */
export const post = async (path, body) => {
  let response;
  try {
    response = await fetch(`/api/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("the playground does not answer; is it still running in the terminal?");
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(text.trim() || `the playground answered ${response.status}`);
  }
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

const TOKEN = /^eyJ[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*$/;

/** A token, folded: its beginning and its length. */
export const folded = (text) => el("details", { class: "folded" },
  el("summary", {}, el("code", { class: "token" }, `${text.slice(0, 16)}…`), ` ${text.length} characters`),
  el("code", { class: "token" }, text));

/** A value as coloured JSON; long tokens are folded. */
export const json = (value, indent = "") => {
  const part = (kind, text) => el("span", { class: kind }, text);
  if (typeof value === "string") {
    return TOKEN.test(value) ? folded(value) : part("text", JSON.stringify(value));
  }
  if (value === null || typeof value === "boolean") return part("word", String(value));
  if (typeof value === "number") return part("number", String(value));
  const list = Array.isArray(value);
  const entries = list ? value.map((element) => [null, element]) : Object.entries(value);
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  if (!entries.length) return el("span", {}, open + close);
  const inner = `${indent}  `;
  const whole = el("span", {}, open);
  entries.forEach(([name, element], place) => {
    whole.append("\n", inner);
    if (name !== null) whole.append(part("key", JSON.stringify(name)), ": ");
    whole.append(json(element, inner), place + 1 < entries.length ? "," : "");
  });
  whole.append("\n", indent, close);
  return whole;
};

/** A block of JSON. A keyboard can scroll it. */
export const block = (value, label) => el("pre", { tabindex: "0", role: "region", "aria-label": label }, json(value));

/** Copies a text, and says so in the button. */
const copy = async (button, text) => {
  const label = button.textContent;
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", {}, text);
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  button.textContent = done ? "copied" : "not copied";
  announce(done ? "Copied." : "The browser did not allow copying.");
  setTimeout(() => { button.textContent = label; }, 1500);
};

/** Buttons that copy, with what they copy to be looked at. */
export const copies = (list) => list.map(({ name, text }) => el("details", { class: "copy" },
  el("summary", {}, name),
  el("pre", { tabindex: "0", role: "region", "aria-label": name }, text),
  el("button", { type: "button", "data-copies": name, onclick: (event) => copy(event.currentTarget, text) }, "copy")));

/** Runs what a button starts, once at a time. */
export const busy = async (button, work) => {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
};
