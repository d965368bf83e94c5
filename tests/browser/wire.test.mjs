// The wire beside the chat: a person's own connection as seven layers, from the TCP handshake to the event and its bytes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ChatServer } from "./chat-server.mjs";
import { launchBrowser, Person } from "./person.mjs";

let server, browser, ada;

before(async () => {
  server = await ChatServer.start();
  browser = await launchBrowser();
  ada = await enterWire("Ada", { viewport: { width: 1440, height: 900 } });
});

after(async () => {
  await browser?.close();
  await server?.kill();
});

async function enterWire(name, options) {
  const person = await Person.enter(browser, server.url, name, options);
  await openWire(person);
  return person;
}

async function openWire(person) {
  await person.see("open-tools").click();
  await person.see("tab-wire").click();
  await record(person, "engine.io", /upgrade/).first().waitFor();
}

function record(person, layer, text) {
  return person.page.locator(`[data-testid=record][data-layer="${layer}"]`).filter({ hasText: text });
}

test("the connection's story begins with its addresses and the three steps of TCP", async () => {
  await record(ada, "network", "127.0.0.1").first().waitFor();
  await record(ada, "tcp", /SYN, SYN-ACK, ACK: round trip [\d.]+ ms/).first().waitFor();
});

test("then HTTP: polling opens the session, and one request asks for a WebSocket", async () => {
  await record(ada, "http", /request.*transport=polling/).first().waitFor();
  await record(ada, "engine.io", /open.*ping every 25 s/).first().waitFor();
  await record(ada, "http", /upgrade request.*transport=websocket/).first().waitFor();
  await record(ada, "http", /upgrade response.*101 Switching Protocols/).first().waitFor();
});

test("then Engine.IO tries the WebSocket, and moves over to it", async () => {
  await record(ada, "engine.io", /ping.*probe/).first().waitFor();
  await record(ada, "engine.io", /pong.*probe/).first().waitFor();
  await record(ada, "engine.io", /upgrade.*not polling/).first().waitFor();
});

test("each layer says what it is for, and names its RFC or protocol", async () => {
  for (const [number, reference] of [[7, "Socket.IO protocol"], [6, "Engine.IO protocol"], [5, "RFC 6455"], [4, "RFC 9112"], [3, "RFC 8446"], [2, "RFC 9293"], [1, "RFC 791"]]) {
    await ada.see(`layer-${number}`).locator("summary").click();
    await ada.see(`layer-${number}`).getByText(reference).waitFor();
    await ada.see(`layer-${number}`).locator("summary").click();
  }
  await ada.see("layer-3").getByText("none: this page came by http:").waitFor();
});

test("an event goes out and comes back, and opens down to its bytes", async () => {
  await ada.see("wire-send").click();
  const event = record(ada, "socket.io", /EVENT.*echo\("hello"/);
  await event.nth(1).waitFor();
  await event.first().getByRole("button").click();
  for (const layer of ["socket.io", "engine.io", "websocket", "tcp"]) {
    await event.first().getByTestId(`shell-${layer}`).first().waitFor();
  }

  const bytes = await event.first().getByTestId("bytes").allInnerTexts();
  assert.match(bytes[0], /^0000 {2}32 5b 22 65 63 68 6f 22 .* 2\["echo"/); // 2["echo"
  assert.match(bytes[1], /^0000 {2}34 32 5b 22 65 63 68 6f/);               // 42["echo
  assert.match(bytes[2], /^0000 {2}81 ac /);                                // FIN and text, masked and 44 bytes
  assert.equal(bytes[3], bytes[2]);                                         // the stream has the frame as it is
  await event.first().getByText("RFC 6455 §5.3").first().waitFor();
  await ada.screenshot("wire-wide-light");
  await event.first().getByRole("button").click();
});

test("what comes from the server is not masked", async () => {
  const event = record(ada, "socket.io", /EVENT.*echo\("hello"/).nth(1);
  await event.getByRole("button").click();
  assert.match((await event.getByTestId("bytes").allInnerTexts())[2], /^0000 {2}81 2c 34 32 5b/);
  await event.getByText("0 (from the server)").waitFor();
  await event.getByRole("button").click();
});

test("a binary event is a text packet and a binary frame", async () => {
  await ada.see("wire-binary").click();
  const event = record(ada, "socket.io", /BINARY_EVENT.*echo\(<4 bytes: ca fe ba be>\)/);
  await event.nth(1).waitFor();
  await event.first().getByRole("button").click();
  assert.equal(await event.first().getByTestId("shell-engine.io").count(), 2);
  await event.first().getByText("travels inside of these 2").waitFor();
  await event.first().getByRole("button").click();
});

test("an acknowledgement is measured", async () => {
  await ada.see("wire-ack").click();
  await ada.see("wire-note").filter({ hasText: /after \d+ ms/ }).waitFor();
});

test("every layer's records are there for who wants them", async () => {
  await ada.see("wire-all").check();
  await record(ada, "websocket", "text frame").first().waitFor();
  await record(ada, "tcp", "read").first().waitFor();
  await record(ada, "tcp", "write").first().waitFor();
  await ada.see("wire-all").uncheck();
  assert.equal(await record(ada, "websocket", "text frame").count(), 0);
});

test("slow is slow, and fast again", async () => {
  await ada.see("wire-slow").click();
  await ada.see("wire-note").filter({ hasText: "500 ms" }).waitFor();
  await ada.see("wire-ack").click();
  await ada.see("wire-note").filter({ hasText: /after \d+ ms/ }).waitFor();
  const milliseconds = Number(/after (\d+) ms/.exec(await ada.see("wire-note").innerText())[1]);
  assert.ok(milliseconds >= 500, `${milliseconds} ms`);
  await ada.see("wire-slow").click();
  await ada.see("wire-note").filter({ hasText: "as before" }).waitFor();
});

test("a cut connection is seen, and so is the one that follows", async () => {
  const upgrades = await record(ada, "engine.io", /upgrade.*not polling/).count();
  await ada.see("wire-cut").click();
  await ada.page.getByText("Disconnected: transport").first().waitFor();
  await record(ada, "engine.io", /upgrade.*not polling/).nth(upgrades).waitFor();
  await ada.state("Connected");
});

test("the session id is nowhere on the page, not even in the bytes", async () => {
  await ada.see("wire-all").check();
  const requests = record(ada, "http", "transport=polling");
  await requests.last().getByRole("button").click();
  await requests.last().getByTestId("bytes").first().waitFor();
  const html = await ada.page.content();
  assert.ok(ada.sessionIds.size > 1);
  ada.sessionIds.forEach((id) => assert.ok(!html.includes(id)));
  assert.match(html, /sid=…/);
  await ada.see("wire-all").uncheck();
});

test("nobody sees another's connection", async () => {
  const grace = await enterWire("Grace", { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await ada.see("wire-send").click();
  await record(ada, "socket.io", /echo\("hello"/).last().waitFor();
  await grace.see("wire-ack").click();
  await grace.see("wire-note").filter({ hasText: /after \d+ ms/ }).waitFor();
  assert.equal(await record(grace, "socket.io", /echo\("hello"/).count(), 0);
  await grace.screenshot("wire-narrow-dark");
  const refused = await grace.page.evaluate(async () => (await fetch("/wire")).status);
  assert.equal(refused, 400);
  await grace.context.close();
});

test("the address of sockeye learn opens the wire at once", async () => {
  const person = await Person.enter(browser, `${server.url}/#wire`, "Linus", { colorScheme: "dark", viewport: { width: 1280, height: 800 } });
  await record(person, "engine.io", /upgrade/).first().waitFor();
  await person.screenshot("wire-wide-dark");
  await person.context.close();
});

test("the page has nothing to complain about", () => {
  assert.deepEqual(ada.complaints.filter((text) => !/Failed to load resource|WebSocket connection/.test(text)), []);
});
