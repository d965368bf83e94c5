// The user's own connection as seven layers, live. The server sees its side of it (Sockeye.Wire) and sends what it understood as records: one for each read of the TCP stream,
// request, frame, packet and event, with the records that carried it. Here they become a story, and each part of it can be opened down to its bytes.
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);
const kept = 600; // more than the server keeps: what comes again after a reconnection is known

/** The seven layers from the top, in words for who has not met them. */
const layers = [
  { id: "socket.io", number: 7, name: "Socket.IO", reference: "Socket.IO protocol, revision 5",
    text: "What you program with: events that have a name and arguments, acknowledgements that say \"I have it\", and namespaces that share one connection." },
  { id: "engine.io", number: 6, name: "Engine.IO", reference: "Engine.IO protocol, revision 4",
    text: "The session. It begins with plain HTTP requests (polling), tries whether a WebSocket gets through (probe), moves over to it (upgrade), and finds out by ping and pong when the other side is gone." },
  { id: "websocket", number: 5, name: "WebSocket", reference: "RFC 6455",
    text: "Messages both ways, at any time. Each travels in a frame: 2 to 14 bytes that say what it is and how long, then the message. What the browser sends is masked, so that no proxy takes it for something else." },
  { id: "http", number: 4, name: "HTTP", reference: "RFC 9112",
    text: "One question, one answer. It fetches this page and carries the polling, and one special question turns the connection into a WebSocket: Upgrade, answered by 101 Switching Protocols." },
  { id: "tls", number: 3, name: "TLS", reference: "RFC 8446",
    text: "Encrypts everything above it and proves who the server is. A page that comes by http: has none; with https: it is here, and the WebSocket is called wss:." },
  { id: "tcp", number: 2, name: "TCP", reference: "RFC 9293",
    text: "Makes a stream of bytes, complete and in order, out of packets that may get lost. It begins with three segments: SYN (\"may I?\"), SYN-ACK (\"yes, may I too?\"), ACK (\"yes\")." },
  { id: "network", number: 1, name: "Network", reference: "RFC 791, RFC 8200",
    text: "Carries packets from machine to machine by their IP addresses, over Wi-Fi, cables and routers. It promises nothing: packets may be lost, doubled, or overtake each other." },
];
const byId = new Map(layers.map((layer) => [layer.id, layer]));

export class WireView {
  #connections = new Map();  // id → { number, client, server, records: Map(id → record) }
  #rows = new Map();         // "connection/record" → element
  #source = null;
  #sid = null;
  #facts = new Map();        // layer → what is known of it now
  #counts = new Map();       // layer → { toServer, toClient }
  #slow = false;

  constructor({ connection, isOpen }) {
    this.connection = connection;
    this.isOpen = isOpen;
    this.#drawLayers();
    $("wire-send").addEventListener("click", () => this.#act("An event: the server has a handler for \"echo\" and sends it back as an event of its own.",
      () => connection.socket.emit("echo", "hello", { from: "the wire panel" })));
    $("wire-binary").addEventListener("click", () => this.#act("A binary event is a text packet that announces how many attachments follow, then each attachment as a binary frame.",
      () => connection.socket.emit("echo", Uint8Array.of(0xca, 0xfe, 0xba, 0xbe))));
    $("wire-ack").addEventListener("click", () => this.#act("An event with a number that asks for an answer: the acknowledgement comes back with the same number.", async () => {
      const start = performance.now();
      await connection.socket.timeout(10_000).emitWithAck("latency");
      this.#say(`The acknowledgement came after ${Math.round(performance.now() - start)} ms: down all layers here, up on the server, and back.`);
    }));
    $("wire-slow").addEventListener("click", () => this.#act(null, () => this.#setSlow(!this.#slow)));
    $("wire-cut").addEventListener("click", () => this.#act("Cut: TCP ends without a close frame. Engine.IO calls that \"transport close\", and Socket.IO connects again by itself, after a moment.", () => this.#post("cut")));
    $("wire-all").addEventListener("change", () => this.#redraw());
    $("wire-quiet").addEventListener("change", () => this.#redraw());
    connection.socket.on("connect", () => this.follow());
    connection.socket.on("disconnect", (reason) => this.#mark(`Disconnected: ${reason}`));
  }

  /** Watches the connection that there is now, if anybody looks. */
  follow() {
    const sid = this.connection.socket.io.engine?.id;
    if (!this.isOpen() || !sid || sid === this.#sid) {
      return;
    }

    this.#source?.close();
    if (this.#slow) {
      this.#setSlow(false).catch(() => {}); // the connections of the old session, as far as there are any
    }
    this.#sid = sid;
    this.#facts.clear();
    const source = this.#source = new EventSource(`/wire?sid=${encodeURIComponent(sid)}`);
    source.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    source.onerror = () => this.#source === source && source.readyState === EventSource.CLOSED && this.#say("The server shows nothing: too many people watch, there is a proxy between, whose connections are shared, or the session is gone.");
  }

  // ------------------------------------------------------------------------------------------------------------------ what comes in

  #receive({ connection: id, client, server, record, tcp }) {
    if (!this.#connections.has(id)) {
      this.#connections.set(id, { number: this.#connections.size + 1, client, server, records: new Map() });
    }

    const connection = this.#connections.get(id);
    if (tcp) {
      this.#facts.set("tcp", ["round trip (SRTT)", "sent again"].map((name) => `${name} ${tcp.find((field) => field.name === name)?.value}`).join(", "));
      this.#drawFacts();
      return;
    }

    if (connection.records.has(record.id)) {
      return;
    }

    record.connection = connection;
    record.key = `${id}/${record.id}`;
    record.carries = 0;
    connection.records.set(record.id, record);
    for (const carrier of this.#carriersOf(record)) {
      carrier.carries++;
    }
    if (connection.records.size > kept) {
      const oldest = connection.records.keys().next().value;
      this.#rows.get(connection.records.get(oldest).key)?.remove();
      this.#rows.delete(connection.records.get(oldest).key);
      connection.records.delete(oldest);
    }

    this.#learn(record);
    for (const carrier of this.#carriersOf(record)) {
      // What carries something is told as part of that. A request stands for itself.
      if (!this.#isShown(carrier)) {
        this.#rows.get(carrier.key)?.remove();
        this.#rows.delete(carrier.key);
      }
    }
    this.#isShown(record) && this.#addRow(record);
  }

  #carriersOf(record) {
    return record.carriedBy.map((id) => record.connection.records.get(id)).filter(Boolean);
  }

  #isHeartbeat(record) {
    return (record.layer === "engine.io" && record.summary === "heartbeat") || /^latency\(/.test(record.summary)
      || (record.kind === "ACK" && record.summary.endsWith(" ()"));
  }

  #isShown(record) {
    if ($("wire-all").checked) {
      return true;
    }
    if (record.error) {
      return true;
    }
    if ($("wire-quiet").checked && this.#isHeartbeat(record)) {
      return false;
    }
    if (record.layer === "http") {
      // The page and its files came by the same connections; the story is told by what is Engine.IO's.
      return /[?&]transport=/.test(record.direction === "toServer" ? record.summary : field(record, "answer to") ?? "");
    }
    return record.carries === 0 && !((record.layer === "tcp" || record.layer === "tls") && (record.kind === "read" || record.kind === "write"));
  }

  #learn(record) {
    const count = this.#counts.get(record.layer) ?? { toServer: 0, toClient: 0 };
    count[record.direction]++;
    this.#counts.set(record.layer, count);
    switch (`${record.layer} ${record.kind}`) {
      case "network addresses": this.#facts.set("network", `${record.summary}, ${field(record, "protocol")}`); break;
      case "tls handshake": this.#facts.set("tls", record.summary); break;
      case "http upgrade response": this.#facts.set("http", record.summary); break;
      case "engine.io open": this.#facts.set("engine.io", `ping every ${Number.parseInt(field(record, "pingInterval")) / 1000} s, at most ${field(record, "maxPayload")}`); break;
      case "socket.io CONNECT": record.direction === "toClient" && this.#facts.set("socket.io", `connected to namespace ${field(record, "namespace")}`); break;
    }
    this.#drawFacts();
  }

  // -------------------------------------------------------------------------------------------------------------------------- layers

  #drawLayers() {
    $("wire-layers").replaceChildren(...layers.map((layer) =>
      el("li", { class: `layer layer-${layer.number}`, testid: `layer-${layer.number}` },
        el("details", {},
          el("summary", {}, el("span", { class: "layer-number" }, layer.number), el("b", {}, layer.name), el("span", { class: "layer-fact", id: `fact-${layer.number}` })),
          el("p", {}, layer.text, " ", el("cite", {}, layer.reference))))));
    this.#drawFacts();
  }

  #drawFacts() {
    for (const layer of layers) {
      const count = this.#counts.get(layer.id);
      const fact = this.#facts.get(layer.id) ?? (layer.id === "tls" ? (location.protocol === "https:" ? "ends before this server, at a proxy" : "none: this page came by http:") : "");
      const unit = { "socket.io": "packets", "engine.io": "packets", websocket: "frames", http: "messages" }[layer.id];
      const counted = count && unit ? `${count.toServer} out, ${count.toClient} in` : "";
      $(`fact-${layer.number}`).textContent = [fact, counted && `${counted} (${unit})`].filter(Boolean).join(" · ");
    }
  }

  // ---------------------------------------------------------------------------------------------------------------------------- rows

  #redraw() {
    this.#rows.clear();
    const all = [...this.#connections.values()].flatMap((connection) => [...connection.records.values()]);
    all.sort((a, b) => a.time < b.time ? -1 : a.time > b.time ? 1 : a.connection === b.connection ? a.id - b.id : 0);
    $("wire").replaceChildren();
    all.filter((record) => this.#isShown(record)).forEach((record) => this.#addRow(record));
  }

  #addRow(record) {
    const isOut = record.direction === "toServer";
    const layer = byId.get(record.layer);
    const row = el("li", { class: `record ${isOut ? "out" : "in"} layer-${layer.number}`, testid: "record", "data-layer": record.layer, "data-time": record.time, "data-key": record.key, "data-error": record.error ? "" : null },
      el("button", { type: "button", class: "record-line", "aria-expanded": "false" },
        el("span", { class: "arrow", "aria-label": isOut ? "from the browser to the server" : "from the server to the browser" }, isOut ? "→" : "←"),
        el("span", { class: "chip" }, layer.name),
        el("b", {}, record.kind),
        el("span", { class: "record-summary" }, record.summary),
        el("time", { title: `TCP connection ${record.connection.number}` }, `${clock(record.time)} #${record.connection.number}`)));
    const line = row.firstChild;
    line.addEventListener("click", () => {
      const isOpen = line.ariaExpanded === "true";
      line.ariaExpanded = String(!isOpen);
      if (isOpen) {
        row.lastChild.remove();
      } else {
        row.append(this.#wrapped(record));
        row.scrollIntoView({ block: "start" });
      }
    });
    record.error && row.append(el("p", { class: "record-error" }, record.error));
    this.#place(row);
    this.#rows.set(record.key, row);
  }

  #mark(text) {
    this.#place(el("li", { class: "wire-mark", testid: "wire-mark", "data-time": new Date().toISOString() }, text));
  }

  /** By time: what is shown of a connection that joins later may be older than what is there. */
  #place(row) {
    const list = $("wire");
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    let before = list.lastChild;
    while (before && before.dataset.time > row.dataset.time) {
      before = before.previousSibling;
    }
    before ? before.after(row) : list.prepend(row);
    while (list.children.length > kept) {
      this.#rows.delete(list.firstChild.dataset.key);
      list.firstChild.remove();
    }
    atEnd && (list.scrollTop = list.scrollHeight);
  }

  /** A record, and beneath it what carried it, down to the bytes of the stream. */
  #wrapped(record) {
    const layer = byId.get(record.layer);
    const carriers = this.#carriersOf(record);
    return el("div", { class: `shell layer-${layer.number}`, testid: `shell-${layer.id}` },
      el("h3", {}, `${layer.number} ${layer.name}: ${record.kind}`, el("cite", {}, layer.reference)),
      el("dl", {}, ...record.fields.flatMap((field) => [el("dt", {}, field.name), el("dd", {}, field.value, field.reference && field.reference !== layer.reference && el("cite", {}, field.reference))])),
      record.length > 0 && el("pre", { class: "bytes", tabindex: "0", testid: "bytes" }, dump(record)),
      carriers.length > 0 && el("p", { class: "carried" }, carriers.length === 1 ? "travels inside of" : `travels inside of these ${carriers.length}`),
      ...carriers.slice(0, 8).map((carrier) => this.#wrapped(carrier)));
  }

  // ------------------------------------------------------------------------------------------------------------------------- buttons

  async #act(text, action) {
    text && this.#say(text);
    try {
      await action();
    } catch (error) {
      this.#say(`That did not work: ${error.message}`);
    }
  }

  #setSlow(slow) {
    this.#slow = slow;
    $("wire-slow").ariaPressed = String(slow);
    this.#say(slow ? "Slow: every read and every write of the server waits for 500 ms. Watch the ping time rise; TCP holds the bytes back meanwhile." : "As fast as before.");
    return this.#post("slow", slow ? 500 : 0);
  }

  async #post(action, ms = 0) {
    const response = await fetch(`/wire/${action}?sid=${encodeURIComponent(this.#sid)}&ms=${ms}`, { method: "POST" });
    if (!response.ok) {
      throw new Error(`the server says ${response.status}`);
    }
  }

  #say(text) {
    $("wire-note").textContent = text;
  }
}

function field(record, name) {
  return record.fields.find((field) => field.name === name)?.value;
}

function clock(time) {
  const date = new Date(time);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** `0000  81 85 37 fa 21 3d 7f 9f  4d 51 58                 ..7.!=..MQX` */
function dump({ bytes, length }) {
  const data = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)).subarray(0, 512);
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const part = [...data.subarray(at, at + 16)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, "0"));
    const text = part.map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : ".").join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}  ${text}`);
  }
  length > data.length && lines.push(`… ${(length - data.length).toLocaleString("en")} bytes more`);
  return lines.join("\n");
}
