// How connections of the official client begin, live and end. Each version has a test file of its own, so that none of them runs for minutes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, Clients, isOld, ways } from './clients.mjs';
import { Gate } from './gate.mjs';
import { Host } from './host.mjs';
import { next, within } from './waiting.mjs';

const start = (way, { options = [], ...others } = {}) => Host.start({ options: isOld(way) ? ['--allow-eio3', ...options] : options, ...others });

export function lifetime(version) {
  for (const way of ways.filter(way => way.version === version)) {
    describe(`lifetime, ${way.name}`, () => {
      test('reconnects when the server was killed and started again on the same port', async t => {
        const first = await start(way);
        t.after(() => first.kill());
        const socket = await new Clients(t, first, way).connect();
        const id = socket.id;
        const ended = next(socket, 'disconnect', 30_000);
        await first.kill();
        assert.match((await ended)[0], /^transport (close|error)$/);

        socket.emit('echo', 'said while nobody listened');
        const connected = next(socket, 'connect', 30_000);
        const echoed = next(socket, 'echo', 30_000);
        const second = await start(way, { port: first.port });
        t.after(() => second.kill());
        await connected;
        assert.notEqual(socket.id, id);
        assert.ok(!socket.recovered);
        assert.deepEqual(await echoed, ['said while nobody listened']);
      });

      test('stays connected over several heartbeats', async t => {
        const host = await start(way, { options: ['--ping-interval', '150', '--ping-timeout', '1000'] });
        t.after(() => host.kill());
        const socket = await new Clients(t, host, way).connect();
        let ended;
        socket.on('disconnect', reason => { ended = reason; });
        await heartbeats(socket, way, 4);
        assert.equal(await ask(socket, 'ack', 'alive'), 'alive');
        assert.equal(ended, undefined);
      });

      test('a message over the limit ends that connection, the client comes back', async t => {
        const host = await start(way);
        t.after(() => host.kill());
        const clients = new Clients(t, host, way);
        const neighbour = await clients.connect();
        const socket = await clients.connect();
        const ended = next(socket, 'disconnect');
        const back = next(socket, 'connect', 30_000);
        socket.emit('echo', 'x'.repeat(1_000_001));
        assert.match((await ended)[0], /^transport (close|error)$/);
        await back;
        assert.equal(await ask(socket, 'ack', 'back'), 'back');
        assert.equal(await ask(neighbour, 'ack', 'undisturbed'), 'undisturbed');
      });

      test('the server ends on SIGTERM with live clients, which see their transport close', async t => {
        const host = await start(way);
        t.after(() => host.kill());
        const clients = new Clients(t, host, way);
        const socket = await clients.connect();
        const ended = next(socket, 'disconnect', 30_000);
        const { code } = await host.stop();
        assert.equal(code, 0);
        // A poll may cross the end of its session; the server has nothing else to complain of.
        assert.equal(host.stderr.replace(/warn: Sockeye\.Engine\[4\]\r?\n +Refused (?:GET|POST) [^\n]*: session_unknown\.[^\n]*\n/g, ''), '');
        assert.match((await ended)[0], /^transport (close|error)$/);
      });
    });
  }

  const way = ways.find(way => way.version === version && way.kind === 'upgrade');
  describe(`lifetime, the upgrade window of ${version}`, () => {
    for (const [kind, message] of [
      ['text', i => [i]],
      ['binary', i => [i, { data: Buffer.alloc(100 + i, i), more: [Buffer.from([i])] }]],
    ]) {
      test(`${kind} messages each way, 50 and more, arrive once and in order`, async t => {
        const host = await start(way);
        t.after(() => host.kill());
        const gate = await Gate.start(host);
        t.after(() => gate.close());
        const shouter = await new Clients(t, host, ways.find(other => other.version === way.version && other.kind === 'websocket')).connect();
        const socket = new Clients(t, gate, way).create();
        const connected = next(socket, 'connect');
        socket.connect();
        await connected;
        const engine = socket.io.engine;

        // Own messages come back as echoes, so both directions are seen; meanwhile the server has messages of others for the client.
        const sent = [], echoed = [], echoedBy = new Set(), shouted = [];
        socket.on('echo', (...args) => { echoed.push(args); echoedBy.add(engine.transport.name); });
        socket.on('shouted', payload => shouted.push(payload));
        const send = () => {
          sent.push(message(sent.length));
          socket.emit('echo', ...sent.at(-1));
          shouter.emit('shout', sent.length - 1);
        };
        const enough = new Promise(resolve => {
          let afterwards = 0;
          const timer = setInterval(() => {
            send();
            if (engine.transport.name === 'websocket' && sent.length >= 50 && ++afterwards === 20) {
              clearInterval(timer);
              resolve();
            } else if (sent.length >= 10 && echoed.length > 0) {
              // Not before polling has had its share, however busy the machine is.
              gate.open();
            }
          }, 2);
          t.after(() => clearInterval(timer));
        });
        engine.on('upgrading', send);
        engine.on('upgrade', send);

        await within(enough, 30_000, 'the upgrade and the messages around it');
        // Acknowledgements and broadcasts come after what was sent before them.
        await ask(shouter, 'ack');
        await ask(socket, 'ack');

        assert.deepEqual(echoed, sent);
        assert.deepEqual(shouted, sent.map((_, i) => i));
        assert.deepEqual([...echoedBy], ['polling', 'websocket']);
      });
    }

    test('without a websocket on the way the session goes on by polling', async t => {
      const host = await start(way);
      t.after(() => host.kill());
      const gate = await Gate.start(host, { cut: true });
      t.after(() => gate.close());
      const socket = new Clients(t, gate, way).create();
      const failed = new Promise(resolve => socket.io.once('open', () => socket.io.engine.once('upgradeError', resolve)));
      const connected = next(socket, 'connect');
      socket.connect();
      await connected;
      await within(failed, 20_000, 'the upgrade fails');
      assert.equal(socket.io.engine.transport.name, 'polling');
      assert.equal(await ask(socket, 'ack', 'still polling'), 'still polling');
    });
  });
}

/** Waits for what the server's part in so many heartbeats is: its ping, or its pong for a client that pings itself. */
async function heartbeats(socket, way, count) {
  let seen = 0;
  await within(new Promise(resolve => socket.io.engine.on('packet', ({ type }) => {
    if (type === (isOld(way) ? 'pong' : 'ping') && ++seen === count) {
      resolve();
    }
  })), 30_000, () => `${count} heartbeats, ${seen} came`);
}
