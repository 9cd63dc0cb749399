// What set-up says while it works: lines on stderr, so that stdout stays free for results, and failures that name their remedy.

const quietMs = 2_000;
const repeatMs = 10_000;

/** A precondition that does not hold. `message` is one line that says what is wrong and what to do about it. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError';
}

/**
 * @typedef {object} Report
 * @property {(text: string) => void} line  says one thing
 * @property {<T>(label: string, work: Promise<T>) => Promise<T>} during  says `label` when `work` takes over two seconds, again every ten, and when it is done
 */

/**
 * @param {(text: string) => void} [write] receives each finished line, newline included
 * @returns {Report}
 */
export function createReport(write = (text) => void process.stderr.write(text)) {
  /** @param {string} text */
  const line = (text) => write(`setup: ${text}\n`);
  return {
    line,
    async during(label, work) {
      const startedAt = Date.now();
      const seconds = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
      let said = false;
      const say = () => {
        line(said ? `${label} … ${seconds()}` : `${label} …`);
        said = true;
        timer = setTimeout(say, repeatMs);
      };
      let timer = setTimeout(say, quietMs);
      try {
        const result = await work;
        if (said) line(`${label}: done in ${seconds()}`);
        return result;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * The edge of a command: a failed precondition becomes one line on stderr and exit code 1; anything else is a defect and keeps its stack.
 * @param {() => Promise<void>} main
 */
export async function runCommand(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(
      error instanceof SetupError ? `setup: ${error.message}\n` : `${error instanceof Error ? error.stack : error}\n`,
    );
    process.exitCode = 1;
  }
}
