// An official server in the cluster, told by HTTP what to do: POST / with {"call":"emit","args":[…]} answers with JSON. Its argument is {"engine","url","prefix","table"}.
// The first line that it writes is its port.

import { createServer } from "node:http";
import { Server } from "socket.io";
import { engines } from "./engines.mjs";

const settings = JSON.parse(process.argv[2]);
const engine = await engines[settings.engine](settings);
const httpServer = createServer();
const io = new Server(httpServer, { adapter: engine.adapter, ...(settings.recovery && { connectionStateRecovery: {} }) });
const emitter = engine.emitter;
const heard = [];

for (const name of ["/", "/custom"]) {
  io.of(name).on("connection", (socket) => {
    if (!socket.recovered) socket.data = { node: "js" };
    socket.on("question", (answer) => answer("js"));
  });
}
io.on("hello", (...args) => {
  const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
  heard.push(describe(args));
  answer?.({ js: true });
});

// Binary data travel as {"$": hex} between the test and this script.
const revive = (_, value) => (typeof value?.$ === "string" ? Buffer.from(value.$, "hex") : value);
const describe = (args) => args.map((arg) => (Buffer.isBuffer(arg) ? `[${arg.toString("hex").toUpperCase()}]` : JSON.stringify(arg))).join(" ");
const show = (value) => (Buffer.isBuffer(value) ? { $: value.toString("hex") } : value);

const select = (from, { nsp = "/", to = [], except = [], timeout }) => {
  let target = from.of(nsp);
  if (to.length) target = target.to(to);
  if (except.length) target = target.except(except);
  return timeout ? target.timeout(timeout) : target;
};

const calls = {
  count: async ({ nsp = "/" }) => await io.of(nsp).adapter.serverCount(),
  emit: ({ args, ...target }) => select(io, target).emit(...args) && null,
  emitWithAck: async ({ args, ...target }) => (await select(io, target).emitWithAck(...args)).map(show),
  fetchSockets: async (target) => (await select(io, target).fetchSockets()).map(({ id, rooms, data, handshake }) => ({ id, rooms: [...rooms], data, url: handshake.url })),
  join: ({ rooms, ...target }) => void select(io, target).socketsJoin(rooms),
  leave: ({ rooms, ...target }) => void select(io, target).socketsLeave(rooms),
  disconnect: ({ close = false, ...target }) => void select(io, target).disconnectSockets(close),
  serverSideEmit: ({ args }) => io.serverSideEmit(...args) && null,
  serverSideEmitWithAck: ({ args }) => io.serverSideEmitWithAck(...args),
  rooms: ({ nsp = "/" }) => [...io.of(nsp).sockets.values()].map((socket) => [...socket.rooms].filter((room) => room !== socket.id)).flat(),
  heard: () => heard,
  recovered: ({ id }) => io.sockets.sockets.get(id)?.recovered,
  emitterEmit: ({ args, ...target }) => void select(emitter, target).emit(...args),
  emitterJoin: ({ rooms, ...target }) => void select(emitter, target).socketsJoin(rooms),
  emitterLeave: ({ rooms, ...target }) => void select(emitter, target).socketsLeave(rooms),
  emitterDisconnect: (target) => void select(emitter, target).disconnectSockets(true),
  emitterServerSideEmit: ({ args }) => void emitter.of("/").serverSideEmit(...args),
};

httpServer.on("request", async (request, response) => {
  if (request.url !== "/") return;
  try {
    let text = "";
    for await (const chunk of request.setEncoding("utf8")) text += chunk;
    const { call, ...settings } = JSON.parse(text, revive);
    response.end(JSON.stringify((await calls[call](settings)) ?? null));
  } catch (error) {
    response.writeHead(500).end(String(error.stack));
  }
});

httpServer.listen(0, "127.0.0.1", () => console.log(httpServer.address().port));

// None outlives the tests, however they end.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000);
