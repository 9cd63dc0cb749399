// How the flags of `npm start` become those of `agentcom up`.

/**
 * The demonstration is the default of `npm start`, and `--no-demo` leaves it out; every other flag is passed on as it is.
 * @param {readonly string[]} flags
 * @returns {string[]}
 */
export function upFlags(flags) {
  const others = flags.filter((flag) => flag !== '--demo' && flag !== '--no-demo');
  return flags.includes('--no-demo') ? others : ['--demo', ...others];
}
