import { io } from 'socket.io-client';
import v1 from 'socket.io-client-v1';
import v2 from 'socket.io-client-v2';
import v3 from 'socket.io-client-v3';
import msgpack from 'socket.io-msgpack-parser';
import { next, within } from './waiting.mjs';

/** The official client through the ages. Those of revision 3 of Engine.IO need a host with `--allow-eio3`. */
const versions = [
  { version: '4.8.4', io, revision: 4 },
  { version: '3.1.3', io: v3.io, revision: 4 },
  { version: '2.5.0', io: v2, revision: 3 },
  { version: '1.7.4', io: v1, revision: 3 },
];

/** The three ways in which a client can connect. */
const transports = [
  { kind: 'polling', transports: ['polling'], ends: 'polling' },
  { kind: 'websocket', transports: ['websocket'], ends: 'websocket' },
  { kind: 'upgrade', transports: ['polling', 'websocket'], ends: 'websocket' },
];

export const ways = versions.flatMap(version => transports.map(transport => ({ ...version, ...transport, name: `${version.version} by ${transport.kind}` })));

/** The newest with packets in MessagePack: the client's option and the server's. */
export const waysWithMessagePack = ways
  .filter(way => way.version === '4.8.4')
  .map(way => ({ ...way, name: `${way.name}, msgpack`, parser: msgpack, options: ['--parser', 'msgpack'] }));

export const isOld = way => way.revision === 3;

/** Opens clients for one test and closes them all when the test is over, whatever its outcome. */
export class Clients {
  #sockets = [];

  constructor(test, host, way) {
    this.host = host;
    this.way = way;
    test.after(() => this.#sockets.forEach(socket => socket.disconnect()));
  }

  /** A client that has not connected yet. It has a connection of its own. */
  create(namespace = '/', { auth, ...options } = {}) {
    const socket = this.way.io(`${this.host.url}${namespace}`, {
      transports: this.way.transports,
      ...(this.way.parser ? { parser: this.way.parser } : {}),
      forceNew: true,
      autoConnect: false,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...credentials(this.way, auth),
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** A client in another namespace over the connection of this one. */
  share(socket, namespace, { auth } = {}) {
    const other = socket.io.socket(namespace, credentials(this.way, auth));
    this.#sockets.push(other);
    return other;
  }

  /** A client that is connected, and through with its upgrade where its way has one. */
  async connect(namespace = '/', options = {}) {
    const socket = this.create(namespace, options);
    await settle(socket, this.way);
    return socket;
  }
}

/** What a client says about itself when it joins a namespace: `auth`, or the query of old. */
export const credentials = (way, auth) => (!auth ? {} : isOld(way) ? { query: new URLSearchParams(auth).toString() } : { auth });

/** Connects the client and waits until it is through with its upgrade. */
export async function settle(socket, way) {
  const connected = next(socket, 'connect');
  const upgraded = way.kind === 'upgrade'
    ? new Promise((resolve, reject) => socket.io.once('open', () => next(socket.io.engine, 'upgrade').then(resolve, reject)))
    : undefined;
  socket.connect();
  await connected;
  await upgraded;
}

/** What a refused client is told: message and data, of which the clients of old get one or the other. */
export async function refusal(socket, way) {
  if (isOld(way)) {
    const [told] = await next(socket, 'error');
    return told;
  }
  const [error] = await next(socket, 'connect_error');
  return { message: error.message, data: error.data };
}

/** All that an acknowledgement brings. */
export async function askAll(socket, event, ...args) {
  return await (socket.timeout
    ? new Promise((resolve, reject) => socket.timeout(20_000).emit(event, ...args, (error, ...got) => (error ? reject(error) : resolve(got))))
    : within(new Promise(resolve => socket.emit(event, ...args, (...got) => resolve(got))), 20_000, `the acknowledgement of "${event}"`));
}

/** The first argument of an acknowledgement, awaited in the way that the client's version has. */
export async function ask(socket, event, ...args) {
  return socket.emitWithAck ? await socket.timeout(20_000).emitWithAck(event, ...args) : (await askAll(socket, event, ...args))[0];
}
