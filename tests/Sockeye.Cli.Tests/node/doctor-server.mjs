// A Socket.IO server for the doctor's tests, a process of its own on free ports of loopback.
//
//   node doctor-server.mjs '{"version":4,"nodes":1,"kind":"socketio","options":{}}'
//
// Prints "listening PORT" for each of its nodes, which know nothing of each other. It ends when its input ends, so that no test leaves it behind.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { Server } from 'socket.io';
import * as msgpack from 'socket.io-msgpack-parser';

const { parser, version = 4, nodes = 1, kind = 'socketio', cert, key, refuse, options = {}, status = 200, body = '', headers = {} } = JSON.parse(process.argv[2] ?? '{}');
if (parser === 'msgpack') options.parser = msgpack.default ?? msgpack;
const tls = cert && { cert: readFileSync(cert), key: readFileSync(key) };

const notFound = (request, response) => response.writeHead(404).end('not here');
const answers = (request, response) => response.writeHead(status, headers).end(body);

const kinds = {
  socketio() {
    const http = tls ? createTlsServer(tls, notFound) : createServer(notFound);
    const io = version === 2 ? createRequire(import.meta.url)('socket.io-v2')(http, options) : new Server(http, options);
    if (refuse === 'request') io.engine.opts.allowRequest = (request, callback) => callback('go away', false);
    if (refuse === 'websocket') io.engine.opts.allowRequest = (request, callback) => callback(null, !request.headers.upgrade);
    if (refuse === 'hang') io.use(() => {});
    if (refuse === 'ping') io.engine.on('connection', session => clearTimeout(session.pingIntervalTimer));
    io.on('connection', socket => {
      if (refuse === 'disconnect') socket.disconnect();
      socket.on('greet', (name, callback) => callback(`hello ${name}`));
      socket.on('deaf', () => {});
    });
    if (version !== 2) {
      io.of('/chat').on('connection', () => {});
      io.of('/secret').use((socket, next) => (socket.handshake.auth.token === 'sesame' ? next() : next(new Error('unauthorized'))));
    }

    return http;
  },
  // Answers every request with the same.
  http: () => (tls ? createTlsServer(tls, answers) : createServer(answers)),
  // Takes connections and says nothing.
  silent: () => createTcpServer(socket => socket.on('error', () => {}).resume()),
  // Takes connections and closes them.
  closing: () => createTcpServer(socket => socket.on('error', () => {}).once('data', () => socket.destroy())),
  // Speaks first, and another protocol.
  smtp: () => createTcpServer(socket => socket.on('error', () => {}).write('220 mail.example ESMTP\r\n')),
};

for (let node = 0; node < nodes; node++) {
  const server = kinds[kind]();
  server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
}

process.stdin.resume().on('end', () => process.exit(0));
