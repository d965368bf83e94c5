// Drives the official client through the steps that a test sends, and prints what happens: one JSON line per event, with only what is the same in every run
// (names, reasons, messages, data, numbers of attempts; no ids, no times).
//
// A step is one JSON line on the standard input, e.g. {"do":"socket","namespace":"/chat"}; each is answered by {"done":"socket"} once it is done. What a step
// causes at once is printed before that.
import { createInterface } from 'node:readline';
import { Manager } from 'socket.io-client';
import * as msgpack from 'socket.io-msgpack-parser';

const print = value => console.log(JSON.stringify(value));
const record = (emitter, event, ...args) => print({ emitter, event, args });

// Errors differ from run to run (stack, request); these parts of them do not.
function told(value) {
  if (value instanceof Error) return value.data === undefined ? { message: value.message } : { message: value.message, data: value.data };
  return value ?? null;
}

// The second argument of "disconnect" and "close": an Error, or { description, context }.
function details(value) {
  if (value instanceof Error) return value.message;
  return value?.description ?? null;
}

let manager;
let run = 0;
const sockets = new Map();

// Only of the latest manager: what an earlier one still does belongs to no test.
function listen(emitter, name, events) {
  const mine = run;
  for (const [event, tell] of Object.entries(events)) {
    emitter.on(event, (...args) => mine === run && record(name, event, ...tell(args)));
  }
}

const steps = {
  manager({ url, options: { parser, ...options } }) {
    if (parser === 'msgpack') options.parser = msgpack.default ?? msgpack;
    manager = new Manager(url, { ...options, autoConnect: false });
    listen(manager, 'manager', {
      open: () => [],
      error: ([error]) => [told(error)],
      close: ([reason, description]) => [reason, details(description)],
      reconnect_attempt: ([attempt]) => [attempt],
      reconnect: ([attempt]) => [attempt],
      reconnect_error: ([error]) => [told(error)],
      reconnect_failed: () => [],
    });
    manager.on('open', () => listen(manager.engine, 'engine', { upgrade: ([transport]) => [transport.name], upgradeError: () => [] }));
  },
  // Makes the socket of a namespace and connects it. "auth" is the value; "authCallback" the values that a callback gives, one after the other.
  socket({ namespace, auth, authCallback, events = [] }) {
    const asked = [...(authCallback ?? [])];
    const socket = manager.socket(namespace, { auth: authCallback ? give => give(asked.shift()) : auth });
    sockets.set(namespace, socket);
    listen(socket, namespace, {
      connect: () => [],
      connect_error: ([error]) => [told(error)],
      disconnect: ([reason, description]) => [reason, details(description)],
    });
    listen(socket, namespace, Object.fromEntries(events.map(event => [event, args => args])));
    socket.connect();
  },
  connect: ({ namespace }) => sockets.get(namespace).connect(),
  disconnect: ({ namespace }) => sockets.get(namespace).disconnect(),
  emit({ namespace, event, args = [], volatile = false }) {
    const socket = sockets.get(namespace);
    (volatile ? socket.volatile : socket).emit(event, ...args);
  },
  // The whole connection, with every namespace on it.
  close: () => manager._close(),
  // The end of a test: nothing of this manager is recorded any more.
  forget() {
    run++;
    manager?._close();
    manager = undefined;
    sockets.clear();
  },
  // Under the manager's feet.
  closeEngine: () => manager.engine.close(),
};

createInterface({ input: process.stdin })
  .on('line', line => {
    const step = JSON.parse(line);
    try {
      steps[step.do](step);
      print({ done: step.do });
    } catch (e) {
      print({ done: step.do, failed: e.message });
    }
  })
  .on('close', () => process.exit(0));

print({ done: 'start' });
