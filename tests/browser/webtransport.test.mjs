// The WebTransport sample in Chromium, with the official client from our own server. It needs the native QUIC library: where that is missing, the server says so, and the page uses
// another transport, which is tested then.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchBrowser } from "./person.mjs";

const project = fileURLToPath(new URL("../../samples/WebTransport/", import.meta.url));
const unavailable = /WebTransport is among the transports, but cannot work here.*/;
let server, browser, page, url;
let output = "";

before(async () => {
  const configurations = process.env.CONFIGURATION ? [process.env.CONFIGURATION] : ["Debug", "Release"];
  const built = configurations.map((name) => `${project}bin/${name}/net10.0/WebTransport.dll`).find(existsSync);
  assert.ok(built, "The sample is not built: dotnet build samples/WebTransport");
  url = `https://127.0.0.1:${await freePort()}`;
  server = spawn("dotnet", [built, "--urls", url], { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  server.stdout.setEncoding("utf8").on("data", (text) => { output += text; });
  server.stderr.setEncoding("utf8").on("data", (text) => { output += text; });
  await printed(/Application started/);
  browser = await launchBrowser();
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
  await page.goto(`${url}/?quiet`);
});

after(async () => {
  await browser?.close();
  if (server && server.exitCode === null) {
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }
});

test("WebTransport alone: text, binary, and a message of nearly the largest size", async (t) => {
  if (skips(t)) { return; }
  const result = await run(async (open) => {
    const socket = await open({ transports: ["webtransport"] });
    const small = await socket.emitWithAck("echo", Uint8Array.of(1, 2, 3));
    const sent = new Uint8Array(900_000).map((_, i) => i * 7);
    const big = new Uint8Array(await socket.emitWithAck("echo", sent));
    const transport = socket.io.engine.transport.name;
    socket.disconnect();
    return { transport, id: socket.id, small: [...new Uint8Array(small)], big: big.length === sent.length && big.every((value, i) => value === sent[i]) };
  });
  assert.deepEqual([result.transport, result.small, result.big], ["webtransport", [1, 2, 3], true]);
  await printed(/came by webtransport/);
  await printed(/left: client namespace disconnect/);
});

test("a session goes from polling to WebTransport", async (t) => {
  if (skips(t)) { return; }
  const result = await run(async (open) => {
    const socket = await open({ transports: ["polling", "webtransport"] });
    if (socket.io.engine.transport.name === "polling") {
      await new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
    }
    const echo = [...new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(4, 5)))];
    const transport = socket.io.engine.transport.name;
    socket.disconnect();
    return { transport, echo };
  });
  assert.deepEqual(result, { transport: "webtransport", echo: [4, 5] });
});

test("the server closes, and the page knows", async (t) => {
  if (skips(t)) { return; }
  const reason = await run(async (open) => {
    const socket = await open({ transports: ["webtransport"], reconnection: false });
    const left = new Promise((resolve) => socket.on("disconnect", resolve));
    socket.emit("bye");
    return await left;
  });
  assert.ok(["io server disconnect", "transport close"].includes(reason), reason);
  await printed(/left: server namespace disconnect|left: forced server close/);
});

test("a page that goes away is a transport close", async (t) => {
  if (skips(t)) { return; }
  const other = await page.context().newPage();
  await other.goto(`${url}/?quiet`);
  await run(async (open) => { await open({ transports: ["webtransport"] }); }, other);
  await other.close();
  await printed(/left: transport close/);
});

test("where the QUIC library is missing the server says so, and the page uses another transport", async (t) => {
  if (!unavailable.test(output)) {
    t.skip("this machine has the QUIC library");
    return;
  }

  assert.match(output, /install the package libmsquic/);
  const result = await run(async (open) => {
    const socket = await open({ transports: ["polling", "websocket", "webtransport"] });
    const echo = [...new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(6)))];
    const offered = socket.io.engine.upgrades ?? [];
    socket.disconnect();
    return { echo, offered: [...offered] };
  });
  assert.deepEqual(result.echo, [6]);
  assert.ok(!result.offered.includes("webtransport"));
});

/** Skips with the server's own words. */
function skips(t) {
  const reason = unavailable.exec(output)?.[0];
  reason && t.skip(reason);
  return Boolean(reason);
}

/** Runs in the page, with a function that connects a socket. */
function run(script, target = page) {
  return target.evaluate(async (source) => {
    const open = async (options) => {
      const socket = await connect({ forceNew: true, ...options });
      await new Promise((resolve, reject) => {
        socket.on("connect", resolve);
        socket.on("connect_error", reject);
      });
      return socket;
    };
    return await (0, eval)(`(${source})`)(open);
  }, script.toString());
}

/** Resolves when the console has shown what matches. */
async function printed(pattern) {
  const deadline = Date.now() + 30_000;
  while (!pattern.test(output)) {
    assert.ok(Date.now() < deadline && server.exitCode === null, `The console did not show ${pattern}:\n${output}`);
    await once(server.stdout, "data", { signal: AbortSignal.timeout(1000) }).catch(() => {});
  }
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
