// The row to edit, its presets, and the change: before and after, and the verdict.
import { announce, busy, copies, el, find, json, post } from "./page.js";

const editor = find("#editor");
const table = find("#table");
const wrong = find("#row-error");
const note = find("#row-note");

const draft = (action) => ({ table: table.value, action, row: editor.value });
const say = (element, text) => {
  element.textContent = text;
  element.hidden = !text;
};

const VERDICTS = {
  events: (verdict, tense) => [
    el("p", { class: "good" }, tense === "made" ? "It became" : "It would become"),
    el("ul", { class: "plain verdict-events" }, verdict.events.map((event) => el("li", {},
      el("span", { class: `badge category category-${event.category}` }, event.category), " ",
      el("code", { class: "type" }, event.type), " ", el("span", { class: "quiet" }, event.subject)))),
  ],
  nothing: (verdict) => [el("p", {}, el("strong", {}, "No event"), `, because ${verdict.reason}`)],
  parked: (verdict, tense) => [el("p", { class: "wrong" },
    el("strong", {}, tense === "made" ? "Parked" : "It would be parked"), `: ${verdict.reason}`),
  tense === "made" ? el("p", {}, el("a", { href: "#parked" }, "Look at it in the parked queue")) : null],
};

/** A name in camelCase, which may break between its words. */
const words = (name) => name.split(/(?=[A-Z])/).flatMap((word, place) => (place ? [el("wbr"), word] : [word]));

/** Shows what a write becomes. `tense` is `made` after it was written. */
const show = (previewed, tense) => {
  const { verdict } = previewed;
  find("#verdict").replaceChildren(...VERDICTS[verdict.kind](verdict, tense).filter(Boolean));
  find("#verdict").dataset.kind = verdict.kind;
  find("#verdict").dataset.tense = tense;
  const cell = (value) => el("td", {}, value === undefined ? el("span", { class: "quiet" }, "absent") : el("code", {}, json(value)));
  // What changed comes first.
  const changed = (one) => one.change !== "same";
  const { attributes } = previewed;
  const whole = ["added", "removed"].find((change) => attributes.every((one) => one.change === change));
  find("#attributes").toggleAttribute("data-whole", whole !== undefined);
  find("#attributes caption").textContent = { added: "A new row", removed: "The row is removed" }[whole] ?? "Before and after";
  const rows = [...attributes.filter(changed), ...attributes.filter((one) => !changed(one))].map((one) => el("tr", { class: `is-${one.change}` },
    el("th", { scope: "row" }, words(one.name), one.change === "same" ? null : el("span", { class: "what" }, one.change)),
    cell(one.before), cell(one.after)));
  find("#attributes tbody").replaceChildren(...rows);
  find("#attributes").hidden = false;
  find("#change-copies").hidden = false;
  find("#change-copies .copies").replaceChildren(...copies(previewed.copies));
};

let latest = 0;
const preview = async (action = "put") => {
  latest += 1;
  const mine = latest;
  try {
    const previewed = await post("preview", draft(action));
    if (mine !== latest) return;
    say(wrong, "");
    show(previewed, "planned");
  } catch (error) {
    if (mine === latest) say(wrong, error.message);
  }
};

/** Emphasises the button of the action that is proposed. */
const emphasise = (action) => {
  find("#write").classList.toggle("main", action === "put");
  find("#remove").classList.toggle("main", action === "delete");
};

let waiting;
const soon = () => {
  clearTimeout(waiting);
  emphasise("put");
  waiting = setTimeout(preview, 250);
};

const fill = (proposal) => {
  table.value = proposal.table;
  editor.value = proposal.row;
  emphasise(proposal.action);
  say(note, proposal.note ?? "");
  say(wrong, "");
};

const write = async (action) => {
  clearTimeout(waiting);
  latest += 1;
  try {
    const made = await post("write", draft(action));
    say(wrong, "");
    say(note, "");
    show(made, "made");
    announce(`Write ${made.write} was made. ${find("#verdict").textContent}`);
  } catch (error) {
    say(wrong, error.message);
  }
};

const listRows = async () => {
  try {
    const { rows } = await post("rows", { table: table.value });
    find("#existing-rows").replaceChildren(...rows.map((row) => el("li", {}, el("button", {
      type: "button",
      onclick: () => {
        editor.value = row.row;
        preview();
        editor.focus();
      },
    }, row.key))));
    if (!rows.length) find("#existing-rows").replaceChildren(el("li", { class: "quiet" }, "This table has no rows yet."));
  } catch (error) {
    say(wrong, error.message);
  }
};

export const start = () => {
  for (const button of document.querySelectorAll("button[data-preset]")) {
    button.addEventListener("click", () => busy(button, async () => {
      clearTimeout(waiting);
      try {
        const proposal = await post("propose", { preset: button.dataset.preset, user: find("#user")?.value ?? "" });
        fill(proposal);
        await preview(proposal.action);
      } catch (error) {
        say(wrong, error.message);
      }
    }));
  }
  editor.addEventListener("input", soon);
  table.addEventListener("change", () => {
    if (find("#existing").open) listRows();
    soon();
  });
  find("#draft").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(find("#write"), () => write("put"));
  });
  find("#remove").addEventListener("click", () => busy(find("#remove"), () => write("delete")));
  find("#existing").addEventListener("toggle", () => { if (find("#existing").open) listRows(); });
};
