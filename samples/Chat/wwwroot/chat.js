import { Connection } from "./connection.js";
import { Drawer } from "./tools.js";
import { avatar, el, hueOf, newId, timeOf } from "./dom.js";

const $ = (id) => document.getElementById(id);
const app = $("app"), log = $("log"), composer = $("composer"), text = $("text");

// ---------------------------------------------------------------------------------------------------------------- what the page knows

/** Who this tab is. The id outlives a reconnection, so the server can tell "back again" from "somebody new". */
const me = {
  id: (sessionStorage.id ??= newId()),
  name: sessionStorage.name ?? "",
};

/** Joined rooms, in the order in which they were joined: name → room. */
const rooms = new Map();

/** Rooms that the server has been asked for and has not answered about: their messages may come first. */
const joining = new Map();

/** What the server last said about all rooms: name → number of people. */
let directory = new Map();

let current = null; // the room on the screen
let connection = null;
let drawer = null;

class Room {
  members = new Map();  // person id → person
  changes = null;       // who came and went while the answer to "join" was on its way
  items = [];           // messages and system lines, as shown
  typing = new Map();   // person id → timer
  unread = 0;
  draft = "";
  ready = false;        // joined on the connection we have now

  constructor(name) {
    this.name = name;
  }

  message(id) {
    return this.items.find((item) => item.id === id);
  }
}

// ------------------------------------------------------------------------------------------------------------------------- connecting

function start() {
  if (typeof io === "undefined") {
    explainMissingClient();
    return;
  }

  connection = new Connection({
    auth: { id: me.id, name: me.name },
    changed: renderConnection,
    refused: (error) => askName(error.message),
  });
  drawer = new Drawer({ connection, room: () => current, onUnseen: (count) => showBadge($("tools-badge"), count) });
  location.hash === "#wire" && drawer.openWire();
  const { socket } = connection;

  socket.on("connect", () => {
    const names = rooms.size > 0 ? [...rooms.keys()] : JSON.parse(sessionStorage.rooms ?? '["lobby"]');
    names.forEach((name) => join(name, { show: name === (current?.name ?? sessionStorage.current ?? names[0]) }));
  });
  socket.on("disconnect", () => {
    for (const room of rooms.values()) {
      room.ready = false;
      room.typing.clear();
    }
    renderAll();
  });

  socket.on("rooms", (list) => {
    directory = new Map(list.map(({ name, members }) => [name, members]));
    renderRooms();
  });
  socket.on("joined", (name, person) => withRoom(name, (room) => {
    membership(room, person, true);
    note(room, `${person.name} joined`);
  }));
  socket.on("left", (name, person, reason) => withRoom(name, (room) => {
    membership(room, person, false);
    stopTyping(room, person);
    note(room, reason === "ping timeout" ? `${person.name} lost the connection` : `${person.name} left`);
  }));
  socket.on("typing", (name, person, active) => withRoom(name, (room) => {
    stopTyping(room, person);
    if (active) {
      room.typing.set(person.id, setTimeout(() => { stopTyping(room, person); renderTyping(); }, 4000));
    }
    renderTyping();
  }));
  socket.on("message", (message) => withRoom(message.room, (room) => {
    socket.emit("received", room.name, message.id);
    stopTyping(room, message.from);
    addMessage(room, message);
  }));
  socket.on("delivered", (name, id, person) => withRoom(name, (room) => {
    const message = room.message(id);
    if (message) {
      message.deliveredTo.set(person.id, person.name);
      renderTick(message);
    }
  }));
}

function withRoom(name, action) {
  const room = rooms.get(name) ?? joining.get(name);
  if (room) {
    action(room);
    renderRooms();
    renderBar();
  }
}

// ------------------------------------------------------------------------------------------------------------------------------ rooms

async function join(wanted, { show = true } = {}) {
  const name = wanted.trim().toLowerCase();
  const known = rooms.has(name);
  const room = rooms.get(name) ?? new Room(name);
  joining.set(name, room);
  room.changes = [];
  let answer;
  try {
    answer = await connection.socket.timeout(8000).emitWithAck("join", name);
  } catch {
    return; // the connection went; the next "connect" joins again
  } finally {
    joining.delete(name);
  }
  if (answer.error) {
    notice(answer.error);
    return;
  }

  rooms.set(name, room);
  room.members = new Map(answer.members.map((person) => [person.id, person]));
  const changes = room.changes;
  room.changes = null;
  changes.forEach(([person, isHere]) => membership(room, person, isHere)); // the answer may be older than they are
  room.ready = true;
  const before = room.items.length;
  for (const message of answer.history.filter(({ id }) => !room.message(id))) {
    addMessage(room, message, { quiet: !known });
    if (message.from.id !== me.id) {
      connection.socket.emit("received", name, message.id);
    }
  }
  if (!known) {
    room.items.unshift(...room.items.splice(before)); // what was said before, before what was said while joining
  }
  note(room, known ? "You are back" : `You joined #${name}`);
  remember();
  if (show || !current) {
    open(room);
  }
  renderAll();

  // What was written while there was no connection goes out now.
  room.items.filter((item) => item.state === "sending").forEach((message) => send(room, message));
}

function membership(room, person, isHere) {
  room.changes?.push([person, isHere]);
  if (isHere) {
    room.members.set(person.id, person);
  } else {
    room.members.delete(person.id);
  }
}

async function leave(room) {
  rooms.delete(room.name);
  if (current === room) {
    open([...rooms.values()].at(-1) ?? null);
  }
  remember();
  renderAll();
  if (connection.socket.connected) {
    await connection.socket.timeout(8000).emitWithAck("leave", room.name).catch(() => {});
  }
}

function open(room) {
  if (current) {
    current.draft = text.value;
  }
  current = room;
  if (room) {
    room.unread = 0;
    text.value = room.draft;
  }
  app.classList.remove("show-sidebar");
  remember();
  renderLog();
  renderAll();
  if (room && !$("enter").open && matchMedia("(hover: hover)").matches) {
    text.focus();
  }
}

function remember() {
  sessionStorage.rooms = JSON.stringify([...rooms.keys()]);
  sessionStorage.current = current?.name ?? "";
}

// --------------------------------------------------------------------------------------------------------------------------- messages

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = text.value.trim();
  if (!body || !current) {
    return;
  }

  const message = { id: newId(), room: current.name, from: me, text: body, time: Date.now(), state: "sending" };
  addMessage(current, message);
  text.value = "";
  fitComposer();
  tellTyping(false);
  send(current, message);
});

/** sending → accepted (the server's acknowledgement) → delivered (every other member's page has it). */
async function send(room, message) {
  if (!room.ready || message.inFlight) {
    return;
  }

  message.inFlight = true;
  try {
    const { id, text: body } = message;
    const answer = await connection.socket.timeout(8000).emitWithAck("message", { id, room: room.name, text: body });
    Object.assign(message, answer.error
      ? { state: "refused", problem: answer.error }
      : { state: "accepted", time: answer.time, recipients: answer.recipients });
  } catch {
    // No answer: it stays "sending". The server knows a message by its id, so that sending it again does not double it.
  }
  message.inFlight = false;
  renderTick(message);
  if (message.state === "sending" && connection.socket.connected) {
    send(room, message);
  }
}

function addMessage(room, message, { quiet = false } = {}) {
  if (room.message(message.id)) {
    return;
  }

  message.state ??= "accepted";
  message.deliveredTo ??= new Map(); // person id → name
  add(room, message);
  if (!quiet && message.from.id !== me.id && (room !== current || document.hidden)) {
    room.unread++;
    renderRooms();
  }
}

function note(room, line) {
  add(room, { system: true, text: line, time: Date.now() });
}

function add(room, item) {
  room.items.push(item);
  if (room.items.length > 300) {
    room.items.shift();
  }
  if (room === current) {
    const atEnd = isAtEnd();
    log.append(itemElement(item, room.items.at(-2)));
    atEnd || item.from === me ? scrollToEnd() : ($("newer").hidden = false);
    renderEmpty();
  }
}

// ----------------------------------------------------------------------------------------------------------------------------- typing

let typingSince = 0;

function tellTyping(active) {
  // At most every two seconds while typing; the other side forgets after four.
  if (!current?.ready || (active ? Date.now() - typingSince < 2000 : typingSince === 0)) {
    return;
  }
  typingSince = active ? Date.now() : 0;
  connection.socket.volatile.emit("typing", current.name, active);
}

function stopTyping(room, person) {
  clearTimeout(room.typing.get(person.id));
  room.typing.delete(person.id);
  renderTyping();
}

text.addEventListener("input", () => {
  fitComposer();
  tellTyping(text.value.trim() !== "");
});
text.addEventListener("blur", () => tellTyping(false));
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

function fitComposer() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  $("send").disabled = text.value.trim() === "";
}

// ---------------------------------------------------------------------------------------------------------------------------- drawing

function renderAll() {
  renderRooms();
  renderBar();
  renderTyping();
  renderEmpty();
}

function renderRooms() {
  const joined = [...rooms.values()].map((room) => {
    const isCurrent = room === current;
    const button = el("button", { type: "button", class: "room", testid: `room-${room.name}`, "aria-current": isCurrent ? "true" : null },
      el("span", { class: "room-name" }, room.name),
      room.unread > 0 && el("span", { class: "badge", testid: `unread-${room.name}`, "aria-label": `${room.unread} unread` }, room.unread),
      el("span", { class: "room-count", title: "People here" }, room.members.size));
    button.addEventListener("click", () => open(room));
    return el("li", {}, button, isCurrent && memberList(room), isCurrent && leaveButton(room));
  });
  const others = [...directory].filter(([name]) => !rooms.has(name)).map(([name, members]) => {
    const button = el("button", { type: "button", class: "room", testid: `join-${name}`, "aria-label": `Join ${name}, ${members} people` },
      el("span", { class: "room-name" }, name),
      el("span", { class: "room-count" }, members),
      el("span", { class: "room-join" }, "Join"));
    button.addEventListener("click", () => join(name));
    return el("li", {}, button);
  });

  replaceKeepingFocus($("joined-rooms"), joined);
  replaceKeepingFocus($("open-rooms"), others);
  $("joined-empty").hidden = joined.length > 0 || connection?.phase !== "connected";
  $("open-empty").hidden = others.length > 0 || directory.size === 0;

  const unread = [...rooms.values()].reduce((sum, room) => sum + room.unread, 0);
  showBadge($("menu-badge"), unread);
  document.title = unread > 0 ? `(${unread}) Sockeye chat` : "Sockeye chat";
}

/** The lists are small and drawn anew; whoever is on one of their buttons with the keyboard stays there. */
function replaceKeepingFocus(list, items) {
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  list.replaceChildren(...items);
  focused && list.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
}

function memberList(room) {
  const people = [...room.members.values()].sort((a, b) => (b.id === me.id) - (a.id === me.id) || a.name.localeCompare(b.name));
  return el("ul", { class: "members", testid: "members", "aria-label": `People in ${room.name}` },
    ...people.map((person) => el("li", {}, avatar(person), el("span", {}, person.name), person.id === me.id && el("small", {}, "you"))));
}

function leaveButton(room) {
  const button = el("button", { type: "button", class: "text-button leave", testid: "leave-room" }, "Leave this room");
  button.addEventListener("click", () => leave(room));
  return button;
}

function renderBar() {
  const others = current ? [...current.members.values()].filter(({ id }) => id !== me.id).map(({ name }) => name) : [];
  $("room-title").textContent = current ? `#${current.name}` : "No room";
  $("room-subtitle").textContent = !current ? ""
    : others.length === 0 ? "Only you"
    : others.length <= 3 ? `You, ${others.join(", ")}`
    : `You, ${others.slice(0, 2).join(", ")} and ${others.length - 2} more`;
  composer.toggleAttribute("inert", !current);
  text.placeholder = current ? `Message #${current.name}` : "Join a room to write";
  drawer?.roomChanged();
  fitComposer();
}

function renderLog() {
  log.replaceChildren(...(current?.items ?? []).map((item, index, items) => itemElement(item, items[index - 1])));
  scrollToEnd();
  renderEmpty();
}

function renderEmpty() {
  const written = current?.items.some((item) => !item.system);
  $("empty").hidden = Boolean(written);
  if (!written) {
    $("empty").replaceChildren(...(current
      ? [el("h2", {}, `Nothing said in #${current.name} yet`), el("p", {}, current.members.size > 1 ? "Say hello." : "Open this page in a second tab, take another name, and talk to yourself.")]
      : [el("h2", {}, "Pick a room"), el("p", {}, "Join one from the list, or make your own.")]));
  }
}

function itemElement(item, previous) {
  if (item.system) {
    return el("p", { class: "system", testid: "system" }, item.text, " ", el("time", {}, timeOf(item.time)));
  }

  const mine = item.from.id === me.id;
  const grouped = previous && !previous.system && previous.from.id === item.from.id && item.time - previous.time < 180_000;
  const bubble = el("div", { class: "bubble" },
    !mine && !grouped && el("b", { class: "author", style: `--hue:${hueOf(item.from.id)}` }, item.from.name),
    el("span", { class: "text", testid: "message-text" }, item.text),
    el("span", { class: "meta" }, el("time", {}, timeOf(item.time)), mine && el("span", { class: "tick", testid: "tick", role: "img" })));
  const article = el("article", { class: `message${mine ? " mine" : ""}${grouped ? " grouped" : ""}`, testid: "message", "data-id": item.id },
    !mine && (grouped ? el("span", { class: "avatar-space" }) : avatar(item.from)),
    bubble);
  if (mine) {
    drawTick(article, item);
  }
  return article;
}

function renderTick(message) {
  const article = log.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
  if (article) {
    drawTick(article, message);
  }
}

function drawTick(article, message) {
  const names = [...message.deliveredTo.values()];
  const state = message.state === "accepted" && names.length > 0 && names.length >= (message.recipients ?? 1) ? "delivered" : message.state;
  const [glyph, label] = {
    sending: ["◌", connection?.phase === "connected" ? "Sending" : "Will be sent when the connection is back"],
    accepted: ["✓", names.length > 0 ? `Delivered to ${names.length} of ${message.recipients}` : message.recipients === 0 ? "Sent; nobody else is here" : "Sent"],
    delivered: ["✓✓", `Delivered to ${names.join(", ")}`],
    refused: ["!", `Not sent: ${message.problem}`],
  }[state];
  const tick = article.querySelector(".tick");
  tick.textContent = glyph;
  tick.dataset.state = state;
  tick.title = label;
  tick.setAttribute("aria-label", label);
  article.querySelector("time").textContent = timeOf(message.time);
}

function renderTyping() {
  const names = current ? [...current.typing.keys()].map((id) => current.members.get(id)?.name).filter(Boolean) : [];
  const line = names.length === 0 ? "" : names.length === 1 ? `${names[0]} is typing` : names.length === 2 ? `${names.join(" and ")} are typing` : "Several people are typing";
  if ($("typing").dataset.line !== line) {
    $("typing").dataset.line = line;
    $("typing").replaceChildren(...(line ? [line, el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"))] : []));
  }
}

function renderConnection(state) {
  app.dataset.phase = $("pill").dataset.phase = state.phase;
  $("pill-state").textContent = state.label;
  $("pill-transport").textContent = state.phase === "connected" ? state.transport : "";
  $("pill-ping").textContent = state.phase === "connected" && state.ping ? `${state.ping} ms` : "";

  const lost = state.phase === "reconnecting" || (state.phase === "connecting" && state.attempt > 0);
  const waiting = [...rooms.values()].some((room) => room.items.some((item) => item.state === "sending"));
  $("banner").hidden = !lost && state.phase !== "disconnected";
  $("banner-text").textContent = lost
    ? `${navigator.onLine ? (rooms.size > 0 ? "The connection is lost." : "The server does not answer.") : "You are offline."} Trying again`
      + `${state.attempt > 1 ? `, attempt ${state.attempt}` : ""}…${rooms.size > 0 ? ` What you write is sent when it is back.` : ""}`
    : state.reason === "io server disconnect" ? "The server has closed the connection." : "You are not connected.";
  $("reconnect").hidden = lost;

  const average = state.pings.length ? Math.round(state.pings.reduce((sum, ping) => sum + ping, 0) / state.pings.length) : 0;
  $("detail-state").textContent = state.label;
  $("detail-transport").textContent = state.route.join(" → ") || "none";
  $("detail-ping").textContent = state.ping ? `${state.ping} ms (average ${average})` : "not measured yet";
  $("detail-reconnects").textContent = state.reconnects === 0 ? "never" : state.reconnects === 1 ? "once" : `${state.reconnects} times`;
  const top = Math.max(20, ...state.pings);
  $("pings").replaceChildren(...state.pings.map((ping, index) => el("svg:rect", { x: index * 4, width: 3, y: 28 - (ping / top) * 26, height: (ping / top) * 26, rx: 1 })));
}

function showBadge(badge, count) {
  badge.hidden = count === 0;
  badge.textContent = count > 99 ? "99+" : count;
}

function isAtEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
}

function scrollToEnd() {
  log.scrollTop = log.scrollHeight;
  $("newer").hidden = true;
}

log.addEventListener("scroll", () => isAtEnd() && ($("newer").hidden = true), { passive: true });
$("newer").addEventListener("click", scrollToEnd);
new ResizeObserver(() => log.dataset.atEnd === "true" && scrollToEnd()).observe(log);
log.addEventListener("scroll", () => { log.dataset.atEnd = isAtEnd(); }, { passive: true });

/** A short message at the bottom of the log's area, for what went wrong with something the user just did. */
function notice(line) {
  const toast = el("p", { class: "toast", role: "alert", testid: "toast" }, line);
  document.querySelector(".conversation").append(toast);
  setTimeout(() => toast.remove(), 5000);
}

// ------------------------------------------------------------------------------------------------------------------------ who are you

function askName(problem = "") {
  $("name").value = me.name;
  $("name-error").textContent = problem;
  if (!$("enter").open) {
    $("enter").showModal();
  }
}

$("enter-form").addEventListener("submit", () => {
  me.name = sessionStorage.name = $("name").value.trim();
  showMe();
  if (connection) {
    rooms.forEach((room) => { room.ready = false; });
    connection.restart({ id: me.id, name: me.name });
  } else {
    start();
  }
});
$("enter").addEventListener("cancel", (event) => connection?.phase === "connected" || event.preventDefault());
$("change-name").addEventListener("click", () => askName());

function showMe() {
  $("my-name").textContent = me.name;
  $("my-avatar").replaceWith(Object.assign(avatar(me), { id: "my-avatar" }));
}

/** The page stands, but the server has no client to give (it was built without Node): its answer says what to do. */
async function explainMissingClient() {
  const answer = await fetch("/socket.io/socket.io.js").then((response) => response.text()).catch(() => "The server does not answer.");
  $("pill-state").textContent = "No client";
  app.dataset.phase = $("pill").dataset.phase = "disconnected";
  $("empty").hidden = false;
  $("empty").replaceChildren(el("h2", {}, "The Socket.IO client did not load"), el("pre", {}, answer));
}

// --------------------------------------------------------------------------------------------------------------------------- controls

$("new-room").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("new-room-name").value.trim();
  if (name && connection?.socket.connected) {
    join(name);
    $("new-room-name").value = "";
  }
});
$("reconnect").addEventListener("click", () => connection.restart());
$("open-sidebar").addEventListener("click", () => app.classList.add("show-sidebar"));
$("close-sidebar").addEventListener("click", () => app.classList.remove("show-sidebar"));
$("scrim").addEventListener("click", () => app.classList.remove("show-sidebar"));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("enter").open) {
    app.classList.remove("show-sidebar");
    drawer?.close();
  }
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && current?.unread) {
    current.unread = 0;
    renderRooms();
  }
});

showMe();
renderAll();
if (me.name) {
  start();
} else {
  askName();
}
