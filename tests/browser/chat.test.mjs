// The chat sample in Chromium: two people, the official client from our own server, a cut connection and its mending.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ChatServer } from "./chat-server.mjs";
import { launchBrowser, Person } from "./person.mjs";

let server, browser, ada, grace;

before(async () => {
  server = await ChatServer.start();
  browser = await launchBrowser();
  [ada, grace] = await Promise.all([
    Person.enter(browser, server.url, "Ada"),
    Person.enter(browser, server.url, "Grace Hopper", { colorScheme: "dark" }),
  ]);
});

after(async () => {
  await browser?.close();
  await server?.kill();
});

test("the page runs the official client, which our server serves", async () => {
  const version = await ada.page.evaluate(async () => /Socket\.IO v([\d.]+)/.exec(await (await fetch("/socket.io/socket.io.js")).text())[1]);
  assert.match(version, /^4\.8\./);
  assert.equal(await ada.page.evaluate(() => typeof io.Manager), "function");
});

test("the connection begins with polling and goes over to WebSocket", async () => {
  await ada.see("pill").click();
  await ada.page.getByText("polling → websocket").waitFor();
  await ada.page.keyboard.press("Escape");
});

test("the ping time is measured and shown", async () => {
  await ada.see("ping").filter({ hasText: /^\d+ ms$/ }).waitFor();
});

test("each sees the other join", async () => {
  await ada.see("members").getByText("Grace Hopper").waitFor();
  await grace.see("members").getByText("Ada").waitFor();
  const linus = await Person.enter(browser, server.url, "Linus");
  await ada.line("Linus joined");
  await grace.line("Linus joined");
  await linus.context.close();
});

test("each sees the other leave, and the console says who left and why", async () => {
  await ada.line("Linus left");
  await grace.line("Linus left");
  assert.equal(await ada.see("members").getByText("Linus").count(), 0);
  await server.printed(/Linus.*transport close/);
});

test("they chat both ways", async () => {
  await ada.say("Good morning! Has anybody tried the new server?");
  await grace.reads("Good morning! Has anybody tried the new server?");
  await grace.say("Yes. It went from polling to WebSocket before I could look.");
  await ada.reads("Yes. It went from polling to WebSocket before I could look.");
  await grace.say("And every tick here is a real acknowledgement.");
  await ada.reads("And every tick here is a real acknowledgement.");
});

test("a message is delivered when the other's page has acknowledged it", async () => {
  await ada.tick("Good morning! Has anybody tried the new server?", "delivered");
  const tick = ada.message("Good morning! Has anybody tried the new server?").getByTestId("tick");
  assert.equal(await tick.getAttribute("aria-label"), "Delivered to Grace Hopper");
});

test("a message that nobody else is there to read is accepted, not delivered", async () => {
  await ada.see("new-room-name").fill("Ada-s-desk");
  await ada.see("new-room-submit").click();
  await ada.see("room-title").filter({ hasText: "#ada-s-desk" }).waitFor();
  await ada.say("Note to myself");
  await ada.tick("Note to myself", "accepted");
});

test("a room that somebody made can be joined, shows its history, and can be left", async () => {
  await grace.see("join-ada-s-desk").click();
  await grace.reads("Note to myself");
  await ada.line("Grace Hopper joined");
  await ada.tick("Note to myself", "delivered");
  await grace.see("leave-room").click();
  await ada.line("Grace Hopper left");
  await grace.see("room-title").filter({ hasText: "#lobby" }).waitFor();
});

test("messages in another room are counted until it is opened", async () => {
  await grace.say("Ada?");
  await grace.say("Are you at your desk?");
  await ada.see("unread-lobby").filter({ hasText: /^2$/ }).waitFor();
  assert.equal(await ada.page.title(), "(2) Sockeye chat");
  await ada.see("room-lobby").click();
  await ada.reads("Are you at your desk?");
  assert.equal(await ada.see("unread-lobby").count(), 0);
  await ada.see("room-ada-s-desk").click();
  await ada.see("leave-room").click();
  await ada.see("room-title").filter({ hasText: "#lobby" }).waitFor();
});

test("typing is seen while it lasts", async () => {
  await grace.see("composer").pressSequentially("I am thi");
  await ada.see("typing").filter({ hasText: "Grace Hopper is typing" }).waitFor();
  await ada.screenshot("desktop-light");
  await grace.see("composer").fill("");
  await ada.see("typing").filter({ hasNotText: "typing" }).waitFor();
});

test("a message is text, whatever it looks like", async () => {
  await grace.say('<img src=x onerror="document.title=1"> **not bold**');
  await ada.reads('<img src=x onerror="document.title=1"> **not bold**');
  assert.equal(await ada.see("log").locator("img").count(), 0);
});

test("a custom event goes out with its arguments, and its acknowledgements come back", async () => {
  await ada.see("open-tools").click();
  await ada.see("tab-events").click();
  await grace.see("open-tools").click();
  await ada.see("event-name").fill("dice");
  await ada.see("event-args").fill('[6, {"of": "six"}, null, "ünï"]');
  await ada.see("event-send").click();
  await grace.see("event-in").filter({ hasText: "dice" }).filter({ hasText: '[6,{"of":"six"},null,"ünï"]' }).filter({ hasText: "from Ada" }).waitFor();
  await ada.see("event-status").filter({ hasText: "1 of 1 acknowledged" }).waitFor();
  await ada.see("event-answers").filter({ hasText: '"seen by Grace Hopper"' }).waitFor();
  await grace.screenshot("desktop-dark");
});

test("arguments that are not JSON are refused where they are written", async () => {
  await ada.see("event-args").fill("[1,");
  await ada.see("event-send").click();
  await ada.see("event-error").filter({ hasText: "not JSON" }).waitFor();
  await ada.see("open-tools").click();
  await grace.see("open-tools").click();
});

test("the server refuses a name of blanks, and the page asks again", async () => {
  const nobody = await Person.open(browser, server.url, "");
  await nobody.giveName("   ");
  await nobody.see("name-error").filter({ hasText: "name" }).waitFor();
  await nobody.giveName("Somebody");
  await nobody.connected();
  await nobody.context.close();
  assert.deepEqual(nobody.complaints, []);
});

test("the page is whole on a phone", async () => {
  const phone = await Person.enter(browser, server.url, "Linus", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await phone.say("I am on the phone");
  await ada.reads("I am on the phone");
  const overflow = await phone.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `the page is ${overflow} px too wide`);
  await phone.screenshot("phone");
  await phone.page.getByLabel("Show the rooms").tap();
  await phone.see("join-coffee").tap();
  await phone.see("room-title").filter({ hasText: "#coffee" }).waitFor();
  await phone.context.close();
  assert.deepEqual(phone.complaints, []);
});

test("nobody's console has an error so far", () => {
  assert.deepEqual([ada.complaints, grace.complaints], [[], []]);
});

test("when the server dies both pages say so, and what is written waits", async () => {
  await server.kill();
  await Promise.all([ada, grace].map((person) => person.state("Reconnecting")));
  await ada.see("banner").filter({ hasText: "The connection is lost" }).waitFor();
  await ada.say("Is anybody there?");
  await ada.tick("Is anybody there?", "sending");
  await ada.screenshot("disconnected");
});

test("when the server is back both pages are too, and what waited is delivered", async () => {
  await server.start();
  await Promise.all([ada, grace].map((person) => person.connected()));
  assert.ok(await ada.see("banner").isHidden());
  await ada.line("You are back");
  await grace.reads("Is anybody there?");
  await ada.tick("Is anybody there?", "delivered");
  await grace.say("I am. That was quick.");
  await ada.reads("I am. That was quick.");
  assert.equal(await ada.message("Is anybody there?").count(), 1);
});

test("a page whose network goes away comes back when the network does", async () => {
  await grace.context.setOffline(true);
  await grace.state("Reconnecting");
  await grace.see("banner").filter({ hasText: "You are offline" }).waitFor();
  await ada.say("While you were away");
  await grace.context.setOffline(false);
  await grace.connected();
  await grace.reads("While you were away");
  await ada.tick("While you were away", "delivered");
});

test("the cuts left no error but the refused connections themselves", () => {
  const expected = /ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RESET|WebSocket connection to .* failed/;
  assert.deepEqual([...ada.complaints, ...grace.complaints].filter((complaint) => !expected.test(complaint)), []);
});

test("Ctrl+C ends the server cleanly, with the pages still open", async () => {
  assert.equal(await server.stop(), 0);
  await ada.state("Reconnecting");
});
