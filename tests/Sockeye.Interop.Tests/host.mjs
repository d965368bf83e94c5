// Starts the server under test as a child process of its own, on a free port of loopback.
//
// SOCKEYE_HOST names another server to test in place of the .NET build, as a command line: a native binary, or any program that takes
// the same options (`--port`, `--profile`) and prints one line with its address when it listens.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createInterface } from 'node:readline';
import { within } from './waiting.mjs';

const hostFolder = fileURLToPath(new URL('../Sockeye.TestHost/bin/', import.meta.url));

function command() {
  if (process.env.SOCKEYE_HOST) {
    return process.env.SOCKEYE_HOST.split(' ');
  }
  const configuration = process.env.CONFIGURATION ?? 'Debug';
  const assembly = `${hostFolder}${configuration}/net10.0/Sockeye.TestHost.dll`;
  if (!existsSync(assembly)) {
    throw new Error(`${assembly} is missing: build tests/Sockeye.TestHost first, or run ./test.sh interop.`);
  }
  return ['dotnet', assembly];
}

export class Host {
  #process;
  #exited;
  #stderr = '';

  /** Resolves when the server listens. Port 0 is any free port. */
  static async start({ port = 0, profile = 'contract', options = [] } = {}) {
    const host = new Host();
    const [program, ...first] = command();
    host.#process = spawn(program, [...first, '--port', `${port}`, '--profile', profile, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    host.#process.stderr.on('data', chunk => { host.#stderr += chunk; });
    host.#exited = new Promise(resolve => host.#process.once('close', (code, signal) => resolve({ code, signal })));
    const firstLine = new Promise((resolve, reject) => {
      host.#process.once('error', reject);
      createInterface({ input: host.#process.stdout }).once('line', resolve);
      host.#exited.then(({ code }) => reject(new Error(`The server ended with exit code ${code} before it listened. ${host.#stderr}`)));
    });
    const line = await within(firstLine, 30_000, 'the server listens');
    host.url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (!host.url) {
      await host.kill();
      throw new Error(`The server's first line names no address: ${line}`);
    }
    host.port = Number(new URL(host.url).port);
    return host;
  }

  /** What the server wrote to its error stream so far. */
  get stderr() { return this.#stderr; }

  /** Asks the server to end, as a service manager does. */
  async stop() {
    this.#process.kill('SIGTERM');
    return await within(this.#exited, 30_000, 'the server ends after SIGTERM');
  }

  /** Takes the server away without warning. */
  async kill() {
    this.#process.kill('SIGKILL');
    return await within(this.#exited, 20_000, 'the killed server is gone');
  }
}
