// The connection as the page sees it: one phase, one transport and a ping time.
// Everything else on the page is told through `changed`; nothing here touches the document.

const pingEvery = 3000;
const phases = { connecting: "Connecting", connected: "Connected", reconnecting: "Reconnecting", disconnected: "Disconnected" };

export class Connection {
  phase = "connecting";
  transport = "";
  route = [];       // the transports of this connection in their order: polling, then websocket
  pings = [];       // milliseconds, the latest last
  attempt = 0;
  reconnects = 0;
  reason = "";

  #watched = null;

  constructor({ auth, changed, refused }) {
    this.changed = changed;

    const socket = this.socket = io({ auth, reconnectionDelay: 500, reconnectionDelayMax: 3000 });
    this.#watch();

    socket.on("connect", () => {
      this.reconnects += this.phase === "reconnecting" ? 1 : 0;
      this.#now("connected", { attempt: 0, reason: "" });
      setTimeout(() => this.#measure(), 250); // not in the crowd of the first packets
    });
    socket.on("disconnect", (reason) => {
      this.#now(socket.active ? "reconnecting" : "disconnected", { reason, transport: "", route: [], pings: [] });
    });
    socket.on("connect_error", (error) => {
      if (socket.active) {
        this.#now(this.phase, { reason: error.message });
      } else {
        // The server's connect middleware said no: trying again with the same answer would not help.
        this.#now("disconnected", { reason: error.message });
        refused(error);
      }
    });
    socket.io.on("reconnect_attempt", (attempt) => {
      this.#now(this.phase, { attempt });
      queueMicrotask(() => this.#watch()); // by then the manager has made its next engine
    });

    setInterval(() => document.hidden || this.#measure(), pingEvery);
  }

  get label() {
    return phases[this.phase];
  }

  get ping() {
    return this.pings.at(-1);
  }

  /** With other credentials, or after the server sent us away. */
  restart(auth) {
    this.socket.auth = auth ?? this.socket.auth;
    this.socket.disconnect();
    this.#now("connecting", { transport: "", route: [], pings: [] });
    this.socket.connect();
    this.#watch();
  }

  #now(phase, changes = {}) {
    Object.assign(this, changes, { phase });
    this.changed(this);
  }

  /** Follows the engine below: its transport. Each (re)connection has a new one. */
  #watch() {
    const engine = this.socket.io.engine;
    if (!engine || engine === this.#watched) {
      return;
    }

    this.#watched = engine;
    const use = (name) => {
      if (name && this.route.at(-1) !== name) {
        this.#now(this.phase, { transport: name, route: [...this.route, name] });
      }
    };
    engine.on("open", () => {
      this.route = [];
      use(engine.transport.name);
    });
    engine.on("upgrade", (transport) => use(transport.name));
  }

  /** An empty event there and its acknowledgement back: the time that a message takes, through every layer. */
  async #measure() {
    if (!this.socket.connected) {
      return;
    }

    const start = performance.now();
    try {
      await this.socket.timeout(pingEvery).emitWithAck("latency");
      this.#now(this.phase, { pings: [...this.pings.slice(-29), Math.max(1, Math.round(performance.now() - start))] });
    } catch {
      // Too slow to be a measurement. If the connection is gone, the heartbeat finds out.
    }
  }
}
