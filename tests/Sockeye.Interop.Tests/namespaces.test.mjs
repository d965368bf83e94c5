// Joining, refusing and leaving namespaces with the official client, in each of its three ways, in JSON and in MessagePack.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Clients, ways, waysWithMessagePack } from './clients.mjs';
import { Host } from './host.mjs';
import { next } from './waiting.mjs';

for (const way of [...ways, ...waysWithMessagePack]) {
  describe(`namespaces, ${way.name}`, () => {
    let host;
    before(async () => { host = await Host.start({ options: way.options }); });
    after(() => host.stop());

    test('a middleware refuses with a message and data', async t => {
      for (const auth of [undefined, { token: 'wrong' }]) {
        const socket = new Clients(t, host, way).create('/admin-x', { auth });
        const refused = next(socket, 'connect_error');
        socket.connect();
        const [error] = await refused;
        assert.equal(error.message, 'unauthorized');
        assert.deepEqual(error.data, { code: 401 });
        assert.equal(socket.connected, false);
      }
    });

    test('a refused client gets in with the right token', async t => {
      const socket = new Clients(t, host, way).create('/admin-x', { auth: { token: 'wrong' } });
      const refused = next(socket, 'connect_error');
      socket.connect();
      await refused;
      socket.auth = { token: 'secret' };
      const connected = next(socket, 'connect');
      socket.connect();
      await connected;
      assert.equal(await socket.timeout(5_000).emitWithAck('ack', 1), 1);
    });

    test('an unknown namespace is refused', async t => {
      const socket = new Clients(t, host, way).create('/nowhere');
      const refused = next(socket, 'connect_error');
      socket.connect();
      const [error] = await refused;
      assert.equal(error.message, 'Invalid namespace');
      assert.equal(error.data, undefined);
    });

    test('two namespaces share a connection and have ids, events and acks of their own', async t => {
      const clients = new Clients(t, host, way);
      const main = await clients.connect();
      const admin = clients.share(main, '/admin-x', { auth: { token: 'secret' } });
      const joined = next(admin, 'connect');
      admin.connect();
      await joined;
      assert.equal(admin.io.engine, main.io.engine);
      assert.notEqual(admin.id, main.id);
      const [first, second] = await Promise.all([main.timeout(5_000).emitWithAck('ack', 'main'), admin.timeout(5_000).emitWithAck('ack', 'admin')]);
      assert.deepEqual([first, second], ['main', 'admin']);
    });

    test('a room is of one namespace only', async t => {
      const clients = new Clients(t, host, way);
      const main = await clients.connect();
      const admin = clients.share(main, '/admin-x', { auth: { token: 'secret' } });
      const joined = next(admin, 'connect');
      admin.connect();
      await joined;
      const heard = [];
      main.on('said', payload => heard.push(['main', payload]));
      admin.on('said', payload => heard.push(['admin', payload]));
      await Promise.all([main.timeout(5_000).emitWithAck('join', 'same'), admin.timeout(5_000).emitWithAck('join', 'same')]);
      main.emit('say', 'same', 1);
      admin.emit('say', 'same', 2);
      await Promise.all([main.timeout(5_000).emitWithAck('ack'), admin.timeout(5_000).emitWithAck('ack')]);
      assert.deepEqual(heard.sort(), [['admin', 2], ['main', 1]]);
    });

    test('the server disconnects a socket, its connection stays for the other namespace', async t => {
      const clients = new Clients(t, host, way);
      const main = await clients.connect();
      const admin = clients.share(main, '/admin-x', { auth: { token: 'secret' } });
      const joined = next(admin, 'connect');
      admin.connect();
      await joined;
      const ended = next(main, 'disconnect');
      main.emit('bye');
      assert.equal((await ended)[0], 'io server disconnect');
      assert.equal(await admin.timeout(5_000).emitWithAck('ack', 'here'), 'here');
      // The official client does not reconnect by itself after this reason.
      assert.equal(main.active, false);
      const connected = next(main, 'connect');
      main.connect();
      await connected;
      assert.equal(await main.timeout(5_000).emitWithAck('ack', 'back'), 'back');
    });

    test('the client leaves and comes back with another id and without its rooms', async t => {
      const clients = new Clients(t, host, way);
      const other = await clients.connect();
      const socket = await clients.connect();
      const id = socket.id;
      await socket.timeout(5_000).emitWithAck('join', 'old room');
      const ended = next(socket, 'disconnect');
      socket.disconnect();
      assert.equal((await ended)[0], 'io client disconnect');

      const connected = next(socket, 'connect');
      socket.connect();
      await connected;
      assert.notEqual(socket.id, id);
      const heard = [];
      socket.on('said', payload => heard.push(payload));
      other.emit('say', 'old room', 'anybody there?');
      const fence = next(socket, 'shouted');
      other.emit('shout', 'fence');
      await fence;
      assert.deepEqual(heard, []);
    });
  });
}
