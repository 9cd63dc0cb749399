// Of the whole program: hub, sidecar and command are released together.

export const VERSION = '0.1.0';
