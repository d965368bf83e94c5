// The same server on each engine of the official package: node server.mjs PORT ws|eiows|uws [msgpack] [deflate] [redis | redis-sharded]; under Bun: bun server.mjs PORT bun [msgpack].
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const [port, engine, ...features] = process.argv.slice(2);
const options = {};
if (features.includes('msgpack')) options.parser = await import('socket.io-msgpack-parser').then((module) => module.default);
if (features.includes('deflate')) options.perMessageDeflate = true;
if (process.env.REDIS) {
  const { createClient } = await import('redis');
  const { createAdapter, createShardedAdapter } = await import('@socket.io/redis-adapter');
  const publisher = createClient({ url: `redis://${process.env.REDIS}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  options.adapter = features.includes('redis') ? createAdapter(publisher, subscriber) : createShardedAdapter(publisher, subscriber);
}
if (engine === 'eiows') options.wsEngine = (await import('eiows')).default.Server;

const http = engine === 'uws' || engine === 'bun' ? undefined : createServer((_, response) => response.end('hello'));
const io = http ? new Server(http, options) : new Server(options);
io.on('connection', (socket) => {
  socket.on('echo', (value, ack) => ack(value));
  socket.on('echo-binary', (value, ack) => ack(value));
  socket.on('broadcast', (value) => io.emit('message', value));
  socket.on('join', (room, ack) => {
    socket.join(room);
    ack(room);
  });
  socket.on('leave', (room, ack) => {
    socket.leave(room);
    ack(room);
  });
  socket.on('room', (room, value) => io.to(room).emit('message', value));
});

if (http) {
  http.listen(port, '127.0.0.1');
} else if (engine === 'uws') {
  const { App } = await import('uWebSockets.js').then((module) => module.default);
  const app = App();
  io.attachApp(app);
  app.get('/', (response) => response.end('hello')).listen('127.0.0.1', Number(port), () => {});
} else {
  const { Server: Engine } = await import('@socket.io/bun-engine');
  const bun = new Engine({ path: '/socket.io/' });
  io.bind(bun);
  const handler = bun.handler();
  Bun.serve({
    ...handler,
    port,
    hostname: '127.0.0.1',
    fetch: (request, server) => new URL(request.url).pathname === '/' ? new Response('hello') : handler.fetch(request, server),
  });
}
