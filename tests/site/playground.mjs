// Plays a session through the playground in a real browser, on the local engine.
//
// node playground.mjs <the page's URL> <Chromium> [a folder for screenshots]
//
// Prints a line for each check that passes. Ends with status 1 and the reasons if one fails.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [url, executablePath, shots] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Events pass a table's stream, a function, a topic and a queue, on a machine that may be busy.
const PATIENCE = 60_000;
const user = `play-${Date.now().toString(36)}`;

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // No host name resolves, so no request can leave this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ],
});
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] });
const page = await context.newPage();
page.setDefaultTimeout(PATIENCE);

const faults = [];
const outside = [];
page.on("console", (message) => {
  // A refused policy or row is an answer with an error status, which the browser notes.
  if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) faults.push(message.text());
});
page.on("pageerror", (error) => faults.push(error.message));
page.on("request", (request) => { if (!request.url().startsWith(url)) outside.push(request.url()); });

let number = 0;
const ok = (what) => { number += 1; console.log(`ok ${number} ${what}`); };
const text = (selector) => page.locator(selector).first().innerText();
const eventsOf = (type) => page.locator(`#arrived > [data-type="${type}"]`).filter({ hasText: `users/${user}` });
const preset = async (id) => {
  await page.locator(`[data-preset="${id}"]`).click();
  await page.locator(`[data-preset="${id}"]:not([aria-busy])`).waitFor();
};
const planned = (kind) => page.locator(`#verdict[data-kind="${kind}"][data-tense="planned"]`).waitFor();
const made = (kind) => page.locator(`#verdict[data-kind="${kind}"][data-tense="made"]`).waitFor();
const shot = async (name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }); };

try {
  await page.goto(url);
  await page.locator('#connection[data-state="live"]').waitFor();
  ok("the page opens and is live");

  // The engine may have many events already: only those of this user are looked at.
  await page.fill("#user", user);
  for (const [id, action, types] of [
    ["register", "write", ["UserRegisteredEventV1"]],
    ["verify", "write", ["UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1"]],
    ["email", "write", ["UserEmailChangedEventV1"]],
    ["address", "write", ["UserAddressAddedEventV1"]],
    ["login", "write", ["UserLoggedInEventV1"]],
  ]) {
    await preset(id);
    await planned("events");
    for (const type of types) assert.match(await text("#verdict"), new RegExp(type));
    await page.locator(`#${action}`).click();
    await made("events");
    for (const type of types) await eventsOf(type).first().waitFor();
    assert.match(await eventsOf(types[0]).first().innerText(), /of write \d+, \d+ ms/);
    ok(`${id}: ${types.join(", ")}`);
  }

  await preset("rehash");
  await planned("nothing");
  assert.match(await text("#verdict"), /No event, because only the password hash changed/);
  assert.equal(await page.locator("#attributes .is-changed").count(), 1);
  await page.locator("#write").click();
  await made("nothing");
  ok("re-hashing the password is no event, and the page says why");

  const changed = eventsOf("UserEmailChangedEventV1").first();
  const contact = changed.locator('[data-class="contact"]');
  const opened = contact.locator(".outcome");
  await opened.filter({ hasText: "@example.com" }).waitFor();
  assert.equal(await contact.locator("details.folded > code").isVisible(), false);
  ok("the class contact is open, its ciphertext folded");
  await page.locator('#grants input[name="contact"]').focus();
  await page.keyboard.press("Space");
  await opened.filter({ hasText: "not granted" }).waitFor();
  await shot("not-granted");
  await page.locator('#grants input[name="contact"]').check();
  await opened.filter({ hasText: "@example.com" }).waitFor();
  ok("a switch takes the grant away, and gives it back");

  for (const [how, reason] of [["flip", /flipped.*refused/s], ["move", /another event.*refused.*another event/s]]) {
    await contact.locator(`[data-tamper="${how}"]`).click();
    const result = contact.locator(".tampered").filter({ hasText: reason });
    await result.waitFor();
    ok(`tampering is refused: ${(await result.innerText()).replaceAll("\n", " ")}`);
  }

  await page.fill("#filter-policy", '{"eventType": ["UserEmailChangedEventV1"]}');
  await page.locator('#filter button[type="submit"]').click();
  await page.locator("#filter-result").filter({ hasText: "would be delivered" }).waitFor();
  assert.equal(await changed.getAttribute("data-passes"), "yes");
  assert.equal(await eventsOf("UserRegisteredEventV1").first().getAttribute("data-passes"), "no");
  await shot("filter");
  await page.fill("#filter-policy", '{"eventType": []}');
  await page.locator('#filter button[type="submit"]').click();
  await page.locator("#filter-result.wrong").filter({ hasText: "eventType" }).waitFor();
  await page.locator("#filter-off").click();
  assert.equal(await changed.getAttribute("data-passes"), null);
  ok("a filter policy marks what passes, and a wrong one is refused with its key");

  await page.selectOption("#subject", `users/${user}`);
  const lane = page.locator("#lanes .category-account li");
  const types = (await lane.allInnerTexts()).map((line) => line.split(" ")[0]);
  assert.deepEqual(types.slice(0, 4), [
    "UserRegisteredEventV1", "UserEmailVerifiedEventV1", "UserAccountStatusChangedEventV1", "UserEmailChangedEventV1",
  ]);
  ok("the timeline has the user's events in the order of their sequence");

  await preset("drop-email");
  await planned("parked");
  assert.match(await text("#verdict"), /would be parked.*email/s);
  const before = Number(await text("#parked-count"));
  await page.locator("#write").click();
  await made("parked");
  await page.waitForFunction((count) => Number(document.querySelector("#parked-count").textContent) > count, before);
  const record = page.locator(".parked-record").filter({ hasText: `users/${user}` });
  const read = async () => {
    await page.locator("#parked-read").click();
    await page.locator("#parked-read:not([aria-busy])").waitFor();
  };
  await read();
  await record.first().waitFor();
  assert.match(await record.first().innerText(), /row-does-not-fit[\s\S]*parked again/);
  ok("a row without the e-mail is parked, and redriving it as it is would park it again");

  await record.first().locator(".mend > summary").click();
  const editor = record.first().locator("textarea");
  const image = JSON.parse(await editor.inputValue());
  image.email = { S: "mended@example.com" };
  await editor.fill(JSON.stringify(image, null, 2));
  await record.first().locator('[data-outcome="published"]').filter({ hasText: "UserEmailChangedEventV1" }).waitFor();
  await shot("mended");
  const known = await eventsOf("UserEmailChangedEventV1").count();
  await record.first().locator('[data-act="redrive"]').click();
  await page.waitForFunction(
    ([type, subject, count]) => [...document.querySelectorAll(`#arrived > [data-type="${type}"]`)]
      .filter((item) => item.textContent.includes(subject)).length > count,
    ["UserEmailChangedEventV1", `users/${user}`, known],
  );
  const redriven = eventsOf("UserEmailChangedEventV1").first();
  assert.match(await redriven.locator(".marks").innerText(), /redriven/);
  await redriven.locator(".outcome").filter({ hasText: "mended@example.com" }).waitFor();
  ok("the mended record is redriven, and its event arrives with its mark");

  await preset("email");
  await page.locator("#write").click();
  await made("events");
  await preset("drop-email");
  await page.locator("#write").click();
  await made("parked");
  await page.waitForFunction(() => Number(document.querySelector("#parked-count").textContent) > 0);
  await read();
  await record.first().waitFor();
  await record.first().locator('[data-act="discard"]').click();
  await record.first().locator('[data-act="discard"]').filter({ hasText: "for ever" }).click();
  await page.locator("#parked-state").filter({ hasText: "Discarded." }).waitFor();
  await read();
  assert.equal(await record.count(), 0);
  ok("a record is discarded after a second press");

  await page.fill("#editor", '{"pk": secret}');
  await page.locator("#row-error").filter({ hasText: "line 1, column 8" }).waitFor();
  assert.doesNotMatch(await text("#row-error"), /secret/);
  ok("what is no JSON is named by its place, and not quoted");

  await page.locator("#existing > summary").click();
  await page.selectOption("#table", "profiles");
  await page.locator("#existing-rows button").filter({ hasText: `USER#${user} ADDRESS#` }).first().click();
  assert.match(await page.inputValue("#editor"), /"countryCode": "GB"/);
  await page.selectOption("#table", "accounts");
  ok("a row that exists is put into the editor");

  await preset("delete");
  await planned("events");
  await page.locator("#change-copies summary").filter({ hasText: "delete-item" }).click();
  await page.locator('#change-copies [data-copies="delete-item"]').click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^AWS_ACCESS_KEY_ID=test .* aws --region us-east-1 --endpoint-url http:\S+ dynamodb delete-item --table-name \S+ --key '\{/);
  await page.locator("#remove").click();
  await made("events");
  await eventsOf("UserDeletedEventV1").first().waitFor();
  await changed.locator("summary").filter({ hasText: "Copy as" }).click();
  for (const name of ["sample", "tail", "scaffold"]) {
    await changed.locator(`.copy > summary`).filter({ hasText: name }).waitFor();
  }
  ok("delete: UserDeletedEventV1; writes and events can be copied as commands");

  await page.reload();
  await eventsOf("UserDeletedEventV1").first().waitFor();
  await eventsOf("UserRegisteredEventV1").first().waitFor();
  ok("a page that is opened later has the earlier events");

  await page.fill("#user", user);
  await preset("register");
  await planned("events");
  for (const width of [390, 1280]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, `at ${width} px the page scrolls sideways by ${wide} px`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
      assert.deepEqual(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" ")}`), []);
      await shot(`${width}-${colorScheme}`);
      ok(`axe finds nothing serious at ${width} px, ${colorScheme} (lesser: ${violations.map(({ id }) => id).join(", ") || "none"})`);
    }
  }

  assert.deepEqual(faults, [], "errors of the console");
  assert.deepEqual(outside, [], "requests to other places");
  ok("the console has no error, and no request went elsewhere");
} catch (error) {
  await shot("failed");
  console.error(error.message);
  console.error(`verdict: ${await text("#verdict").catch(() => "-")}; row: ${await text("#row-error").catch(() => "-")}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
