import { el } from "./dom.js";
import { WireView } from "./wire.js";

const $ = (id) => document.getElementById(id);

// What the chat itself uses; every other event that arrives is a custom one.
const chatEvents = new Set(["rooms", "joined", "left", "typing", "message", "delivered", "echo"]);


/** The drawer on the right: custom events, sent and received, and the wire. */
export class Drawer {
  #unseen = 0;

  constructor({ connection, room, onUnseen }) {
    this.connection = connection;
    this.room = room;
    this.onUnseen = onUnseen;

    $("open-tools").addEventListener("click", () => this.isOpen ? this.close() : this.open());
    $("close-tools").addEventListener("click", () => this.close());
    const tabs = [$("tab-events"), $("tab-wire")];
    tabs.forEach((tab, index) => {
      tab.addEventListener("click", () => this.#select(tab));
      tab.addEventListener("keydown", (event) => {
        if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
          const other = tabs[1 - index];
          this.#select(other);
          other.focus();
        }
      });
    });
    $("event-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    $("event-args").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        $("event-form").requestSubmit();
      }
    });
    this.wire = new WireView({ connection, isOpen: () => this.isOpen && !$("panel-wire").hidden });
    connection.socket.onAny((name, ...args) => chatEvents.has(name) || this.#received(name, args));
  }

  get isOpen() {
    return $("app").classList.contains("show-tools");
  }

  open() {
    $("app").classList.add("show-tools");
    $("open-tools").setAttribute("aria-expanded", "true");
    this.#seen();
    this.wire.follow();
    $("tab-events").ariaSelected === "true" && matchMedia("(hover: hover)").matches && $("event-name").focus();
  }

  close() {
    $("app").classList.remove("show-tools");
    $("open-tools").setAttribute("aria-expanded", "false");
  }

  /** Opens the wire at once: the address ends with #wire. */
  openWire() {
    this.open();
    this.#select($("tab-wire"));
  }

  roomChanged() {
    const room = this.room();
    $("event-send").disabled = !room;
    $("event-send").textContent = room ? `Send to #${room.name}` : "Join a room first";
  }

  // ---------------------------------------------------------------------------------------------------------------- custom events

  async #send() {
    const room = this.room();
    const name = $("event-name").value.trim();
    const args = this.#readArguments();
    $("event-error").textContent = !name ? "An event needs a name." : chatEvents.has(name) ? `"${name}" is one of the chat's own events.` : args.problem ?? "";
    if ($("event-error").textContent) {
      return;
    }

    const entry = this.#add("out", name, args.values, `to #${room.name}`, "waiting for answers");
    try {
      const answer = await this.connection.socket.timeout(10_000).emitWithAck("custom", room.name, name, args.values);
      this.#conclude(entry, answer.error ? answer.error
        : answer.recipients === 0 ? "nobody else is here"
        : `${answer.answers.length} of ${answer.recipients} acknowledged`, answer.error ? "failed" : "done", answer.answers);
    } catch {
      this.#conclude(entry, "no answer from the server", "failed");
    }
  }

  #readArguments() {
    const source = $("event-args").value.trim();
    if (!source) {
      return { values: [] };
    }
    try {
      const value = JSON.parse(source);
      return { values: Array.isArray(value) ? value : [value] };
    } catch (error) {
      return { problem: `The arguments are not JSON: ${error.message}` };
    }
  }

  #received(name, args) {
    const acknowledge = typeof args.at(-1) === "function" ? args.pop() : null;
    const [person, ...values] = args;
    const entry = this.#add("in", name, values, `from ${person?.name ?? "the server"}`, acknowledge ? "" : "no answer wanted");
    if (acknowledge) {
      acknowledge(`seen by ${sessionStorage.name}`);
      this.#conclude(entry, "acknowledged", "done");
    }
    if (!this.isOpen || $("panel-events").hidden) {
      this.onUnseen(++this.#unseen);
    }
  }

  #add(direction, name, values, who, status) {
    const entry = el("li", { class: `event ${direction}`, testid: `event-${direction}` },
      el("div", { class: "event-head" },
        el("span", { class: "arrow", "aria-label": direction === "in" ? "received" : "sent" }, direction === "in" ? "↓" : "↑"),
        el("b", {}, name), el("span", {}, who)),
      el("code", {}, JSON.stringify(values)),
      el("p", { class: "event-status", testid: "event-status", "data-state": "waiting" }, status));
    $("events").prepend(entry);
    while ($("events").children.length > 50) {
      $("events").lastChild.remove();
    }
    $("events-empty").hidden = true;
    return entry;
  }

  #conclude(entry, status, state, answers = []) {
    const line = entry.querySelector(".event-status");
    line.dataset.state = state;
    line.textContent = status;
    if (answers.length > 0) {
      line.after(el("code", { class: "answers", testid: "event-answers" }, answers.map((answer) => JSON.stringify(answer)).join("\n")));
    }
  }

  #select(tab) {
    for (const [name, panel] of [["tab-events", "panel-events"], ["tab-wire", "panel-wire"]]) {
      const selected = tab.id === name;
      $(name).ariaSelected = String(selected);
      $(name).tabIndex = selected ? 0 : -1;
      $(panel).hidden = !selected;
    }
    $("app").classList.toggle("show-wire", tab.id === "tab-wire");
    this.#seen();
    this.wire.follow();
  }

  #seen() {
    if (!$("panel-events").hidden) {
      this.#unseen = 0;
      this.onUnseen(0);
    }
  }
}
