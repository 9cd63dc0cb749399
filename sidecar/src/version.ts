// The version of the sidecar. A constant, because a sidecar that came as one file has no package.json beside it.

export const VERSION = '0.1.0';
