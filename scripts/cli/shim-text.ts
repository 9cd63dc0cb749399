// The program text of the sidecar's shim.

/** Put in by the build. */
declare const __AGENTCOM_SHIM__: string;

export const SHIM_TEXT = __AGENTCOM_SHIM__;
