// The official client against sockeye serve: what it gets, as one JSON line.
import { io } from "socket.io-client";
import io2 from "socket.io-client-v2";

const { url, path, version = 4, options = {} } = JSON.parse(process.argv[2]);
if (version === 2) {
  const socket = io2(url, { path });
  socket.on("connect", () => socket.emit("echo", "two", (answer) => { console.log(JSON.stringify({ answer })); socket.close(); }));
} else {
  const once = (socket, name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));
  const [ada, bob] = ["Ada", "Bob"].map((name) => io(url, { path, forceNew: true, auth: { name }, ...options }));
  const [echoed] = await ada.emitWithAck("echo", Buffer.from([1, 2, 3]), { a: 1 }).then((first) => [first]);
  const message = once(ada, "message");
  ada.emit("message", { n: { data: Buffer.from([4]) } }, "x");
  const [content, text] = await message;
  await ada.emitWithAck("join", "lobby");
  const joined = once(ada, "joined");
  await bob.emitWithAck("join", "lobby");
  const heard = once(bob, "chat");
  const said = await ada.timeout(20_000).emitWithAck("chat", "lobby", "hi all").catch(() => "no answer");
  const left = once(ada, "left");
  const chat = (await heard)[0];
  bob.emit("leave", "lobby");
  const refused = await bob.emitWithAck("chat", "lobby", "still here?");
  console.log(JSON.stringify({ echoed: [...echoed], content: [...content.n.data], text, joined: await joined, chat, said: said ?? null, left: await left, refused }));
  ada.close();
  bob.close();
}
