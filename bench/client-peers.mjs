// The official client's part of client-peers.cs: node bench/client-peers.mjs URL RECONNECTS
import { createRequire } from 'node:module';

const { io } = createRequire(new URL('./servers/peers/package.json', import.meta.url))('socket.io-client');
const [url, reconnects] = [process.argv[2], Number(process.argv[3])];
const [roundTrips, events, warmUp, payload] = [20_000, 100_000, 10_000, 'x'.repeat(64)];
const socket = io(url, { transports: ['websocket'], reconnectionDelay: 1, reconnectionDelayMax: 1, randomizationFactor: 0 });
await new Promise((resolve) => socket.once('connect', resolve));

const echo = async (count) => {
  for (let i = 0; i < count; i++) {
    if (await socket.emitWithAck('echo', payload) !== payload) throw new Error('not what was sent');
  }
};

const receive = (count) => new Promise((resolve) => {
  socket.off('tick').on('tick', (text) => {
    if (text === payload && --count === 0) resolve();
  });
  socket.emit('burst', count, payload);
});

const reconnect = (count) => new Promise((resolve) => {
  socket.on('connect', () => --count === 0 ? resolve() : socket.emit('drop'));
  socket.emit('drop');
});

process.on('uncaughtException', (e) => { console.error(e); process.exit(1); });
const time = async (work) => {
  const [cpu, begin] = [process.cpuUsage(), process.hrtime.bigint()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return [Number(process.hrtime.bigint() - begin) / 1e9, (user + system) / 1e6];
};

await echo(warmUp);
await receive(warmUp);
const [echo1, echo1Cpu] = await time(() => echo(roundTrips));
const [echo16, echo16Cpu] = await time(() => Promise.all(Array.from({ length: 16 }, () => echo(roundTrips / 16))));
const [received, receivedCpu] = await time(() => receive(events));
const [Reconnects] = await time(() => reconnect(reconnects));
console.log(JSON.stringify({
  Echo1: roundTrips / echo1, Echo1Cpu: 1e6 * echo1Cpu / roundTrips, Echo16: roundTrips / echo16, Echo16Cpu: 1e6 * echo16Cpu / roundTrips,
  Received: events / received, ReceivedCpu: 1e6 * receivedCpu / events, Reconnects,
}));
socket.close();
