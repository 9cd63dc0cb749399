// The configuration of a nats-server of our own, as text. It holds the password, so it only ever lies in a file of mode 0600.

/** A batch is at most a few MiB; snapshots and bodies travel in smaller chunks. */
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;

/**
 * Not a limit in practice: the hub watches the free disk. The server's own default, three quarters of what is free at each start,
 * shrinks while the store grows, until the journal is refused at a disk that is far from full.
 */
const MAX_STORE_BYTES = 2 ** 50;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
/** What may wait for a client that reads slower than it asks, such as a hub that replays a long journal; past it the server cuts it off. */
const MAX_PENDING_BYTES = 256 * 1024 * 1024;
const LOG_BYTES = 10 * 1024 * 1024;
const LOG_FILES = 3;

export interface ServerConfig {
  readonly serverName: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly storeDir: string;
  readonly pidFile: string;
  readonly logFile: string;
  /** The most that all streams together may hold. */
  readonly maxStoreBytes?: number;
}

/** Loopback only, one account, no monitoring, cluster, leaf node, WebSocket or MQTT listener, every write synced before its ack. */
export function renderServerConfig(config: ServerConfig): string {
  return `server_name: ${JSON.stringify(config.serverName)}
listen: "127.0.0.1:${config.port}"
max_payload: ${MAX_PAYLOAD_BYTES}
max_pending: ${MAX_PENDING_BYTES}
max_connections: 256
pid_file: ${JSON.stringify(config.pidFile)}
log_file: ${JSON.stringify(config.logFile)}
logfile_size_limit: ${LOG_BYTES}
logfile_max_num: ${LOG_FILES}
authorization {
  user: ${JSON.stringify(config.user)}
  password: ${JSON.stringify(config.password)}
}
jetstream {
  store_dir: ${JSON.stringify(config.storeDir)}
  sync_interval: always
  max_memory_store: ${MAX_MEMORY_BYTES}
  max_file_store: ${config.maxStoreBytes ?? MAX_STORE_BYTES}
}
`;
}
