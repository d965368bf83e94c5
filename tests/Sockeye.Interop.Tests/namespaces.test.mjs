// Joining, refusing and leaving namespaces with the official client: each version that still lives, in each of its three ways, and the newest in MessagePack, too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, Clients, credentials, isOld, refusal, ways, waysWithMessagePack } from './clients.mjs';
import { Host } from './host.mjs';
import { next } from './waiting.mjs';

const hosts = {};
before(async () => {
  hosts.json = await Host.start({ options: ['--allow-eio3'] });
  hosts.msgpack = await Host.start({ options: ['--parser', 'msgpack'] });
});
after(() => Promise.all(Object.values(hosts).map(host => host.stop())));

for (const way of [...ways, ...waysWithMessagePack]) {
  describe(`namespaces, ${way.name}`, () => {
    let host;
    before(() => { host = way.parser ? hosts.msgpack : hosts.json; });

    test('a middleware refuses with a message and data', async t => {
      for (const auth of [undefined, { token: 'wrong' }]) {
        const socket = new Clients(t, host, way).create('/admin-x', { auth });
        const refused = refusal(socket, way);
        socket.connect();
        assert.deepEqual(await refused, isOld(way) ? { code: 401 } : { message: 'unauthorized', data: { code: 401 } });
        assert.equal(socket.connected, false);
      }
    });

    test('a refused client gets in with the right token', async t => {
      const socket = new Clients(t, host, way).create('/admin-x', { auth: { token: 'wrong' } });
      const refused = refusal(socket, way);
      socket.connect();
      await refused;
      Object.assign(socket, credentials(way, { token: 'secret' }));
      const connected = next(socket, 'connect');
      socket.connect();
      await connected;
      assert.equal(await ask(socket, 'ack', 1), 1);
    });

    test('an unknown namespace is refused', async t => {
      const socket = new Clients(t, host, way).create('/nowhere');
      const refused = refusal(socket, way);
      socket.connect();
      const { message, data } = await refused;
      assert.equal(message, 'Invalid namespace');
      assert.equal(data, undefined);
    });

    test('two namespaces share a connection and have ids, events and acks of their own', async t => {
      const clients = new Clients(t, host, way);
      const main = await clients.connect();
      const admin = clients.share(main, '/admin-x', { auth: { token: 'secret' } });
      const joined = next(admin, 'connect');
      admin.connect();
      await joined;
      assert.equal(admin.io.engine, main.io.engine);
      // 1.x knows the id of its connection only.
      assert.equal(admin.id === main.id, way.version === '1.7.4');
      assert.equal(admin.id === `/admin-x#${main.id}`, way.version === '2.5.0');
      const [first, second] = await Promise.all([ask(main, 'ack', 'main'), ask(admin, 'ack', 'admin')]);
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
      await Promise.all([ask(main, 'join', 'same'), ask(admin, 'join', 'same')]);
      main.emit('say', 'same', 1);
      admin.emit('say', 'same', 2);
      await Promise.all([ask(main, 'ack'), ask(admin, 'ack')]);
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
      assert.equal(await ask(admin, 'ack', 'here'), 'here');
      if (isOld(way)) {
        // Nor could it come back: the server joins it to "/" when the connection opens, and at no other time.
        return;
      }
      // The official client does not reconnect by itself after this reason.
      assert.equal(main.active, false);
      const connected = next(main, 'connect');
      main.connect();
      await connected;
      assert.equal(await ask(main, 'ack', 'back'), 'back');
    });

    test('the client leaves and comes back with another id and without its rooms', async t => {
      const clients = new Clients(t, host, way);
      const other = await clients.connect();
      const socket = await clients.connect();
      const id = socket.id;
      await ask(socket, 'join', 'old room');
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
