// A proxy between client and server that decides what happens to WebSocket upgrades: it lets them wait, or cuts them as a middlebox would.
import { createServer, connect } from 'node:net';

export class Gate {
  #server;
  #sockets = new Set();
  #open;
  #opened = new Promise(resolve => { this.#open = resolve; });

  /** A gate in front of a host. Upgrades wait until `open` is called; with `cut` they never get through. */
  static async start(host, { cut = false } = {}) {
    const gate = new Gate();
    gate.#server = createServer(client => gate.#relay(client, host.port, cut));
    await new Promise(resolve => gate.#server.listen(0, '127.0.0.1', resolve));
    gate.url = `http://127.0.0.1:${gate.#server.address().port}`;
    return gate;
  }

  open() { this.#open(); }

  close() {
    this.#server.close();
    this.#sockets.forEach(socket => socket.destroy());
  }

  #relay(client, port, cut) {
    this.#keep(client);
    client.once('data', async first => {
      if (/^upgrade: websocket\r$/im.test(first.toString('latin1'))) {
        if (cut) {
          client.destroy();
          return;
        }
        client.pause();
        await this.#opened;
      }
      const server = this.#keep(connect(port, '127.0.0.1'));
      server.write(first);
      client.pipe(server).pipe(client);
      client.resume();
    });
  }

  #keep(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
