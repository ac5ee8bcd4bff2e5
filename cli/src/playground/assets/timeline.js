// The events of one subject in the order of their sequence, by category.
import { arrived, onArrival } from "./events.js";
import { el, find } from "./page.js";

const subjects = find("#subject");
let chosen = false;

const lane = (category, events) => el("section", { class: `lane category-${category}` },
  el("h3", {}, category),
  el("ol", {}, events.map(({ event, place, replay, first }) => el("li", {},
    el("a", { href: `#event-${place}` }, event.type), " ",
    el("code", { class: "quiet", title: event.sequence }, `…${event.sequence.slice(-12)}`),
    replay ? el("span", { class: "badge replay" }, "redriven") : null,
    first !== null ? el("span", { class: "badge" }, `again event ${first + 1}`) : null))));

const show = () => {
  const lanes = new Map();
  for (const { event } of arrived.values()) {
    if (event.event.subject !== subjects.value) continue;
    lanes.set(event.category, [...(lanes.get(event.category) ?? []), event]);
  }
  const inOrder = (events) => events.sort((one, other) =>
    one.event.sequence < other.event.sequence ? -1 : Number(one.event.sequence > other.event.sequence) || one.place - other.place);
  find("#lanes").replaceChildren(...[...lanes].map(([category, events]) => lane(category, inOrder(events))));
};

export const start = () => {
  subjects.addEventListener("change", () => { chosen = true; show(); });
  onArrival((event) => {
    const { subject } = event.event;
    arrived.get(event.place).item.id = `event-${event.place}`;
    if (![...subjects.options].some((option) => option.value === subject)) {
      subjects.append(el("option", { value: subject }, subject));
    }
    if (!chosen) subjects.value = subject;
    show();
  });
};
