/** The promise's result, or an error that says what did not happen in time. */
export async function within(promise, milliseconds, what) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${milliseconds} ms in vain: ${typeof what === 'function' ? what() : what}.`)), milliseconds);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** The arguments of the emitter's next such event. Works for Node's emitters and for those of socket.io-client. */
export function next(emitter, event, milliseconds = 20_000) {
  return within(new Promise(resolve => emitter.once(event, (...args) => resolve(args))), milliseconds, `event "${event}"`);
}

/** The arguments of the next `count` such events, in their order. */
export function nextMany(emitter, event, count, milliseconds = 20_000) {
  const seen = [];
  let listener;
  const all = new Promise(resolve => {
    listener = (...args) => {
      seen.push(args);
      if (seen.length === count) {
        resolve(seen);
      }
    };
    emitter.on(event, listener);
  });
  return within(all, milliseconds, () => `${count} events "${event}", ${seen.length} came`).finally(() => emitter.off(event, listener));
}
