// A proxy as companies and virus scanners have it, on a free port of loopback: it spoils what it is told to.
//
//   node doctor-proxy.mjs '{"backend":3000,"spoils":"frames"}'
//
// Prints "listening PORT", ends when its input ends. It spoils one of:
//   frames    answers to requests to upgrade pass, what follows them is held back until there is more of it
//   polls     answers to polls are held back until there is more of them
//   upgrades  connections with a request to upgrade are dropped
//   silence   connections with a request to upgrade get no answer
//   accept    answers requests to upgrade itself, with another's key
//   closing   answers requests to upgrade rightly, and then closes
import { createServer, request as send } from 'node:http';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';

const { backend, spoils } = JSON.parse(process.argv[2]);

const pass = (request, response) => {
  const held = spoils === 'polls' && request.method === 'GET' && request.url.includes('sid=');
  const onward = send({ host: '127.0.0.1', port: backend, method: request.method, path: request.url, headers: request.headers }, answer => {
    if (held) return answer.resume();
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
};

const accept = key => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const switching = key => `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`;

const upgrade = (request, socket) => {
  socket.on('error', () => {});
  if (spoils === 'upgrades') return socket.destroy();
  if (spoils === 'silence') return;
  if (spoils === 'accept') return socket.write(switching('another key'));
  if (spoils === 'closing') return socket.end(switching(request.headers['sec-websocket-key']));
  const onward = connect(backend, '127.0.0.1', () => {
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`);
    socket.pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  if (spoils !== 'frames') return onward.pipe(socket);
  let head = '';
  onward.on('data', data => {
    if (head === undefined) return;
    head += data.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    socket.write(head.slice(0, end + 4), 'latin1');
    head = undefined;
  });
};

const server = createServer(pass).on('upgrade', upgrade);
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.stdin.resume().on('end', () => process.exit(0));
