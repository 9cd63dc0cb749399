// What keys look like, wherever they are valid.

/** Made by a hub: `ac_<hint>_<32 bytes><checksum>`; made by a machine for its agent: `ac_<32 bytes>`. */
export const KEY_TEXT = /^ac_(?:[a-z2-7]{8}_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}|[A-Za-z0-9_-]{43})$/;
