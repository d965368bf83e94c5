// The chat sample as a process of its own, which a test may kill as a failing machine would, and start again on the same port.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const project = fileURLToPath(new URL("../../samples/Chat/", import.meta.url));
// A published chat, native ones included, can be tested in place of the built one: CHAT_BINARY=/somewhere/Chat
const published = process.env.CHAT_BINARY;
const configurations = process.env.CONFIGURATION ? [process.env.CONFIGURATION] : ["Debug", "Release"];

export class ChatServer {
  /** What the server has written to its console since the test began, across restarts. */
  output = "";
  #process = null;

  constructor(port) {
    // Not "localhost": there the official client takes no notice of the browser's going offline.
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start() {
    const server = new ChatServer(await freePort());
    await server.start();
    return server;
  }

  async start() {
    const child = this.#process = spawn(...command(this.url));
    const from = this.output.length;
    const listening = new Promise((resolve, reject) => {
      const read = (chunk) => {
        this.output += chunk;
        if (this.output.includes("open it in two tabs", from)) {
          resolve();
        }
      };
      child.stdout.setEncoding("utf8").on("data", read);
      child.stderr.setEncoding("utf8").on("data", read);
      child.once("exit", (code, signal) => reject(new Error(`The chat sample ended (${code ?? signal}):\n${this.output}`)));
    });
    await within(30_000, listening, "the chat sample says that it listens");
  }

  /** The machine is gone: nobody is told. */
  kill() {
    return this.#end("SIGKILL");
  }

  /** Ctrl+C. Returns the exit code. */
  stop() {
    return this.#end("SIGINT");
  }

  /** Resolves when the console has shown what matches. */
  async printed(pattern, bound = 10_000) {
    const deadline = Date.now() + bound;
    while (!pattern.test(this.output)) {
      if (Date.now() > deadline) {
        throw new Error(`The console did not show ${pattern} within ${bound} ms:\n${this.output}`);
      }
      await once(this.#process.stdout, "data", { signal: AbortSignal.timeout(Math.max(1, deadline - Date.now())) }).catch(() => {});
    }
  }

  async #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return child?.exitCode;
    }

    const ended = once(child, "exit");
    child.kill(signal);
    return (await within(15_000, ended, `the chat sample ends after ${signal}`))[0];
  }
}

function command(url) {
  const stdio = ["ignore", "pipe", "pipe"];
  if (published) {
    return [published, ["--urls", url], { cwd: dirname(published), stdio }];
  }

  const built = configurations.map((name) => `${project}bin/${name}/net10.0/Chat.dll`).find(existsSync);
  if (!built) {
    throw new Error("The chat sample is not built: dotnet build samples/Chat");
  }
  return ["dotnet", [built, "--urls", url], { cwd: project, stdio }];
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

async function within(milliseconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`Not within ${milliseconds} ms: ${what}`)), milliseconds); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
