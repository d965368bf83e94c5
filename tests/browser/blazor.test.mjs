// The page of samples/Blazor in Chromium: our own client in WebAssembly, as the netstandard2.1 build has it, on the browser's own fetch and WebSocket.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sample } from "../Sockeye.Interop.Tests/sample.mjs";
import { launchBrowser, Person } from "./person.mjs";

// The first visit compiles the runtime, and the machine may be busy.
const patience = 60_000;
// A published page, trimmed, can be tested in place of the built one: BLAZOR_PUBLISHED=/somewhere
const start = (port = 0) => Sample.start("Blazor.Server", { port, published: process.env.BLAZOR_PUBLISHED });
let sample, browser, ada;

before(async () => {
  sample = await start();
  browser = await launchBrowser();
  ada = await visit("Ada", "", { colorScheme: "light" });
});

after(async () => {
  await browser?.close();
  await sample?.kill();
});

/** A tab that counts the requests of each transport, and waits until it is connected. */
async function visit(name, query = "", options = {}) {
  const person = await Person.open(browser, "about:blank", name, options);
  person.page.setDefaultTimeout(patience);
  person.polls = [];
  person.sockets = [];
  person.page.on("request", (request) => request.url().includes("transport=polling") && person.polls.push(`${request.method()} ${new URL(request.url()).pathname}`));
  person.page.on("websocket", (socket) => person.sockets.push(socket.url()));
  await person.page.goto(`${sample.url}/${query}`);
  await person.state("connected");
  return person;
}

const transport = (person, name) => person.see("transport").filter({ hasText: new RegExp(`^${name}$`) }).waitFor();
const line = (person, text) => person.see("line").filter({ hasText: text }).first().waitFor();
const acknowledged = (person, text) => line(person, new RegExp(`${text} ✓ \\d+`));
const attempts = async (person, count) => {
  await person.see("attempt").nth(count - 1).waitFor();
  return person.see("attempt").evaluateAll((rows) => rows.map((row) => `${row.cells[1].textContent}: ${row.cells[3].textContent}`).reverse());
};
const press = (person, id) => person.see(id).click();
const say = async (person, text) => {
  await person.see("text").fill(text);
  await press(person, "say");
};

test("the page has the netstandard2.1 build: .NET's own TimeProvider is not where that build looks for it", async () => {
  const assemblies = await ada.page.evaluate(() => performance.getEntriesByType("resource").map((entry) => entry.name));
  assert.ok(assemblies.some((name) => /_framework\/Sockeye\.Client\..*wasm/.test(name)));
  assert.ok(assemblies.some((name) => /_framework\/Microsoft\.Bcl\.TimeProvider\..*wasm/.test(name)));
});

test("it connects by polling and goes over to WebSocket", async () => {
  await transport(ada, "websocket");
  assert.deepEqual(await attempts(ada, 2), ["handshake by polling: ok", "upgrade to websocket: ok"]);
  assert.ok(ada.polls.includes("GET /socket.io/"));
  assert.ok(ada.polls.includes("POST /socket.io/"));
  assert.equal(ada.sockets.length, 1);
});

for (const name of ["websocket", "polling"]) {
  test(`it connects by ${name} alone: an event with an object, an acknowledgement, binary there and back`, async () => {
    const bob = await visit("Bob", `?transport=${name}`);
    await transport(bob, name);
    assert.deepEqual(await attempts(bob, 1), [`handshake by ${name}: ok`]);
    assert.equal(bob.sockets.length, name === "websocket" ? 1 : 0);
    assert.equal(bob.polls.length > 0, name === "polling");

    await say(bob, `käse by ${name}`);
    await acknowledged(bob, `käse by ${name}`);
    await line(ada, `käse by ${name}`);
    await say(ada, `and back to ${name}`);
    await line(bob, `and back to ${name}`);
    await press(bob, "bytes");
    await line(bob, "010203FF reversed is FF030201 ✓");

    await press(bob, "toggle");
    await bob.state("disconnected");
    await line(bob, "disconnected: io client disconnect");
    await press(bob, "toggle");
    await bob.state("connected");
    assert.deepEqual(bob.complaints, []);
    await bob.context.close();
  });
}

test("after an upgrade, too", async () => {
  await press(ada, "bytes");
  await line(ada, "010203FF reversed is FF030201 ✓");
  await ada.see("latency").filter({ hasText: /ms$/ }).waitFor();
});

test("it looks as it should by day and by night", async () => {
  const dark = await visit("Grace", "", { colorScheme: "dark", viewport: { width: 400, height: 800 } });
  await transport(dark, "websocket");
  await say(dark, "Hello from WebAssembly");
  await acknowledged(dark, "Hello from WebAssembly");
  await line(ada, "Hello from WebAssembly");
  await ada.screenshot("blazor-light");
  await dark.screenshot("blazor-dark");
  assert.ok(await dark.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than a phone");
  assert.deepEqual(dark.complaints, []);
  await dark.context.close();
});

test("the server is killed and comes back: so does the connection", async () => {
  assert.deepEqual(ada.complaints, []);
  await sample.kill();
  await ada.state("reconnecting");
  await line(ada, "disconnected: transport close");
  await line(ada, "xhr poll error");
  sample = await start(sample.port);
  await ada.state("connected");
  await transport(ada, "websocket");
  await say(ada, "here again");
  await acknowledged(ada, "here again");
});
