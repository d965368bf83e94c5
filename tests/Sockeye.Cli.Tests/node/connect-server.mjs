// A server of the official library that does what sockeye connect and sockeye load want to see. Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";
import server2 from "socket.io-v2";

const { version = 4 } = JSON.parse(process.argv[2] ?? "{}");
const http = createServer();
const io = version === 2 ? server2(http) : new Server(http);

io.on("connection", (socket) => {
  // begin: load
  socket.on("echo", (...args) => args.pop()(...args)); // the acknowledgement has the arguments
  socket.on("join", (room, ack) => { socket.join(room); ack(); });
  socket.on("broadcast", (room, ...args) => (room ? io.to(room) : io).emit("broadcast", ...args)); // "": to everybody
  // end: load

  socket.on("message", (...args) => socket.emit("message", ...args));
  socket.on("ask", () => socket.emit("question", "ready?", (...answer) => socket.emit("answered", ...answer)));
  socket.on("odd", () => { socket.emit("odd", { "\ud800": "\udc00" }, "\u009b31m"); socket.emit("odd", { "\ud800": "\udc00" }, Buffer.from([1])); });
  socket.on("close", () => socket.conn.close());
});

io.of("/admin").use((socket, next) => next(socket.handshake.auth?.token === "secret" ? undefined : new Error("no token")));
io.of("/admin").on("connection", (socket) => socket.emit("welcome"));

// A server without handlers.
io.of("/bare").on("connection", () => {});

http.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: http.address().port })));

// It ends with whoever started it.
process.stdin.resume().on("end", () => process.exit());
