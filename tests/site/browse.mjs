// Opens the catalog's site in a real browser and uses it as its readers do.
//
// node browse.mjs <the site's folder> <Chromium>
//
// Prints a line for each check that passes. Ends with status 1 and the reasons if one fails.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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

const visible = (page) => page.locator("#event-list li[data-search]:visible");
const names = (page) => visible(page).evaluateAll((items) => items.map((item) => item.dataset.type));
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
  const found = await names(page);
  assert.ok(found.includes("UserPhoneChangedEventV1") && found.length < 6, found.join());
  assert.equal(await page.textContent("#found"), `${found.length} events`);
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
  await page.goBack();
  assert.equal(await page.inputValue("#search"), "Phone changed", "the way back keeps the search");
  assert.deepEqual(await names(page), found);
  await page.context().close();
});

await check("search knows fields and spellings, and says when nothing is found", async () => {
  const page = await open("index.html");
  await page.fill("#search", "countrycode");
  assert.deepEqual(await names(page), [
    "UserAddressAddedEventV1",
    "UserAddressUpdatedEventV1",
    "UserAddressSnapshotEventV1",
  ]);
  await page.fill("#search", "e-mail");
  const hyphened = await names(page);
  await page.fill("#search", "email");
  assert.deepEqual(await names(page), hyphened);
  await page.fill("#search", "no such event");
  assert.ok(await page.isVisible("#nothing"));
  assert.equal(await page.textContent("#found"), "0 events");
  await page.click("#nothing button");
  assert.equal(await visible(page).count(), eventPages.length);
  await page.context().close();
});

await check("search on another page leads to the list", async () => {
  const page = await open("classes/contact.html");
  await page.keyboard.press("/");
  await page.keyboard.type("role deleted");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/index.html?q=role+deleted");
  assert.deepEqual(await names(page), ["RoleDeletedEventV1"]);
  await page.context().close();
});

await check("the filter by class and by category narrows the list", async () => {
  const page = await open("index.html");
  const expected = await page.$$eval("li[data-search]", (items) => items
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
  for (const id of ["example-json", "filter-json"]) {
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
    assert.ok(JSON.parse(pasted));
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
  await page.keyboard.type("role");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  const [first] = await names(page);
  assert.equal((await focused(page)).href, `events/${first}.html`);
  await page.keyboard.press("ArrowUp");
  assert.equal((await focused(page)).id, "search");
  await page.keyboard.press("Escape");
  assert.equal(await visible(page).count(), eventPages.length, "Escape clears the search");
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
  for (const control of await page.locator("button, input, fieldset").all()) {
    assert.ok(!(await control.isVisible()), "controls that need scripts are hidden");
  }
  await page.click("a.type[href='events/UserLoggedInEventV1.html']");
  await page.waitForURL("**/events/UserLoggedInEventV1.html");
  for (const id of ["#fields", "#schema-json", "#example-json", "#opened-network-json", "#filter-json", "#cause"]) {
    assert.ok(await page.isVisible(id), id);
  }
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
for (const path of pages) {
  await visitor.goto(base + path);
  const contrast = {};
  for (const width of path.startsWith("events/User") ? [1280] : [1280, 320]) {
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
  await visitor.goto(`${base}index.html?q=role&class=none`);
  for (const colorScheme of schemes) {
    await visitor.emulateMedia({ colorScheme });
    assert.deepEqual((await visitor.evaluate(badContrasts)).bad, [], `with a search and a filter, ${colorScheme}`);
    await visitor.evaluate(() => { document.querySelector(".lede").style.color = "#8a8a8a"; });
    const { bad } = await visitor.evaluate(badContrasts);
    assert.equal(bad.length > 0, colorScheme === "light", "the measurement detects grey text on a light background");
    await visitor.evaluate(() => { document.querySelector(".lede").style.color = ""; });
  }
  console.log(`   ${texts} texts`);
});
await visitor.context().close();

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
console.log(`${pages.length} pages, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
