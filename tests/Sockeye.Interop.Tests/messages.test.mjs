// What the official client sends and receives once it is connected: each version that still lives, in each of its three ways, and the newest in MessagePack, too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, askAll, Clients, isOld, ways, waysWithMessagePack } from './clients.mjs';
import { Host } from './host.mjs';
import { next, nextMany } from './waiting.mjs';

const hosts = {};
before(async () => {
  hosts.json = await Host.start({ options: ['--allow-eio3'] });
  hosts.msgpack = await Host.start({ options: ['--parser', 'msgpack'] });
});
after(() => Promise.all(Object.values(hosts).map(host => host.stop())));

const bytes = (length, seed = 0) => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed) % 256));

for (const way of [...ways, ...waysWithMessagePack]) {
  describe(`messages, ${way.name}`, () => {
    let host;
    before(() => { host = way.parser ? hosts.msgpack : hosts.json; });

    test(`connects, with a socket id that is ${isOld(way) ? '' : 'not '}the session id`, async t => {
      const socket = await new Clients(t, host, way).connect();
      assert.equal(socket.io.engine.transport.name, way.ends);
      assert.match(socket.id, /^[\w-]{20}$/);
      assert.equal(socket.id === socket.io.engine.id, isOld(way));
    });

    test('echoes JSON of every kind', async t => {
      const socket = await new Clients(t, host, way).connect();
      const values = [
        [], [null], [true, false], [0, -1, 1.5, -2.5e-7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER], [''], ['plain'],
        ['ünïcödé — 日本語 — 🐟', '\u0000\u001e\u2028"\\/'], [{}], [[]], [{ a: { b: [1, { c: null }] } }, 'and', ['more']],
        [{ _placeholder: false, num: 0 }], ['x'.repeat(300_000)],
      ];
      for (const args of values) {
        const echoed = next(socket, 'echo');
        socket.emit('echo', ...args);
        assert.deepEqual(await echoed, args);
      }
    });

    test('echoes binary, by itself and nested', async t => {
      const socket = await new Clients(t, host, way).connect();
      const values = [
        [Buffer.from([1, 2, 3])], [Buffer.alloc(0)], [bytes(200_000)], [bytes(3), 'between', bytes(4, 1)],
        [{ file: { name: 'a.bin', data: bytes(10) }, list: [bytes(1), [bytes(2)], null] }],
        [Array.from({ length: 10 }, (_, i) => bytes(i + 1, i))],
      ];
      for (const args of values) {
        const echoed = next(socket, 'echo');
        socket.emit('echo', ...args);
        assert.deepEqual(await echoed, args);
      }
    });

    // 1.x knows buffers alone.
    if (way.version !== '1.7.4') {
      test('takes any view of binary data', async t => {
        const socket = await new Clients(t, host, way).connect();
        const echoed = next(socket, 'echo');
        socket.emit('echo', new Uint8Array([9, 8, 7, 6]).subarray(1, 3), new Uint16Array([1, 257]), new Uint8Array([5, 4]).buffer);
        // notepack.io sends the whole buffer under a view.
        const first = way.parser ? [9, 8, 7, 6] : [8, 7];
        assert.deepEqual(await echoed, [Buffer.from(first), Buffer.from([1, 0, 1, 1]), Buffer.from([5, 4])]);
      });
    }

    test('keeps the order of text and binary', async t => {
      const socket = await new Clients(t, host, way).connect();
      const sent = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? [i, bytes(i * 50, i)] : [i, `text ${i}`]));
      const echoed = nextMany(socket, 'echo', sent.length);
      sent.forEach(args => socket.emit('echo', ...args));
      assert.deepEqual(await echoed, sent);
    });

    test('the server acknowledges with JSON and binary', async t => {
      const socket = await new Clients(t, host, way).connect();
      const answers = [[], [1, 'two', { three: [3] }], [{ data: bytes(5) }, bytes(6, 1)]];
      for (const args of answers) {
        const answer = await askAll(socket, 'ack', ...args);
        assert.deepEqual(answer, args);
      }
      assert.equal(await ask(socket, 'ack', 'awaited'), 'awaited');
    });

    test('acknowledgements find their way when many are outstanding', async t => {
      const socket = await new Clients(t, host, way).connect();
      const asked = Array.from({ length: 100 }, (_, i) => i);
      const answers = await Promise.all(asked.map(i => ask(socket, 'ack', i)));
      assert.deepEqual(answers, asked);
    });

    test('the client acknowledges what the server asks', async t => {
      const socket = await new Clients(t, host, way).connect();
      socket.on('question', (text, data, answer) => answer(`${text}!`, { data }));
      const [first, second] = await askAll(socket, 'ask', 'well', bytes(3));
      assert.equal(first, 'well!');
      assert.deepEqual(second, { data: bytes(3) });
    });

    test('typed handlers read and write objects with binary members', async t => {
      const socket = await new Clients(t, host, way).connect();
      const answer = await ask(socket, 'greet', { name: 'Ada', avatar: bytes(7) });
      assert.deepEqual(answer, { text: 'Hello Ada', length: 7, avatar: bytes(7) });
    });

    test('an event that nobody handles is not acknowledged and harms nothing', async t => {
      const socket = await new Clients(t, host, way).connect();
      let answered = false;
      if (socket.emitWithAck) {
        await assert.rejects(socket.timeout(100).emitWithAck('nobody-handles-this'), /timed out/);
      } else {
        socket.emit('nobody-handles-this', () => { answered = true; });
      }
      assert.equal(await ask(socket, 'ack', 'still here'), 'still here');
      assert.ok(!answered);
    });

    test('rooms reach their members, the sender only as a member', async t => {
      const clients = new Clients(t, host, way);
      const [member, speaker, stranger] = await Promise.all([clients.connect(), clients.connect(), clients.connect()]);
      assert.equal(await ask(member, 'join', 'salmon'), 'salmon');
      const heard = listen([member, speaker, stranger]);

      await say(speaker, 'salmon', { from: 'outside', data: bytes(4) });
      assert.equal(await ask(speaker, 'join', 'salmon'), 'salmon');
      await say(speaker, 'salmon', 'from inside');
      await fence([member, speaker, stranger]);

      assert.deepEqual(heard.map(list => list.filter(([name]) => name === 'said').map(([, payload]) => payload)), [
        [{ from: 'outside', data: bytes(4) }, 'from inside'],
        ['from inside'],
        [],
      ]);
    });

    test('a broadcast reaches the whole namespace and no other', async t => {
      const clients = new Clients(t, host, way);
      const [first, second] = await Promise.all([clients.connect(), clients.connect()]);
      const elsewhere = clients.share(first, '/admin-x', { auth: { token: 'secret' } });
      const joined = next(elsewhere, 'connect');
      elsewhere.connect();
      await joined;
      const heard = listen([first, second, elsewhere]);

      first.emit('shout', { to: 'all', data: bytes(3) });
      await fence([first, second]);
      assert.equal(await ask(elsewhere, 'ack', 'fence'), 'fence');

      const payloads = heard.map(list => list.filter(([, payload]) => typeof payload === 'object').map(([, payload]) => payload));
      assert.deepEqual(payloads, [[{ to: 'all', data: bytes(3) }], [{ to: 'all', data: bytes(3) }], []]);
    });
  });
}

/** Records what each client hears from now on. */
function listen(sockets) {
  return sockets.map(socket => {
    const list = [];
    socket.on('said', payload => list.push(['said', payload]));
    socket.on('shouted', payload => list.push(['shouted', payload]));
    return list;
  });
}

/** Speaks to a room and waits until the server has seen it: events of one socket are handled in order. */
async function say(socket, room, payload) {
  socket.emit('say', room, payload);
  await ask(socket, 'ack');
}

/** A broadcast that all of them have heard: what was sent to them before has arrived by then. */
async function fence(sockets) {
  const mark = `fence ${fences++}`;
  const heard = Promise.all(sockets.map(socket => new Promise(resolve => {
    socket.on('shouted', function listener(payload) {
      if (payload === mark) {
        socket.off('shouted', listener);
        resolve();
      }
    });
  })));
  sockets[0].emit('shout', mark);
  await heard;
}

let fences = 0;
