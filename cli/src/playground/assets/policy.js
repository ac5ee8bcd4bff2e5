// Marks the events that a filter policy lets through.
import { arrived, onArrival } from "./events.js";
import { find, post } from "./page.js";

let active = false;

const mark = (judged) => {
  for (const { place, through, refused } of judged) {
    const item = arrived.get(place)?.item;
    if (!item) continue;
    item.dataset.passes = through ? "yes" : "no";
    item.querySelector(".passes").textContent = through ? "passes the filter" : `refused by ${refused.join(", ")}`;
  }
};

const off = () => {
  active = false;
  find("#filter-result").textContent = "";
  for (const { item } of arrived.values()) {
    delete item.dataset.passes;
    item.querySelector(".passes").textContent = "";
  }
};

const tryPolicy = async () => {
  try {
    const { judged } = await post("match", { policy: find("#filter-policy").value, scope: find("#scope").value });
    active = true;
    mark(judged);
    const through = judged.filter((one) => one.through).length;
    find("#filter-result").textContent = `${through} of ${judged.length} events would be delivered`;
    find("#filter-result").className = "";
  } catch (error) {
    off();
    find("#filter-result").textContent = error.message;
    find("#filter-result").className = "wrong";
  }
};

export const start = () => {
  find("#filter").addEventListener("submit", (event) => {
    event.preventDefault();
    tryPolicy();
  });
  find("#filter-off").addEventListener("click", off);
  onArrival(() => { if (active) tryPolicy(); });
};
