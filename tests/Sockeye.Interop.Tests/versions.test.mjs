// Clients of all versions on one server, and old ones on a server that does not want them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, Clients, isOld, ways } from './clients.mjs';
import { Host } from './host.mjs';
import { next, nextMany } from './waiting.mjs';

describe('versions', () => {
  test('clients of every version, by every transport, hear each other in one room', async t => {
    const host = await Host.start({ options: ['--allow-eio3'] });
    t.after(() => host.stop());
    const people = await Promise.all(ways.map(async way => ({ way, socket: await new Clients(t, host, way).connect() })));
    await talk(people, 'plain');
    // 1.x garbles everything else when it polls: it encodes text twice, and nobody else does.
    await talk(people.filter(({ way }) => way.version !== '1.7.4' || way.kind !== 'polling'), 'é€🐟');
  });

  for (const way of ways.filter(isOld)) {
    test(`${way.name} is refused where the server does not allow it, and the server's log says what to do`, async t => {
      const host = await Host.start();
      t.after(() => host.kill());
      const socket = new Clients(t, host, way).create('/', { extraHeaders: { 'User-Agent': 'client-of-old/1.0' } });
      const refused = next(socket, 'connect_error');
      socket.connect();
      await refused;
      socket.disconnect();
      // What it logged has all been read when it has ended.
      await host.stop();
      assert.match(host.stderr, /unsupported_protocol_version.*AllowEIO3.*client-of-old/);
    });
  }
});

/** Everybody joins a room and says something there, and hears what everybody says. */
async function talk(people, text) {
  await Promise.all(people.map(({ socket }) => ask(socket, 'join', text)));
  const heard = people.map(({ socket }) => nextMany(socket, 'said', people.length));
  const said = people.map(({ way }, i) => ({ from: way.name, text, data: Buffer.from([i, 255 - i]) }));
  people.forEach(({ socket }, i) => socket.emit('say', text, said[i]));
  for (const [i, list] of (await Promise.all(heard)).entries()) {
    assert.deepEqual(list.map(([payload]) => payload).sort((a, b) => a.data[0] - b.data[0]), said, people[i].way.name);
  }
}
