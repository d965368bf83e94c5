// What the server of the client's tests does: the contract that ../python/server.py and ../Fixtures/SockeyeHandlers.cs keep too.

/** Namespaces, who may enter them, and what their sockets do. */
export function namespaces(io) {
  io.use(refuseOnRequest);
  for (const name of ['/', '/chat', '/foo', '/valid']) {
    io.of(name).on('connection', handlers);
  }
  // Never lets anyone in.
  io.of('/no').use((_, next) => next(refusal('Auth failed (custom namespace)', { code: 'no' })));
  // Never answers a CONNECT.
  io.of('/hold').use(() => {});
}

/** The same for a server of version 2, where auth is a query, and "/" lets everyone in at once unless it is guarded. */
export function namespacesOfVersion2(io, guarded) {
  if (guarded) io.use((_, next) => next(new Error('"Käse" only')));
  for (const name of ['/', '/chat', '/foo']) {
    io.of(name).on('connection', socket => {
      handlers(socket);
      // What a refusing middleware for packets does: an ERROR packet to a socket that is connected.
      socket.on('error me', data => socket.error(data));
      // Half of a surrogate pair: JSON may have it.
      socket.on('error me badly', () => socket.error({ text: '\ud800' }));
      // A binary packet that announces no attachment.
      socket.on('empty binary', () => socket.binary(true).emit('item', 'no bytes'));
    });
  }
  io.of('/no').use((_, next) => next(refusal('Auth failed (custom namespace)', { code: 'no' })));
}

function refusal(message, data) {
  return Object.assign(new Error(message), { data });
}

function refuseOnRequest(socket, next) {
  const { refuse } = socket.handshake.auth;
  next(refuse ? refusal(refuse, { code: 401, tried: socket.handshake.auth }) : undefined);
}

/** What a connected socket does. */
export function handlers(socket) {
  const writers = new Map();
  const on = {
    // Comes back as an event.
    echo: (...args) => socket.emit('echo', ...args),
    // Comes back as the acknowledgement.
    ack: (...args) => args.pop()(...args),
    // Never acknowledged.
    silence() {},
    // The server asks the client, and tells what it got.
    ask: (...args) => socket.emit('question', ...args, (...answer) => socket.emit('answered', ...answer)),
    id: ack => ack(socket.id),
    auth: ack => ack(socket.handshake.auth),
    query: ack => ack(socket.handshake.query),
    header: (name, ack) => ack(socket.handshake.headers[name] ?? null),
    recovered: ack => ack(socket.recovered === true),
    transport: ack => ack(socket.conn.transport.name),
    join(room, ack) {
      socket.join(room);
      ack(room);
    },
    room: (name, ...args) => socket.nsp.to(name).emit('room', ...args),
    volatile: (...args) => socket.volatile.emit('volatile', ...args),
    // As many events "item", each with its number and a text of that size.
    many(count, size) {
      for (let i = 0; i < count; i++) socket.emit('item', i, 'x'.repeat(size));
    },
    // One of many writers' emits: their numbers must come in order, the bytes whole.
    write(writer, number, bytes) {
      const seen = writers.get(writer) ?? { next: 0, faults: 0 };
      const whole = Buffer.isBuffer(bytes) && bytes.length === number % 97 && bytes.every(b => b === writer);
      if (number !== seen.next || !whole) seen.faults++;
      seen.next = number + 1;
      writers.set(writer, seen);
    },
    written: ack => ack({ writers: writers.size, total: sum(writers, 'next'), faults: sum(writers, 'faults') }),
    'disconnect me': () => socket.disconnect(),
    'disconnect me hard': () => socket.disconnect(true),
    'close engine': () => socket.conn.close(),
    'close transport': () => socket.conn.transport.close(),
  };
  for (const [event, handler] of Object.entries(on)) socket.on(event, handler);
}

function sum(writers, field) {
  return [...writers.values()].reduce((total, seen) => total + seen[field], 0);
}
