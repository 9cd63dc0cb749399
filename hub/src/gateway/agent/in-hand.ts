// What a session has taken and not yet answered, in frames and in bytes of texts that are being stored. A socket is not read while that is
// much, so that neither a fast sender nor a slow store fills the memory.

import { LIMITS } from '@agentcom/schemas';

/** Before the socket is not read any further, and when it is again. */
const HOLD_AT = { frames: LIMITS.inHandFrames, bytes: LIMITS.inHandBytes };
const RESUME_AT = { frames: LIMITS.inHandFrames / 2, bytes: LIMITS.inHandBytes / 2 };

export class InHand {
  readonly #hold: (isHeld: boolean) => void;
  #frames = 0;
  #bytes = 0;
  #isHeld = false;

  /** `hold` stops the reading, or goes on with it. */
  constructor(hold: (isHeld: boolean) => void) {
    this.#hold = hold;
  }

  taken(): void {
    this.#frames++;
    this.#look();
  }

  answered(): void {
    this.#frames--;
    this.#look();
  }

  /** The texts of a frame of so many bytes are being stored, until what is returned is called. */
  storing(bytes: number): () => void {
    this.#bytes += bytes;
    this.#look();
    return () => {
      this.#bytes -= bytes;
      this.#look();
    };
  }

  #look(): void {
    const isHeld = this.#isHeld
      ? this.#frames > RESUME_AT.frames || this.#bytes > RESUME_AT.bytes
      : this.#frames >= HOLD_AT.frames || this.#bytes >= HOLD_AT.bytes;
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#hold(isHeld);
  }
}
