// A Socket.IO server of the official library. Argument: { tls?: { key, cert, min, max, ciphers }, options?, host?, refusal? }. Prints the port, each event that it gets, and
// "settled" when a client that has upgraded has answered two pings since: it has got all that was sent before.
import { createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { Server } from "socket.io";

const { tls, options = {}, host = "127.0.0.1", refusal } = JSON.parse(process.argv[2] ?? "{}");
const say = (line) => console.log(JSON.stringify(line));
const http = tls ? createSecureServer({ key: tls.key, cert: tls.cert, minVersion: tls.min, maxVersion: tls.max, ciphers: tls.ciphers }) : createServer();
const io = new Server(http, options);
const plain = (value) => (Buffer.isBuffer(value) ? { binary: value.toString("hex") } : value);

if (refusal) {
  io.use((socket, next) => next(new Error(refusal)));
}

io.on("connection", (socket) => {
  let beats = 0;
  socket.conn.on("heartbeat", () => {
    if (socket.conn.transport.name === "websocket" && ++beats === 2) {
      say({ settled: true });
    }
  });
  socket.onAny((event, ...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : null;
    say({ event, args: args.map(plain) });
    if (event === "echo") {
      socket.emit("echoed", ...args);
    }
    ack?.(...args);
  });
});

http.listen(0, host, () => say({ port: http.address().port }));
process.stdin.resume().on("end", () => process.exit());
