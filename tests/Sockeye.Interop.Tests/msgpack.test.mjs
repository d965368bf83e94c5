// What the official client with socket.io-msgpack-parser gives and takes beyond JSON. Everything else it does in messages.test.mjs and namespaces.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Clients, waysWithMessagePack } from './clients.mjs';
import { Host } from './host.mjs';
import { next } from './waiting.mjs';

for (const way of waysWithMessagePack) {
  describe(`MessagePack, ${way.name}`, () => {
    let host;
    before(async () => { host = await Host.start({ options: way.options }); });
    after(() => host.stop());

    test('"MP-01" "MP-04" connects to / and to a namespace', async t => {
      const clients = new Clients(t, host, way);
      const socket = await clients.connect();
      const admin = clients.share(socket, '/admin-x', { auth: { token: 'secret' } });
      const connected = next(admin, 'connect');
      admin.connect();
      await connected;
      assert.match(socket.id, /^[\w-]{20}$/);
      assert.equal(await admin.timeout(20_000).emitWithAck('ack', 'here'), 'here');
    });

    test('"MP-02" "MP-03" binary data stay where they are, as many as you like, there and back', async t => {
      const socket = await new Clients(t, host, way).connect();
      const args = [Array.from({ length: 50 }, (_, i) => Buffer.from([i])), { a: [{ b: Buffer.from('nested') }] }];
      const answer = await new Promise((resolve, reject) => socket.timeout(20_000).emit('ack', ...args, (error, ...got) => (error ? reject(error) : resolve(got))));
      assert.deepEqual(answer, args);
    });

    test('"MP-05" a refusal comes with its message and data', async t => {
      const socket = new Clients(t, host, way).create('/admin-x');
      const refused = next(socket, 'connect_error');
      socket.connect();
      const [error] = await refused;
      assert.equal(error.message, 'unauthorized');
      assert.deepEqual(error.data, { code: 401 });
    });

    test('"MP-06" a broadcast reaches all', async t => {
      const clients = new Clients(t, host, way);
      const sockets = await Promise.all([clients.connect(), clients.connect(), clients.connect()]);
      const heard = sockets.map(socket => next(socket, 'shouted'));
      sockets[0].emit('shout', { data: Buffer.from([1, 2]) }, 'text');
      assert.deepEqual(await Promise.all(heard), Array(3).fill([{ data: Buffer.from([1, 2]) }, 'text']));
    });

    test('what JSON does not know arrives as JSON.stringify would have sent it', async t => {
      const socket = await new Clients(t, host, way).connect();
      const date = new Date(Date.UTC(2026, 10, 23, 6, 0, 46, 123));
      const echoed = next(socket, 'echo');
      socket.emit('echo', undefined, { a: undefined, b: [undefined], c: NaN }, date);
      assert.deepEqual(await echoed, [null, { b: [null], c: null }, date.toISOString()]);
    });
  });
}

test('a client with the default parser is turned away by a server with MessagePack', async t => {
  const host = await Host.start({ options: ['--parser', 'msgpack'] });
  t.after(() => host.stop());
  const socket = new Clients(t, host, { ...waysWithMessagePack.find(way => way.kind === 'websocket'), parser: undefined }).create('/', { reconnection: false });
  const closed = next(socket.io, 'close');
  socket.connect();
  await closed;
  assert.equal(socket.connected, false);
});
