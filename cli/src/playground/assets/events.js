// The events as they arrive: opened or not granted, tampered with, and copied.
import { announce, block, busy, copies, el, find, folded, json, post } from "./page.js";

/** The events by their place, with the element of each. */
export const arrived = new Map();
const listeners = [];
/** Calls `listener` after each event. */
export const onArrival = (listener) => listeners.push(listener);

const switches = [...document.querySelectorAll("#grants input")];
const denied = () => switches.filter((box) => !box.checked).map((box) => box.name);

const STATUS = {
  notGranted: "not granted",
  erased: "the person was erased",
  sealed: "sealed",
  refused: "refused",
  failed: "not opened",
};

/** What became of opening a class: its content, or why there is none. */
const outcome = (line, name) => {
  if (line.opened && name in line.opened) return el("code", { class: "opened" }, json(line.opened[name]));
  const { status, reason } = line.notOpened?.[name] ?? { status: "sealed" };
  const kind = status === "refused" || status === "failed" ? "wrong" : "quiet";
  return el("span", { class: kind, "data-status": status }, STATUS[status], reason ? `: ${reason}` : "");
};

const tamper = async (place, name, how, result) => {
  const what = how === "flip" ? "One bit of the ciphertext was flipped" : "The token was put into another event";
  try {
    const line = await post("tamper", { place, class: name, how });
    result.replaceChildren(`${what} → `, outcome(line, name));
  } catch (error) {
    result.replaceChildren(el("span", { class: "wrong" }, error.message));
  }
};

const classPart = (event, name) => {
  const member = event.event.data[name];
  const result = el("p", { class: "tampered", role: "status" });
  const button = (how, label) => el("button", {
    type: "button",
    "data-tamper": how,
    onclick: (click) => busy(click.currentTarget, () => tamper(event.place, name, how, result)),
  }, label);
  return el("div", { class: "class", "data-class": name },
    el("p", {}, el("span", { class: "badge sealed" }, name), " ", el("span", { class: "outcome" }, "…")),
    folded(member.sealed),
    el("div", { class: "actions" }, button("flip", "Flip a bit"), button("move", "Move it to another event")),
    result);
};

const isSealed = (value) => value !== null && typeof value === "object" && typeof value.sealed === "string";

const marks = (event) => [
  event.write ? el("span", { class: "quiet" }, `of write ${event.write}, ${event.latency} ms`) : null,
  event.replay ? el("span", { class: "badge replay" }, "redriven") : null,
  event.first !== null ? el("span", { class: "badge" }, `same ID as event ${event.first + 1}`) : null,
];

const card = (event) => {
  const { data } = event.event;
  const plain = Object.fromEntries(Object.entries(data).filter(([, value]) => !isSealed(value)));
  const classes = Object.keys(data).filter((name) => isSealed(data[name]));
  const copied = el("div", { class: "copies" });
  const copyAs = el("details", { class: "more" }, el("summary", {}, "Copy as"), copied);
  copyAs.addEventListener("toggle", async () => {
    if (!copyAs.open || copied.childElementCount) return;
    const answer = await post("copies", { place: event.place });
    copied.replaceChildren(...copies(answer.copies));
  });
  return el("li", { class: `event category-${event.category}`, value: event.place + 1, "data-place": event.place, "data-type": event.event.type },
    el("h3", {}, el("code", { class: "type" }, event.event.type)),
    el("p", { class: "marks" }, el("span", { class: "badge category" }, event.category),
      el("span", {}, event.event.subject), marks(event), el("span", { class: "passes" })),
    el("pre", { class: "data", tabindex: "0", role: "region", "aria-label": "Data that every subscriber can read" }, json(plain)),
    classes.map((name) => classPart(event, name)),
    el("details", { class: "more" }, el("summary", {}, "Whole event"), block(event.event, "Whole event"),
      block(event.attributes, "Message attributes")),
    copyAs);
};

/** Opens the classes of events, as a subscriber with the chosen grants. */
const open = async (places) => {
  if (!places.length) return;
  try {
    const lines = await post("open", { places, denied: denied() });
    for (const [place, line] of Object.entries(lines)) {
      const item = arrived.get(Number(place))?.item;
      for (const part of item?.querySelectorAll("[data-class]") ?? []) {
        part.querySelector(".outcome").replaceChildren(outcome(line, part.dataset.class));
      }
    }
  } catch (error) {
    announce(error.message);
  }
};

const take = (event) => {
  if (arrived.has(event.place)) return;
  const item = card(event);
  arrived.set(event.place, { event, item });
  find("#arrived").prepend(item);
  find("#no-event").hidden = true;
  find("#event-count").textContent = arrived.size;
  announce(`${event.event.type} arrived`);
  open([event.place]);
  for (const listener of listeners) listener(event);
};

export const start = (onParked) => {
  const source = new EventSource("/api/stream");
  const state = find("#connection");
  source.addEventListener("open", () => { state.textContent = "live"; state.dataset.state = "live"; });
  source.addEventListener("error", () => { state.textContent = "not connected"; state.dataset.state = "lost"; });
  source.addEventListener("arrived", (message) => take(JSON.parse(message.data)));
  source.addEventListener("parked", (message) => onParked(JSON.parse(message.data).count));
  for (const box of switches) box.addEventListener("change", () => open([...arrived.keys()]));
};
