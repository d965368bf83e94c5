// Connection state recovery with the official client, in each of its three ways: it keeps the secret id and the offset by itself.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Clients, settle, ways } from './clients.mjs';
import { Host } from './host.mjs';
import { next, within } from './waiting.mjs';

let host;
before(async () => { host = await Host.start({ options: ['--recovery'] }); });
after(() => host.stop());

const ask = (socket, name, ...args) => socket.timeout(20_000).emitWithAck(name, ...args);

/** Cuts the connection as a lost network does, and waits until the server knows. */
async function lose(socket, other) {
  const { id } = socket;
  const ended = next(socket, 'disconnect');
  socket.io.engine.close();
  await ended;
  await within((async () => {
    while ((await ask(other, 'present', id)) === true) { /* ask again */ }
  })(), 30_000, 'the server knows that the connection is lost');
}

/** Everything of an event but the offset at its end. */
function collect(socket, name) {
  const seen = [];
  socket.on(name, (...args) => seen.push(args.slice(0, -1)));
  return seen;
}

// Clients know recovery since 4.6.
for (const way of ways.filter(way => way.version === '4.8.4')) {
  describe(`recovery, ${way.name}`, () => {
    test('a client gets its socket, rooms, data and missed events back, several times in a row', async t => {
      const clients = new Clients(t, host, way);
      const other = await clients.connect();
      const socket = await clients.connect('/', { reconnection: false });
      assert.equal(socket.recovered, false);
      const { id } = socket;
      const room = `room of ${id}`;
      await ask(socket, 'join', room);
      await ask(socket, 'remember', 'blue');
      const said = collect(socket, 'said');
      const sent = [];
      for (let round = 0; round < 4; round++) {
        // One that is seen, and then more that are missed each time, the first time none.
        for (let i = 0; i <= round; i++) {
          if (i === 1) {
            await lose(socket, other);
          }
          sent.push([round, i]);
          await ask(other, 'tell', room, round, i);
          if (i === 0) {
            await ask(socket, 'ack');
          }
        }
        if (round === 0) {
          await lose(socket, other);
        }
        assert.equal(said.length, sent.length - round);
        await settle(socket, way);
        assert.equal(socket.recovered, true);
        assert.equal(socket.id, id);
        assert.deepEqual(said, sent);
        const memory = await ask(socket, 'recall');
        assert.deepEqual(memory, { recovered: true, failure: null, value: 'blue', rooms: [id, room].sort() });
      }
    });

    test('a client that has seen no event yet is recovered too', async t => {
      const clients = new Clients(t, host, way);
      const other = await clients.connect();
      const socket = await clients.connect('/', { reconnection: false });
      const { id } = socket;
      await ask(socket, 'join', id + ' alone');
      const said = collect(socket, 'said');
      for (let round = 0; round < 3; round++) {
        await lose(socket, other);
        if (round === 2) {
          await ask(other, 'tell', id + ' alone', 'first');
        }
        await settle(socket, way);
        assert.equal(socket.recovered, true);
        assert.equal(socket.id, id);
      }
      assert.deepEqual(said, [['first']]);
    });

    test('a client that reconnects by itself sees every event once and in order, binary ones too', async t => {
      const clients = new Clients(t, host, way);
      const other = await clients.connect();
      const socket = await clients.connect();
      const { id } = socket;
      await ask(socket, 'join', id + ' busy');
      const said = collect(socket, 'said');
      for (let round = 0; round < 3; round++) {
        const back = next(socket, 'connect', 30_000);
        for (let i = 0; i < 10; i++) {
          if (i === 4) {
            socket.io.engine.close();
          }
          await ask(other, 'tell', id + ' busy', round * 10 + i, Buffer.from([round, i]));
        }
        await back;
        assert.equal(socket.recovered, true);
        await ask(socket, 'ack');
      }
      assert.deepEqual(said.map(([number]) => number), [...Array(30).keys()]);
      assert.deepEqual(said.map(([, data]) => [...data]), [...Array(30).keys()].map(n => [Math.floor(n / 10), n % 10]));
    });

    test('a client that left on purpose comes back as a new one, and the server says why', async t => {
      const socket = await new Clients(t, host, way).connect();
      const { id } = socket;
      socket.disconnect();
      await settle(socket, way);
      assert.equal(socket.recovered, false);
      assert.notEqual(socket.id, id);
      assert.equal((await ask(socket, 'recall')).failure, 'unknown session');
    });
  });
}
