// The page of samples/Scaling in Chromium: one chat over three servers behind a round-robin proxy, one of them killed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sample } from "../Sockeye.Interop.Tests/sample.mjs";
import { launchBrowser, Person } from "./person.mjs";

let sample, browser, ada, bob, cyd;
const all = () => [ada, bob, cyd];

// Three servers start at once, and compile while they are first used.
const patience = 60_000;

before(async () => {
  sample = await Sample.start("Scaling");
  browser = await launchBrowser();
  [ada, bob, cyd] = await Promise.all([["Ada", ""], ["Bob", ""], ["Cyd", "&transports=polling"]].map(([name, more]) => Person.open(browser, `${sample.url}/?name=${name}${more}`, name)));
  all().forEach(({ page }) => page.setDefaultTimeout(patience));
});

after(async () => {
  await browser?.close();
  await sample?.kill();
});

/** The node that a page says it is on, once it is connected; another than `not`. */
const nodeOf = async (person, not = "nowhere") => {
  await person.see("status").filter({ hasText: new RegExp(`^You are ${person.name}, on (?!${not} )node-\\d `) }).waitFor();
  return /on (node-\d)/.exec(await person.see("status").textContent())[1];
};
const say = async (person, text) => {
  await person.page.getByLabel("Message").fill(text);
  await person.page.getByRole("button", { name: "Send" }).click();
};
const reads = async (person, from, text, options) => {
  const line = person.see("log").getByRole("listitem").filter({ hasText: `${from}: ${text}` }).and(person.page.locator(":not(.pending)"));
  await line.waitFor(options);
  assert.equal(await line.count(), 1, `${person.name} has "${text}" once`);
};

test("each page shows who is on which server", async () => {
  for (const person of all()) {
    await nodeOf(person);
  }
  for (const person of all()) {
    for (const other of all()) {
      await person.see(await nodeOf(other)).getByText(other.name === person.name ? `${other.name} (you)` : other.name, { exact: true }).waitFor();
    }
  }
  assert.match(await cyd.see("status").textContent(), /by polling/);
  assert.deepEqual(all().flatMap(({ complaints }) => complaints), []);
});

test("what one says reaches all, whichever server they are on", async () => {
  for (const person of all()) {
    await say(person, `Hello from ${person.name}`);
  }
  for (const person of all()) {
    for (const other of all()) {
      await reads(person, other.name, `Hello from ${other.name}`);
    }
  }
  await ada.screenshot("scaling");
});

test("a killed server's people move to another, and what they say meanwhile is sent", async () => {
  const node = await nodeOf(ada);
  await bob.see(node).getByRole("button", { name: "Kill" }).click();
  await say(ada, "Still here");
  assert.notEqual(await nodeOf(ada, node), node);
  await reads(ada, "Ada", "Still here");

  // Whoever had a request at the killed server is away for a moment, and this engine keeps nothing for them.
  for (let attempt = 1; ; attempt++) {
    await say(ada, `Attempt ${attempt}`);
    const readers = await Promise.allSettled(all().map((person) => reads(person, "Ada", `Attempt ${attempt}`, { timeout: 3000 })));
    if (readers.every(({ status }) => status === "fulfilled")) {
      break;
    }
    assert.ok(attempt < 20, readers.find(({ reason }) => reason)?.reason);
  }
  await bob.see(node).getByRole("button", { name: "Start" }).click();
  await bob.see(node).getByRole("button", { name: "Kill" }).waitFor();
  await bob.screenshot("scaling-after");
});
