// A client of the official library that talks to inspect-server.mjs. Argument: { url, transports, rounds, options?, size?, last? }. Prints the events that it sent and got, and "done" when it
// has closed. With "last" it connects once more after that, says nothing, and prints that connection's port: a capture that has it has all that went before. With NODE_OPTIONS or --tls-keylog the secrets of TLS go to a file.
import diagnostics from "node:diagnostics_channel";
import { connect } from "node:net";
import { io } from "socket.io-client";

const opened = [];
diagnostics.subscribe("net.client.socket", ({ socket }) => opened.push(socket));

const { url, transports, rounds = 5, size = 0, options = {}, last = false } = JSON.parse(process.argv[2]);
const say = (line) => console.log(JSON.stringify(line));
const plain = (value) => (value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? { binary: Buffer.from(value).toString("hex") } : value);
const socket = io(url, { transports, reconnection: false, forceNew: true, rejectUnauthorized: false, ...options });

socket.on("connect_error", (error) => {
  say({ error: error.message });
  process.exit(1);
});
socket.onAny((event, ...args) => say({ got: event, args: args.map(plain) }));

// The engine is closed before its connections are: they say goodbye first. One that was opened and never used has nobody to do that.
const drained = async () => {
  const end = Date.now() + 5000;
  opened.filter((socket) => !socket.destroyed && socket.bytesWritten === 0).forEach((socket) => socket.end());
  while (process.getActiveResourcesInfo().includes("TCPSocketWrap") && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const knock = () => {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ""), () => {
      const from = socket.localPort;
      socket.on("close", () => resolve(from)).destroy();
    }).on("error", reject);
  });
};

const emit = (event, ...args) => {
  say({ sent: event, args: args.map(plain) });
  return socket.emitWithAck(event, ...args);
};

socket.on("connect", async () => {
  say({ sid: socket.id, engine: socket.io.engine.id });
  if (transports.length > 1 && socket.io.engine.transport.name !== transports[1]) {
    await new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
  }
  for (let i = 0; i < rounds; i++) {
    await emit("hello", i, { text: `grüße ${i}` });
    await emit("echo", `round ${i}`);
    await emit("binary", Buffer.from([i, 1, 2, 254]), "and text");
    if (size) {
      await emit("large", "x".repeat(size) + i);
    }
  }
  const closed = new Promise((resolve) => socket.io.engine.once("close", resolve));
  socket.disconnect();
  await closed;
  await drained();
  if (last) {
    say({ last: await knock() });
  }
  say({ done: true });
});

process.stdin.resume().on("end", () => process.exit());
