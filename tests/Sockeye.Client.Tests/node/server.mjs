// A Socket.IO server for the tests of the .NET client, a process of its own on a free port of loopback.
//
//   node server.mjs '{"version":4,"parser":"json"}'
//
// Prints "listening PORT". After that it takes one command per line on its standard input, as JSON with a "do", and answers each with one line: "ok" and a
// value in JSON, or "failed" and why. It ends when its input ends, so that no test leaves it behind. handlers.mjs says what the sockets do.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Server } from 'socket.io';
import * as msgpack from 'socket.io-msgpack-parser';
import { namespaces, namespacesOfVersion2 } from './handlers.mjs';

const { version = 4, parser = 'json', recovery = false, guarded = false, ...options } = JSON.parse(process.argv[2] ?? '{}');
if (parser === 'msgpack') options.parser = msgpack.default ?? msgpack;
if (recovery) options.connectionStateRecovery = {};

const http = createServer();
const io = version === 2 ? createRequire(import.meta.url)('socket.io-v2')(http, options) : new Server(http, options);
if (version === 2) {
  namespacesOfVersion2(io, guarded);
} else {
  namespaces(io);
}

const engines = () => Object.values(io.engine.clients);

const commands = {
  // The Socket.IO session ends; with "close", the connection too.
  disconnectSockets({ namespace = '/', close = false }) {
    if (version === 2) return Object.values(io.of(namespace).connected).forEach(socket => socket.disconnect(close));
    io.of(namespace).disconnectSockets(close);
  },
  // The Engine.IO session ends, as when the server drops a client.
  closeEngines() {
    engines().forEach(engine => engine.close());
  },
  // Only the transport goes, without a word on the level above.
  closeTransports() {
    engines().forEach(engine => engine.transport.close());
  },
  emit({ namespace = '/', room, event, args = [], volatile = false }) {
    let target = io.of(namespace);
    if (room) target = target.to(room);
    if (volatile) target = target.volatile;
    target.emit(event, ...args);
  },
  count({ namespace = '/' }) {
    const { sockets } = io.of(namespace);
    return { sockets: sockets.size ?? Object.keys(sockets).length, engines: engines().length };
  },
  // Raw text to every client, past all encoders.
  sendRaw({ data }) {
    engines().forEach(engine => engine.write(data));
  },
  stop() {
    setImmediate(() => process.exit(0));
  },
};

createInterface({ input: process.stdin })
  .on('line', line => {
    try {
      const command = JSON.parse(line);
      console.log(`ok ${JSON.stringify(commands[command.do](command) ?? null)}`);
    } catch (e) {
      console.log(`failed ${e.message}`);
    }
  })
  .on('close', () => process.exit(0));

http.listen(0, '127.0.0.1', () => console.log(`listening ${http.address().port}`));
