// The chat of the official tutorial's last steps, ported: samples/ChatHistory with the official client, which is set as the sample's page sets it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { io } from 'socket.io-client';
import { Sample } from './sample.mjs';
import { next, within } from './waiting.mjs';

/** A page: it keeps what it has seen, and says so when it connects. */
class Page {
  #count = 0;
  #more = () => {};
  messages = [];

  constructor(t, url, name, options = {}) {
    this.name = name;
    this.socket = io(url, { auth: { serverOffset: 0 }, ackTimeout: 10_000, retries: 3, forceNew: true, reconnectionDelay: 50, reconnectionDelayMax: 200, ...options });
    this.socket.on('chat message', (content, serverOffset) => {
      if (serverOffset <= this.socket.auth.serverOffset) {
        return;
      }
      this.socket.auth.serverOffset = serverOffset;
      this.messages.push(content);
      this.#more();
    });
    t.after(() => this.socket.disconnect());
  }

  static async open(t, url, name, options) {
    const page = new Page(t, url, name, options);
    await next(page.socket, 'connect', 30_000);
    return page;
  }

  say(content) { this.socket.emit('chat message', content, `${this.name}-${this.#count++}`); }

  /** Resolves when the page has this many messages. */
  async has(count) {
    const enough = new Promise(resolve => {
      this.#more = () => this.messages.length >= count && resolve();
      this.#more();
    });
    await within(enough, 30_000, () => `${this.name} has ${count} messages, not ${this.messages.length}`);
    return this.messages;
  }
}

async function startChat(t, options) {
  const folder = await mkdtemp(join(tmpdir(), 'chat-history-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const database = join(folder, 'chat.db');
  const start = async port => {
    const sample = await Sample.start('ChatHistory', { port, options: ['--database', database] });
    t.after(() => sample.kill());
    return sample;
  };
  return { sample: await start(0), restart: start };
}

// SOCKEYE_HOST is another server to test in place of the test host, and has no chat.
(process.env.SOCKEYE_HOST ? () => {} : describe)('the chat with a history', () => {
  test('messages arrive at all, and a newcomer has the history', async t => {
    const { sample } = await startChat(t);
    const ada = await Page.open(t, sample.url, 'ada');
    const bob = await Page.open(t, sample.url, 'bob');
    ada.say('hello');
    await bob.has(1);
    bob.say('hello, Ada');
    for (const page of [ada, bob, await Page.open(t, sample.url, 'cem')]) {
      assert.deepEqual(await page.has(2), ['hello', 'hello, Ada'], page.name);
    }
  });

  test('the same message again is acknowledged, and neither stored nor sent', async t => {
    const { sample } = await startChat(t);
    const ada = await Page.open(t, sample.url, 'ada');
    const again = () => ada.socket.timeout(10_000).emitWithAck('chat message', 'once', 'the same mark');
    await again();
    await again();
    ada.say('something else');
    assert.deepEqual(await ada.has(2), ['once', 'something else']);
    assert.deepEqual(await (await Page.open(t, sample.url, 'bob')).has(2), ['once', 'something else']);
  });

  test('a client that comes back too late gets what it has missed, and only that', async t => {
    const { sample } = await startChat(t);
    const ada = await Page.open(t, sample.url, 'ada');
    const bob = await Page.open(t, sample.url, 'bob');
    ada.say('one');
    await bob.has(1);
    const seen = [];
    bob.socket.disconnect();
    ada.say('two');
    ada.say('three');
    await ada.has(3);
    bob.socket.on('chat message', content => seen.push(content));
    const connected = next(bob.socket, 'connect', 30_000);
    bob.socket.connect();
    await connected;
    assert.equal(bob.socket.recovered, false);
    assert.deepEqual(await bob.has(3), ['one', 'two', 'three']);
    assert.deepEqual(seen, ['two', 'three']);
  });

  test('a client whose connection was cut is recovered, with what was said meanwhile', async t => {
    const { sample } = await startChat(t);
    const ada = await Page.open(t, sample.url, 'ada');
    const bob = await Page.open(t, sample.url, 'bob', { transports: ['websocket'], reconnection: false });
    ada.say('one');
    await bob.has(1);
    const { id } = bob.socket;
    const seen = [];
    bob.socket.on('chat message', content => seen.push(content));
    const ended = next(bob.socket, 'disconnect', 30_000);
    bob.socket.io.engine.close();
    await ended;
    ada.say('two');
    await ada.has(2);
    const connected = next(bob.socket, 'connect', 30_000);
    bob.socket.connect();
    await connected;
    assert.deepEqual([bob.socket.recovered, bob.socket.id], [true, id]);
    ada.say('three');
    assert.deepEqual(await bob.has(3), ['one', 'two', 'three']);
    assert.deepEqual(seen, ['two', 'three']);
  });

  test('when the server is killed and started again, no message is lost and none is there twice', async t => {
    const { sample, restart } = await startChat(t);
    const ada = await Page.open(t, sample.url, 'ada');
    const bob = await Page.open(t, sample.url, 'bob');
    const said = Array.from({ length: 50 }, (_, i) => `message ${i}`);
    said.forEach(content => ada.say(content));
    await bob.has(5);
    const ended = Promise.all([ada, bob].map(page => next(page.socket, 'disconnect', 30_000)));
    await sample.kill();
    await ended;
    const before = bob.messages.length;
    assert.ok(before < said.length, 'the server was killed before all had been said');

    // What was on its way is sent again, whether it was stored or not; one more waits for the new server.
    said.push('said while nobody listened');
    ada.say(said.at(-1));
    await restart(sample.port);
    assert.deepEqual(await ada.has(said.length), said);
    assert.deepEqual(await bob.has(said.length), said);
    assert.deepEqual(await (await Page.open(t, sample.url, 'cem')).has(said.length), said);
  });
});
