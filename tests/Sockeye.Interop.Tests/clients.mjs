import { io } from 'socket.io-client';
import msgpack from 'socket.io-msgpack-parser';
import { next } from './waiting.mjs';

/** The three ways in which the official client can connect. */
export const ways = [
  { name: 'polling', transports: ['polling'], ends: 'polling' },
  { name: 'websocket', transports: ['websocket'], ends: 'websocket' },
  { name: 'upgrade', transports: ['polling', 'websocket'], ends: 'websocket' },
];

/** The same with packets in MessagePack: the client's option and the server's. */
export const waysWithMessagePack = ways.map(way => ({ ...way, name: `${way.name}, msgpack`, parser: msgpack, options: ['--parser', 'msgpack'] }));

/** Opens clients for one test and closes them all when the test is over, whatever its outcome. */
export class Clients {
  #sockets = [];

  constructor(test, host, way) {
    this.host = host;
    this.way = way;
    test.after(() => this.#sockets.forEach(socket => socket.disconnect()));
  }

  /** A client that has not connected yet. It has a connection of its own. */
  create(namespace = '/', options = {}) {
    const socket = io(`${this.host.url}${namespace}`, {
      transports: this.way.transports,
      ...(this.way.parser ? { parser: this.way.parser } : {}),
      forceNew: true,
      autoConnect: false,
      reconnectionDelay: 50,
      reconnectionDelayMax: 200,
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** A client in another namespace over the connection of this one. */
  share(socket, namespace, options = {}) {
    const other = socket.io.socket(namespace, options);
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

/** Connects the client and waits until it is through with its upgrade. */
export async function settle(socket, way) {
  const connected = next(socket, 'connect');
  const upgraded = way.transports.length > 1
    ? new Promise((resolve, reject) => socket.io.once('open', () => next(socket.io.engine, 'upgrade').then(resolve, reject)))
    : undefined;
  socket.connect();
  await connected;
  await upgraded;
}
