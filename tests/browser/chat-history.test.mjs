// The page of samples/ChatHistory in Chromium: who goes away and comes back has every message, once.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Sample } from "../Sockeye.Interop.Tests/sample.mjs";
import { launchBrowser, Person } from "./person.mjs";

let folder, sample, browser, ada, bob;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "chat-history-"));
  sample = await Sample.start("ChatHistory", { options: ["--database", join(folder, "chat.db")] });
  browser = await launchBrowser();
  [ada, bob] = await Promise.all(["Ada", "Bob"].map((name) => Person.open(browser, sample.url, name)));
});

after(async () => {
  await browser?.close();
  await sample?.kill();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const say = async (person, text) => {
  await person.page.getByLabel("Message").fill(text);
  await person.page.getByRole("button", { name: "Send" }).click();
};
const press = (person, name) => person.page.getByRole("button", { name, exact: true }).click();
const shows = async (person, ...texts) => {
  await person.page.getByRole("listitem").nth(texts.length - 1).waitFor();
  assert.deepEqual(await person.page.getByRole("listitem").allTextContents(), texts);
};

test("each sees what the other says", async () => {
  await say(ada, "Hello, Bob");
  await shows(bob, "Hello, Bob");
  await say(bob, "Hello, Ada. <b>How</b> are you?");
  await shows(ada, "Hello, Bob", "Hello, Ada. <b>How</b> are you?");
});

test("who goes away and comes back has what was said meanwhile, and the others have what was written offline", async () => {
  await press(bob, "Disconnect");
  await bob.page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  await say(ada, "While you were away");
  await shows(ada, "Hello, Bob", "Hello, Ada. <b>How</b> are you?", "While you were away");
  await say(bob, "Written while away");
  await press(bob, "Connect");
  const all = ["Hello, Bob", "Hello, Ada. <b>How</b> are you?", "While you were away", "Written while away"];
  await shows(bob, ...all);
  await shows(ada, ...all);
  await ada.screenshot("history");
  const cem = await Person.open(browser, sample.url, "Cem", { viewport: { width: 390, height: 844 }, isMobile: true, colorScheme: "dark" });
  await shows(cem, ...all);
  await cem.screenshot("history-phone");
  assert.deepEqual([...ada.complaints, ...bob.complaints, ...cem.complaints], []);
});
