// Opens the catalog's site in a real browser and uses it as its readers do.
//
// node browse.mjs <the site's folder> <Chromium>
//
// Prints a line for each check that passes. Ends with status 1 and the reasons if one fails.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";
import { badContrasts } from "./contrast.mjs";

const [folder, executablePath] = process.argv.slice(2);
const base = pathToFileURL(`${folder}/`).href;
const files = (inside = "") => readdirSync(join(folder, inside))
  .map((name) => (inside ? `${inside}/${name}` : name))
  .flatMap((path) => (statSync(join(folder, path)).isDirectory() ? files(path) : [path]));
const pages = files().filter((path) => path.endsWith(".html")).sort();
const eventPages = pages.filter((path) => path.startsWith("events/"));

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    // No host name resolves, so no request can leave this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND",
  ],
});

const faults = [];
const outside = [];

// A page in a context of its own. Records the errors of its console and its requests to other places.
async function open(path, options = {}, noted = { faults, outside }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(5000);
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) noted.faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => noted.faults.push(`${page.url()}: ${error.message}`));
  page.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Requests that are still pending when the next page opens end this way.
    if (reason !== "net::ERR_ABORTED") noted.faults.push(`${request.url()}: ${reason}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) noted.outside.push(request.url());
  });
  await page.goto(base + path);
  return page;
}

const visible = (page) => page.locator("#event-list li[data-type]:visible");
const names = (page) => visible(page).evaluateAll((items) => items.map((item) => item.dataset.type));
// The results of a search: the title, the kind and the reason of each.
const results = (page) => page.locator("[role=option]").evaluateAll((options) => options.map((option) => ({
  title: option.querySelector(".type").textContent,
  kind: option.querySelector(".what-kind").textContent,
  why: option.querySelector(".why").textContent,
})));
const textOf = (page, selector) => page.locator(selector).evaluate((node) => node.textContent);
const focused = (page) => page.evaluate(() => ({
  id: document.activeElement.id,
  text: document.activeElement.textContent,
  href: document.activeElement.getAttribute("href"),
}));

let failed = 0;
async function check(what, does) {
  const start = Date.now();
  try {
    await does();
    console.log(`ok ${what} (${Date.now() - start} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${what}: ${error.stack}`);
  }
}

await check("search finds an event, and its page shows schema and example", async () => {
  const page = await open("index.html");
  assert.equal(await visible(page).count(), eventPages.length, "all are listed at first");
  await page.fill("#search", "Phone changed");
  const found = await results(page);
  assert.deepEqual(found[0], { title: "UserPhoneChangedEventV1", kind: "event", why: "name" });
  assert.ok(found.length < eventPages.length / 2, `${found.length} results`);
  await page.press("#search", "Enter");
  await page.waitForURL("**/events/UserPhoneChangedEventV1.html");
  assert.equal(await textOf(page, "h1"), "UserPhoneChangedEventV1");
  for (const section of ["#schema", "#example"]) assert.ok(await page.isVisible(section), section);
  const schema = JSON.parse(await textOf(page, "#schema-json"));
  const raw = JSON.parse(readFileSync(join(folder, "schemas/account/UserPhoneChangedEventV1.json"), "utf8"));
  assert.deepEqual(schema, raw, "the page shows the schema's file");
  const example = JSON.parse(await textOf(page, "#example-json"));
  assert.equal(example.type, "UserPhoneChangedEventV1");
  for (const name of schema.required) assert.ok(name in example.data, `the example has ${name}`);
  assert.ok(example.data.contact.sealed && JSON.parse(await textOf(page, "#opened-contact-json")).phoneNumber);
  await page.context().close();
});

await check("search says which part of an entry matched", async () => {
  const page = await open("events/UserDeletedEventV1.html");
  const found = async (query) => {
    await page.fill("#search", query);
    return results(page);
  };
  const has = (list, title, kind, why) => assert.ok(
    list.some((one) => one.title === title && one.kind === kind && one.why.includes(why)),
    `${title}, ${kind}, ${why} is not among ${JSON.stringify(list)}`,
  );
  const fields = await found("countrycode");
  has(fields, "UserAddressAddedEventV1", "event", "field countryCode");
  has(fields, "UserAddressSnapshotEventV1", "snapshot event", "field countryCode");
  has(await found("previousemail"), "UserEmailChangedEventV1", "event", "field contact.previousEmail");
  has(await found("contact"), "UserRegisteredEventV1", "event", "class contact");
  has(await found("contact"), "contact", "data class", "class contact");
  has(await found("SUSPENDED"), "UserRestoredEventV1", "event", "value of the field status: SUSPENDED");
  has(await found("takeover"), "UserEmailChangedEventV1", "event", "what to do: ");
  has(await found("emailverified"), "UserEmailVerificationWithdrawnEventV1", "event", "changed attribute emailVerified");
  has(await found("callback addresses"), "UserAddressAddedEventV1", "thin event", "callback /users/{userId}/addresses/{addressId}");
  for (const attribute of ["partitionkey", "sequence", "dataschema", "traceparent"]) {
    const [first] = await found(attribute);
    assert.deepEqual(
      { title: first.title, kind: first.kind, why: first.why },
      { title: attribute, kind: "envelope", why: `envelope attribute ${attribute}` },
    );
  }
  await page.press("#search", "Enter");
  await page.waitForURL("**/envelope.html#attribute-traceparent");
  // The page scrolls to the row, smoothly.
  await page.waitForFunction(() => {
    const { top } = document.querySelector("#attribute-traceparent").getBoundingClientRect();
    return top >= 0 && top < innerHeight;
  });
  await page.context().close();
});

await check("search forgives spellings and slips, and says when nothing is found", async () => {
  const page = await open("thin/index.html");
  const titles = async (query) => {
    await page.fill("#search", query);
    return (await results(page)).map((one) => `${one.kind} ${one.title}`);
  };
  const right = await titles("email");
  assert.ok(right.length > 5);
  for (const other of ["e-mail", "emial", "emaill", "EMAIL"]) assert.deepEqual(await titles(other), right, other);
  await titles("emial");
  assert.match(await page.textContent("#search-note"), /^No “emial”\. Showing “email”\. \d+ results\./);
  assert.equal(await page.textContent("#search-said"), await page.textContent("#search-note"), "screen readers hear it, too");
  assert.ok((await titles("adress updatd"))[0] === "event UserAddressUpdatedEventV1");
  assert.ok((await titles("partitonkey"))[0] === "envelope partitionkey");
  assert.deepEqual(await titles("zzzzzzzz"), []);
  assert.match(await page.textContent("#search-said"), /^Nothing is found/);
  assert.ok(!(await page.isVisible("#results")));
  await page.context().close();
});

await check("search works by keyboard on every kind of page, and is a combobox", async () => {
  const kinds = ["index.html", "envelope.html", "classes/contact.html", "categories/access.html", "thin/index.html",
    "thin/UserDeletedEventV1.html", "events/RoleSnapshotEventV1.html"];
  for (const path of kinds) {
    const page = await open(path);
    await page.keyboard.press("/");
    await page.keyboard.type("role deleted");
    const state = () => page.$eval("#search", (input) => ({
      expanded: input.getAttribute("aria-expanded"),
      active: document.getElementById(input.getAttribute("aria-activedescendant"))?.querySelector(".type").textContent,
      selected: document.querySelectorAll("[role=option][aria-selected=true]").length,
      hasFocus: document.activeElement === input,
    }));
    assert.deepEqual(await state(), { expanded: "true", active: undefined, selected: 0, hasFocus: true }, path);
    await page.keyboard.press("ArrowDown");
    assert.deepEqual(await state(), { expanded: "true", active: "RoleDeletedEventV1", selected: 1, hasFocus: true }, path);
    await page.keyboard.press("ArrowDown");
    assert.notEqual((await state()).active, "RoleDeletedEventV1");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    const last = (await results(page)).at(-1);
    assert.equal((await state()).active, last.title, "above the first one is the last one");
    await page.keyboard.press("Escape");
    assert.equal((await state()).expanded, "false");
    assert.ok(!(await page.isVisible("#found-box")));
    assert.equal(await page.inputValue("#search"), "role deleted", "the first Escape closes the list");
    await page.keyboard.press("ArrowDown");
    assert.equal((await state()).expanded, "true");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    assert.equal(await page.inputValue("#search"), "", "the second one clears the search");
    await page.keyboard.type("role deleted");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/events/RoleDeletedEventV1.html");
    await page.context().close();
  }
});

await check("a result can be clicked, and the list closes when the focus leaves it", async () => {
  const page = await open("index.html");
  await page.fill("#search", "second factor");
  await page.locator("[role=option]", { hasText: "MfaStatusSnapshot" }).first().click();
  await page.waitForURL("**/events/MfaStatusSnapshotEventV1.html");
  await page.fill("#search", "role");
  assert.ok(await page.isVisible("#found-box"));
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.querySelector("#found-box").hidden);
  await page.context().close();
});

await check("the handlers are tabs for the keyboard, and the chosen language holds for all pages", async () => {
  const page = await open("events/UserEmailChangedEventV1.html");
  const shown = () => page.locator("[role=tabpanel]:visible").evaluateAll((panels) => panels.map((panel) => panel.id));
  const chosen = () => page.$$eval("[role=tab]", (tabs) => tabs.map((tab) => [tab.textContent, tab.getAttribute("aria-selected"), tab.tabIndex]));
  assert.deepEqual(await chosen(), [["Python", "true", 0], ["TypeScript", "false", -1], ["Rust", "false", -1]]);
  assert.deepEqual(await shown(), ["panel-python"]);
  await page.focus("#tab-python");
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await shown(), ["panel-typescript"]);
  assert.equal((await focused(page)).id, "tab-typescript");
  await page.keyboard.press("End");
  assert.deepEqual(await shown(), ["panel-rust"]);
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(await shown(), ["panel-python"]);
  await page.keyboard.press("ArrowLeft");
  assert.deepEqual(await shown(), ["panel-rust"]);
  for (const path of ["events/RoleSnapshotEventV1.html", "thin/UserDeletedEventV1.html"]) {
    await page.goto(base + path);
    assert.deepEqual(await shown(), ["panel-rust"], path);
    assert.ok((await textOf(page, "#handler-rust")).includes("pub async fn effects"), path);
  }
  await page.context().close();
});

await check("the side navigation marks the part that is read", async () => {
  const page = await open("events/UserEmailChangedEventV1.html", { reducedMotion: "reduce" });
  const current = () => page.$$eval(".toc a[aria-current]", (links) => links.map((link) => link.hash));
  assert.deepEqual(await current(), ["#guide"]);
  for (const part of ["#example", "#cause", "#fields"]) {
    await page.click(`.toc a[href='${part}']`);
    await page.waitForFunction((hash) => document.querySelector(".toc a[aria-current]").hash === hash, part);
  }
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.waitForFunction(() => document.querySelector(".toc a[aria-current]").hash === "#versions");
  assert.deepEqual(await current(), ["#versions"], "only one is marked");
  await page.context().close();
});

await check("no box of code is cut off, and a wrapped line keeps its indentation", async () => {
  for (const width of [1280, 390]) {
    const page = await open("events/UserEmailChangedEventV1.html", { viewport: { width, height: 900 } });
    const boxes = await page.$$eval(".lines", (all) => all.filter((box) => box.checkVisibility()).map((box) => ({
      id: box.id, hidden: box.scrollHeight - box.clientHeight, beside: box.scrollWidth - box.clientWidth,
    })));
    assert.ok(boxes.length >= 6);
    for (const box of boxes) assert.ok(box.hidden <= 0 && box.beside <= 0, `${width}: ${JSON.stringify(box)}`);
    const offsets = await page.$$eval("#schema-json .line", (lines) => lines.flatMap((line) => {
      const range = document.createRange();
      range.selectNodeContents(line);
      const rows = [...range.getClientRects()].filter((row) => row.width > 1);
      const first = rows[0];
      const blanks = line.textContent.length - line.textContent.trimStart().length;
      const character = first.width / Math.max(1, line.firstChild.textContent.length);
      return rows.filter((row) => row.top > first.bottom - 2)
        .map((row) => row.left - (first.left + blanks * character) > 0);
    }));
    assert.ok(offsets.length > 0, "some lines are wrapped");
    assert.ok(offsets.every(Boolean), `${width}: a wrapped line begins before its first one`);
    await page.context().close();
  }
});

await check("a ciphertext is folded, opens by keyboard, and is copied whole", async () => {
  for (const javaScriptEnabled of [true, false]) {
    const page = await open("events/UserEmailChangedEventV1.html", { javaScriptEnabled });
    const token = page.locator("#example-json .fold > span");
    const whole = JSON.parse(await textOf(page, "#example-json")).data.contact.sealed;
    assert.ok(whole.length > 200 && !(await token.isVisible()));
    const summary = page.locator("#example-json .fold > summary");
    const short = await summary.evaluate((node) => getComputedStyle(node, "::before").content);
    assert.ok(short.includes(whole.slice(0, 7)) && short.includes(`(${whole.length} characters)`), short);
    await summary.focus();
    await page.keyboard.press("Enter");
    assert.ok(await token.isVisible());
    await page.context().close();
  }
});

await check("of a changed row only the change is shown, the rest opens", async () => {
  const page = await open("events/UserEmailChangedEventV1.html");
  const rows = page.locator("#cause tbody tr:visible th");
  assert.deepEqual(await rows.allTextContents(), ["email", "updatedAt", "version"]);
  await page.click("#cause summary >> nth=0");
  assert.ok((await rows.count()) > 10);
  await page.goto(`${base}events/UserRegisteredEventV1.html`);
  assert.ok((await rows.count()) > 10, "of an inserted row everything is new");
  await page.context().close();
});

await check("a phone shows the events first", async () => {
  const page = await open("index.html", { viewport: { width: 390, height: 844 } });
  const first = await page.locator("#event-list li[data-type] >> nth=0").boundingBox();
  assert.ok(first.y + first.height < 844, `the first event ends at ${first.y + first.height}`);
  assert.ok(!(await page.isVisible("input[name=category] >> nth=0")), "the filters are folded");
  await page.click("#filters summary");
  await page.check("input[name=category][value=access]");
  assert.ok((await names(page)).every((name) => name.includes("Role")));
  await page.context().close();
});

await check("the filter by class and by category narrows the list", async () => {
  const page = await open("index.html");
  const expected = await page.$$eval("li[data-type]", (items) => items
    .filter((item) => item.dataset.classes.split(" ").includes("contact"))
    .map((item) => item.dataset.type));
  assert.ok(expected.length > 1 && expected.length < eventPages.length);
  await page.check("input[name=class][value=contact]");
  assert.deepEqual(await names(page), expected);
  assert.equal(await page.textContent("#found"), `${expected.length} events`);
  await page.check("input[name=category][value=access]");
  assert.deepEqual(await names(page), [], "no event of access has contact");
  await page.uncheck("input[name=class][value=contact]");
  assert.ok((await names(page)).length > 1);
  for (const item of await visible(page).all()) assert.equal(await item.getAttribute("data-category"), "access");
  await page.context().close();
});

await check("the copy button copies what is shown", async () => {
  const page = await open("events/UserEmailChangedEventV1.html");
  for (const id of ["example-json", "filter-json", "command-tail", "handler-python"]) {
    await page.click(`button[data-copy=${id}]`);
    // Both at one moment, because the page takes both back after two seconds. Screen readers announce `#copied`.
    await page.waitForFunction(
      (name) => document.querySelector(`button[data-copy=${name}]`).textContent.startsWith("Copied")
        && document.querySelector("#copied").textContent === "Copied.",
      id,
    );
    await page.evaluate(() => {
      document.querySelector("#pasted")?.remove();
      const pasted = Object.assign(document.createElement("textarea"), { id: "pasted" });
      document.body.append(pasted);
      pasted.focus();
    });
    await page.keyboard.press("Control+V");
    const pasted = await page.inputValue("#pasted");
    assert.equal(pasted, await textOf(page, `#${id}`));
    if (id.endsWith("-json")) assert.ok(JSON.parse(pasted));
    if (id === "command-tail") assert.equal(pasted, "user-events tail --stage dev --type UserEmailChanged");
  }
  await page.context().close();
});

await check("the keyboard alone is enough", async () => {
  const page = await open("index.html");
  await page.keyboard.press("Tab");
  assert.equal((await focused(page)).text, "Skip to the content");
  const box = await page.locator(".skip").boundingBox();
  assert.ok(box.y >= 0, "the skip link is seen when it has the focus");
  await page.keyboard.press("Enter");
  assert.equal((await focused(page)).id, "content");
  for (let step = 0; step < 10 && !(await focused(page)).id.startsWith("category-is-"); step += 1) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Space");
  assert.ok(await page.isChecked("input[name=category] >> nth=0"), "the first filter is ticked by the space bar");
  await page.keyboard.press("Space");
  await page.keyboard.press("/");
  assert.equal((await focused(page)).id, "search");
  await page.keyboard.type("mfa status");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/events/MfaStatusChangedEventV1.html");
  await page.locator("button[data-copy=example-json]").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#copied").textContent === "Copied.");
  await page.context().close();
});

await check("the focused element shows the focus", async () => {
  for (const path of ["index.html", "events/UserEmailChangedEventV1.html"]) {
    const page = await open(path);
    const stops = new Set();
    for (let step = 0; step < 120; step += 1) {
      await page.keyboard.press("Tab");
      const stop = await page.evaluate(() => {
        const node = document.activeElement;
        if (node === document.body) return undefined;
        const outlines = [getComputedStyle(node), getComputedStyle(node, "::after")];
        if (node.nextElementSibling) outlines.push(getComputedStyle(node.nextElementSibling));
        const shown = outlines.some((style) => style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2);
        return { shown, name: `${node.tagName} ${node.id} ${node.textContent.slice(0, 30)}` };
      });
      if (!stop) break;
      assert.ok(stop.shown, `${path}: ${stop.name}`);
      stops.add(stop.name);
    }
    assert.ok(stops.size > 15, `${path}: only ${stops.size} places can be reached`);
    await page.context().close();
  }
});

await check("everything is readable without JavaScript", async () => {
  const page = await open("index.html", { javaScriptEnabled: false });
  const links = page.locator("#event-list li a.type");
  assert.equal(await links.count(), eventPages.length);
  for (const link of await links.all()) assert.ok(await link.isVisible());
  for (const control of await page.locator("button, input, fieldset, #filters").all()) {
    assert.ok(!(await control.isVisible()), "controls that need scripts are hidden");
  }
  await page.click("a.type[href='events/UserLoggedInEventV1.html']");
  await page.waitForURL("**/events/UserLoggedInEventV1.html");
  for (const id of ["#fields", "#schema-json", "#example-json", "#opened-network-json", "#filter-json", "#cause",
    "#command-sample"]) {
    assert.ok(await page.isVisible(id), id);
  }
  assert.ok(await page.isVisible("#handler-python"), "the first language is open");
  await page.click("summary:has-text('Rust')");
  assert.ok(await page.isVisible("#handler-rust"));
  await page.click("a.badge.sealed");
  await page.waitForURL("**/classes/network.html");
  await page.context().close();
});

await check("the theme can be chosen and is remembered", async () => {
  const page = await open("index.html", { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.click("#theme");
  assert.equal(await page.textContent("#theme-name"), "light");
  await page.click("#theme");
  assert.equal(await page.textContent("#theme-name"), "dark");
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.goto(`${base}events/UserDeletedEventV1.html`);
  assert.equal(await ground(), dark, "another page has the theme, too");
  await page.emulateMedia({ media: "print" });
  assert.equal(await ground(), "rgb(255, 255, 255)", "paper is white");
  await page.context().close();
});

await check("nothing moves if the reader prefers reduced motion", async () => {
  for (const [reducedMotion, moves] of [["reduce", false], ["no-preference", true]]) {
    const page = await open("index.html", { reducedMotion });
    const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((node) => {
      const style = getComputedStyle(node);
      return style.transitionDuration !== "0s" || style.animationName !== "none" || style.scrollBehavior === "smooth";
    }).length);
    assert.equal(moving > 0, moves, `${moving} elements move with ${reducedMotion}`);
    await page.context().close();
  }
});

// Each page is opened once for all measurements.
const schemes = ["light", "dark"];
const measured = [];
const visitor = await open("index.html", { reducedMotion: "reduce" });
// The pages of thin events differ in little: one in four is enough.
const looked = pages.filter((path, place) => !path.startsWith("thin/User") || place % 4 === 0);
for (const path of looked) {
  await visitor.goto(base + path);
  const contrast = {};
  for (const width of path.startsWith("events/User") || path.startsWith("thin/") ? [1280] : [1280, 320]) {
    await visitor.setViewportSize({ width, height: 900 });
    for (const colorScheme of schemes) {
      await visitor.emulateMedia({ colorScheme });
      contrast[`${width} pixels wide, ${colorScheme}`] = await visitor.evaluate(badContrasts);
    }
  }
  await visitor.setViewportSize({ width: 320, height: 640 });
  const [wanted, given] = await visitor.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    return [document.documentElement.scrollWidth, document.documentElement.clientWidth];
  });
  measured.push({ path, contrast, wanted, given });
}

await check("no page has to be scrolled sideways at 320 pixels", async () => {
  for (const { path, wanted, given } of measured) assert.ok(wanted <= given, `${path} is ${wanted} pixels wide`);
  const widened = await visitor.evaluate(() => {
    document.querySelector("h1").style.width = "400px";
    return document.documentElement.scrollWidth > document.documentElement.clientWidth;
  });
  assert.ok(widened, "the measurement detects a heading that is too wide");
});

await check("every text has enough contrast, light and dark", async () => {
  let texts = 0;
  for (const { path, contrast } of measured) {
    for (const [how, { bad, looked }] of Object.entries(contrast)) {
      assert.deepEqual(bad, [], `${path}, ${how}`);
      assert.ok(looked > 20, `${path}: only ${looked} texts`);
      texts += looked;
    }
  }
  await visitor.setViewportSize({ width: 1280, height: 900 });
  await visitor.goto(`${base}index.html?category=access&class=none`);
  for (const colorScheme of schemes) {
    await visitor.emulateMedia({ colorScheme });
    assert.deepEqual((await visitor.evaluate(badContrasts)).bad, [], `with filters, ${colorScheme}`);
    await visitor.evaluate(() => { document.querySelector(".lede").style.color = "#8a8a8a"; });
    const { bad } = await visitor.evaluate(badContrasts);
    assert.equal(bad.length > 0, colorScheme === "light", "the measurement detects grey text on a light background");
    await visitor.evaluate(() => { document.querySelector(".lede").style.color = ""; });
  }
  console.log(`   ${texts} texts`);
});
await visitor.context().close();

await check("axe finds nothing serious, in light and dark, on a phone and on a wide window", async () => {
  // It cannot see the text of a summary that the style sheet writes; its name is `aria-label`.
  const judge = (page) => page.evaluate(async () => {
    const { violations, passes } = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return { passes: passes.length, serious: serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 90)).join(" | ")}`) };
  });
  const kinds = ["index.html", "envelope.html", "classes/index.html", "classes/contact.html", "categories/access.html", "thin/index.html",
    "events/UserEmailChangedEventV1.html", "events/UserAddressSnapshotEventV1.html", "thin/UserEmailChangedEventV1.html"];
  const page = await open("index.html", { bypassCSP: true, reducedMotion: "reduce" });
  for (const path of kinds) {
    await page.goto(base + path);
    await page.evaluate(axe.source);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        const { serious, passes } = await judge(page);
        assert.deepEqual(serious, [], `${path}, ${width} pixels, ${colorScheme}`);
        assert.ok(passes > 15, `${path}: only ${passes} rules were checked`);
      }
    }
  }
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await page.fill("#search", "emial");
    await page.keyboard.press("ArrowDown");
    assert.deepEqual((await judge(page)).serious, [], `with the results of a search, ${colorScheme}`);
  }
  await page.evaluate(() => document.querySelector("html").removeAttribute("lang"));
  assert.ok((await judge(page)).serious.some((fault) => fault.startsWith("html-has-lang")), "axe sees a page without a language");
  await page.context().close();
});

await check("the content security policy blocks everything from other places", async () => {
  const noted = { faults: [], outside: [] };
  const page = await open("index.html", {}, noted);
  const blocked = await page.evaluate(async () => {
    const violations = [];
    document.addEventListener("securitypolicyviolation", (event) => violations.push(event.effectiveDirective));
    const image = Object.assign(new Image(), { src: "https://example.com/picture.png" });
    const script = Object.assign(document.createElement("script"), { textContent: "window.ran = true" });
    document.body.append(image, script);
    await fetch("https://example.com/").catch(() => undefined);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
    return { violations: violations.sort(), ran: window.ran === true };
  });
  assert.deepEqual(blocked, { violations: ["connect-src", "img-src", "script-src-elem"], ran: false });
  await page.context().close();
});

await check("this test detects a request that leaves the folder", async () => {
  const noted = { faults: [], outside: [] };
  const page = await open("index.html", { bypassCSP: true }, noted);
  await page.evaluate(async () => {
    await fetch("https://example.com/").catch(() => undefined);
  });
  assert.deepEqual(noted.outside, ["https://example.com/"]);
  assert.ok(noted.faults.length > 0);
  await page.context().close();
});

await check("no console had an error, and no request left the folder", async () => {
  assert.deepEqual(faults, []);
  assert.deepEqual(outside, []);
});

await browser.close();
console.log(`${pages.length} pages, ${looked.length} measured, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
