// Starts a sample as a process of its own, on a port of loopback, as `dotnet run` would.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { within } from './waiting.mjs';

const samples = fileURLToPath(new URL('../../samples/', import.meta.url));

export class Sample {
  #process;
  #exited;
  #output = '';

  /** Resolves when the sample listens. Port 0 is any free port; `options` are its command line; `published` is where it was published to, if not the built one is meant. */
  static async start(name, { port = 0, options = [], published } = {}) {
    const folder = published ?? `${samples}${name}/`;
    const assembly = published ? `${published}/${name}.dll` : `${folder}bin/${process.env.CONFIGURATION ?? 'Debug'}/net10.0/${name}.dll`;
    if (!existsSync(assembly)) {
      throw new Error(`${assembly} is missing: build samples/${name} first, or run ./test.sh interop.`);
    }
    const sample = new Sample();
    const child = sample.#process = spawn('dotnet', [assembly, '--urls', `http://127.0.0.1:${port}`, ...options], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    sample.#exited = new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal })));
    const listening = new Promise((resolve, reject) => {
      const read = chunk => {
        sample.#output += chunk;
        const address = /Now listening on: (http:\/\/127\.0\.0\.1:\d+)/.exec(sample.#output);
        if (address) {
          resolve(address[1]);
        }
      };
      child.stdout.setEncoding('utf8').on('data', read);
      child.stderr.setEncoding('utf8').on('data', read);
      child.once('error', reject);
      sample.#exited.then(({ code }) => reject(new Error(`${name} ended with exit code ${code} before it listened.\n${sample.#output}`)));
    });
    try {
      sample.url = await within(listening, 30_000, () => `${name} listens\n${sample.#output}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    sample.port = Number(new URL(sample.url).port);
    return sample;
  }

  /** What it has written to its console so far. */
  get output() { return this.#output; }

  /** Takes it away without warning. */
  async kill() {
    this.#process.kill('SIGKILL');
    return await within(this.#exited, 30_000, 'the killed sample is gone');
  }
}
