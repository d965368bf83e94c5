// Official clients under load, one line for each step: "half" when half of all events are acknowledged, then a JSON object with the result. The argument: { url, clients, events }.
import { io } from 'socket.io-client';

const { url, clients, events } = JSON.parse(process.argv[2]);
const total = clients * events;
const acknowledged = [];
const transports = {};

function start(number) {
  // The even ones never leave long-polling, the odd ones upgrade.
  const socket = io(url, {
    forceNew: true,
    transports: number % 2 === 0 ? ['polling'] : ['polling', 'websocket'],
    reconnectionDelay: 50,
    reconnectionDelayMax: 500,
  });
  return new Promise(resolve => run(socket, number, resolve));
}

async function run(socket, number, done) {
  for (let i = 0; i < events; ) {
    const id = `${number}-${i}`;
    try {
      // Not acknowledged in time, or disconnected meanwhile: once more. The server may see it twice.
      await socket.timeout(3000).emitWithAck('event', id);
    } catch {
      continue;
    }
    i++;
    acknowledged.push(id);
    if (acknowledged.length === Math.floor(total / 2)) console.log('half');
  }
  done(socket);
}

const sockets = await Promise.all(Array.from({ length: clients }, (_, number) => start(number)));
// Those that the end of a node has thrown out are back before long.
while (!sockets.every(socket => socket.connected)) await new Promise(resolve => setTimeout(resolve, 20));
for (const socket of sockets) {
  const name = socket.io.engine.transport.name;
  transports[name] = (transports[name] ?? 0) + 1;
}
console.log(JSON.stringify({ acknowledged, connected: sockets.length, polling: transports.polling ?? 0, webSocket: transports.websocket ?? 0 }));
process.exit();
