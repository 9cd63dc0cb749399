let turn = 0;
let isCounted = false;

/** A number that is another one in each turn of the event loop. */
export function loopTurn(): number {
  if (!isCounted) {
    isCounted = true;
    setImmediate(() => {
      isCounted = false;
      turn++;
    });
  }
  return turn;
}
