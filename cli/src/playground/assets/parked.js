// The parked queue: look, mend, see what it becomes, redrive, discard.
import { announce, busy, el, find, post } from "./page.js";

const say = (text, wrong = false) => {
  const state = find("#parked-state");
  state.textContent = text;
  state.className = wrong ? "wrong" : "quiet";
};

/** What a record becomes when it is redriven. */
const becomes = (outcome) => {
  if (outcome.outcome === "published") {
    return el("p", { "data-outcome": "published" }, "It would become ", outcome.events.map((event, place) =>
      [place ? ", " : "", el("code", { class: "type" }, event.type), ` ${event.subject}`]).flat());
  }
  const why = outcome.reason ?? outcome.why;
  const said = { parked: "It would be parked again", noEvent: "No event", unknown: "Not known" }[outcome.outcome];
  return el("p", { class: outcome.outcome === "parked" ? "wrong" : "", "data-outcome": outcome.outcome }, `${said}: ${why}`);
};

/** What a message is that is no record. */
const KINDS = {
  failures: "a batch that Lambda gave up, in the failure bucket",
  announcement: "the test event of the failure bucket",
  foreign: "neither a record nor a notification",
};

const act = async (path, body, item, done) => {
  try {
    await post(`parked/${path}`, body);
    item.remove();
    say(done);
    announce(done);
  } catch (error) {
    say(error.message, true);
  }
};

const record = (message) => {
  const { entry, id } = message;
  const what = el("div", {}, becomes(message.outcome));
  const editor = el("textarea", { rows: "12", spellcheck: "false", id: `image-${id}` });
  editor.value = message.image ?? "";
  const row = () => (editor.value === message.image ? undefined : editor.value);
  let waiting;
  editor.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      try {
        what.replaceChildren(becomes(await post("parked/preview", { id, row: row() })));
      } catch (error) {
        what.replaceChildren(el("p", { class: "wrong" }, error.message));
      }
    }, 250);
  });
  const redrive = el("button", { type: "button", class: "main", "data-act": "redrive" }, "Redrive");
  const discard = el("button", { type: "button", "data-act": "discard" }, "Discard");
  const item = el("li", { class: "parked-record", "data-id": id },
    el("h3", {}, entry.code ?? KINDS[entry.kind]),
    el("p", {}, entry.reason ?? ""),
    el("p", { class: "quiet" }, [entry.table, entry.row, entry.subject, message.since].filter(Boolean).join(" · ")),
    message.image === null ? null : el("details", { class: "mend" }, el("summary", {}, "Mend the record"),
      el("label", { for: editor.id }, "The row in the record, in DynamoDB’s JSON"), editor,
      el("p", { class: "quiet" }, "This mends the record, not the row in the table.")),
    what,
    el("div", { class: "actions" }, redrive, discard));
  redrive.addEventListener("click", () => busy(redrive, () => act("redrive", { id, row: row() }, item, "Sent to the redrive function.")));
  let sure = false;
  discard.addEventListener("click", () => {
    if (!sure) {
      sure = true;
      discard.textContent = "Discard for ever";
      say("The events of this record will never be published. Press again to discard it.");
      return;
    }
    busy(discard, () => act("discard", { id }, item, "Discarded."));
  });
  return item;
};

const read = async () => {
  say("Reading the queue takes some seconds …");
  try {
    const { messages } = await post("parked", {});
    find("#parked-list").replaceChildren(...messages.map(record));
    say(messages.length ? "" : "Nothing is parked.");
  } catch (error) {
    say(error.message, true);
  }
};

/** Shows how many messages the queue holds. */
export const count = (messages) => {
  const badge = find("#parked-count");
  if (badge.textContent !== String(messages) && messages) announce(`${messages} parked`);
  badge.textContent = messages;
  badge.toggleAttribute("data-some", messages > 0);
};

export const start = () => {
  find("#parked-read").addEventListener("click", (event) => busy(event.currentTarget, read));
};
