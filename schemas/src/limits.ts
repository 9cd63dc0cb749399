// Every fixed number of the wire in one place. Bytes are UTF-8 bytes, chars are Unicode code points.

const KIB = 1024;

export const LIMITS = {
  /** One frame, from either side, and one HTTP body: the longest there is, and that of a route that takes no long texts. */
  frameBytes: 256 * KIB,
  httpBodyBytes: 256 * KIB,
  shortBodyBytes: 16 * KIB,
  /** Pieces that one frame may come in; our own come in one. */
  frameFragments: 64,
  /** What an assignment adds to a task as it was submitted: its id, the defaults filled in, the frame around it. */
  assignmentBytes: 40 * KIB,
  /** The part of that for what became of attempts before, and for answers that were given. */
  assignmentPastBytes: 32 * KIB,
  pastAttempts: 5,
  pastAnswers: 8,
  /** Connections to a hub: all together, from one address (of a proxy: all its callers), and of those that have not shown a key. */
  connections: 16_384,
  connectionsPerAddress: 8_192,
  connectionsWithoutKey: 2_048,
  /** The head of a request, how long it may take to arrive, and how long all of it. */
  headerBytes: 16 * KIB,
  headersMs: 10_000,
  requestMs: 30_000,
  /** From the opening of an agent's socket to its hello. */
  helloMs: 10_000,
  /** What a sidecar may leave unread before it is let go. */
  unreadBytes: 4 * 1024 * KIB,
  /** What is taken from one socket and not yet answered, before it is not read any further. */
  inHandFrames: 1_024,
  inHandBytes: 4 * 1024 * KIB,
  /** Requests that wait for something, of all keys together. */
  waiters: 1_024,
  /** Streams of output that are read at once: each holds a consumer and some text. */
  followers: 256,
  /** Requests that one key has under way: readers that follow output, and those that wait for a change of a task. */
  followersPerKey: 32,
  waitersPerKey: 64,
  waitSeconds: 60,
  /** Levels of arrays and objects in one JSON text. */
  jsonDepth: 32,
  titleChars: 200,
  promptBytes: 100 * KIB,
  dataBytes: 64 * KIB,
  summaryBytes: 16 * KIB,
  /** One piece of output; escaped as JSON it still fits in a frame. */
  outputBytes: 32 * KIB,
  /** Lines of output in one answer, together and each; UTF-16 units. What a search looks for. */
  outputLines: 1_000,
  outputLinesChars: 512 * KIB,
  outputLineChars: 16 * KIB,
  outputSearchChars: 200,
  /** The text of a diff, that of one file in it, the files that are listed beside it and the JSON of that list. */
  diffBytes: 512 * KIB,
  diffParts: 64,
  diffFileBytes: 64 * KIB,
  diffFiles: 500,
  diffListBytes: 64 * KIB,
  /** Comments on a diff that are sent together, and one of them. */
  comments: 50,
  commentBytes: 2 * KIB,
  /** One message between agents. */
  messageBytes: 16 * KIB,
  /** Paths that an attempt has changed, as far as they are told. */
  changedPaths: 200,
  pathChars: 512,
  /** Lines beside a result that say what was not as usual. */
  notes: 16,
  /** Currencies beside the first one, in what an attempt says that it has used. */
  otherCosts: 8,
  noteBytes: 1 * KIB,
  /** The end of what one verify command printed. */
  verificationOutputBytes: 2 * KIB,
  questionBytes: 4 * KIB,
  contextBytes: 16 * KIB,
  answerBytes: 16 * KIB,
  choices: 16,
  choiceChars: 256,
  noteChars: 1024,
  reasonChars: 1024,
  errorMessageBytes: 4 * KIB,
  /** Why a machine cannot work. */
  unfitMessageBytes: 1 * KIB,
  needs: 32,
  capabilities: 64,
  capabilityChars: 64,
  labels: 32,
  labelKeyChars: 64,
  labelValueChars: 256,
  dependsOn: 64,
  verify: 16,
  /** Runners, and models, that a task names in order of preference. */
  preferences: 5,
  verifyChars: 1024,
  urlChars: 2048,
  refChars: 255,
  idChars: 64,
  idempotencyKeyChars: 255,
  maxAttempts: 100,
  runTimeoutSeconds: 7 * 24 * 3600,
  inactivitySeconds: 24 * 3600,
  /** Of one report or task; sums over attempts may be larger. */
  amount: 1e12,
  /** Generations, report and output numbers. */
  sequence: 2 ** 31,
  pageItems: 200,
  costDimensions: 6,
  /** Listed at once; the cheapest beyond them are put together. */
  costItems: 1_000,
  pageItemsDefault: 50,
  /** How far the tasks of a list are counted. */
  countedTasks: 10_000,
  /** Tasks of one action in the background; how many may be named by their ids, and the fastest pace. */
  actionTasks: 100_000,
  actionTasksNamed: 1_000,
  actionTasksPerMinute: 6_000,
  passwordCharsMin: 12,
  passwordBytes: 1024,
  personNameChars: 100,
  repositoryPatterns: 64,
  rateMultiplier: 1000,
  /** One value of an audit entry, and of a filter for them. */
  auditWordChars: 200,
  rotationOverlapSeconds: 90 * 24 * 3600,
  invitationTtlSeconds: 30 * 24 * 3600,
  enrolmentUses: 1000,
  keyTtlSeconds: 10 * 365 * 24 * 3600,
  enrolmentTtlSeconds: 7 * 24 * 3600,
  silenceTtlSeconds: 30 * 24 * 3600,
  /** Of one person or key; and those that are shared, of one organisation. */
  savedViews: 50,
  savedViewsShared: 100,
  savedViewNameChars: 60,
  savedViewColsChars: 400,
  /** In force, of one organisation. */
  halts: 100,
  /** Scopes with a spend limit, of one organisation. */
  spendLimits: 100,
  limitScopeChars: 500,
  alertForSeconds: 7 * 24 * 3600,
  /** Of one organisation. */
  notificationChannels: 100,
  notificationRoutes: 50,
  /** Of one person or key: more browsers than that nobody has. */
  pushSubscriptions: 10,
  channelSettings: 32,
  channelSettingsBytes: 8 * KIB,
  routeRules: 64,
  /** Notifications that no outbox has yet. */
  pendingNotifications: 1_000,
  /** Text of a task in one of them. */
  excerptBytes: 1 * KIB,
  /** Live pages: sockets of one caller and of all, views that one socket looks at, and rows of one of them. */
  liveSocketsPerCaller: 32,
  liveSockets: 1_024,
  liveSubscriptions: 32,
  liveRows: 5_000,
  liveRowsDefault: 100,
  /** One frame of a page: it holds no more than a query. */
  liveFrameBytes: 8 * KIB,
  /** Between two deltas of one view at least. */
  liveDeltaMs: 100,
  /** A query for a list. */
  queryChars: 1_024,
  /** Findings named in one refusal. */
  errorDetails: 20,
} as const;

/** Version of the wire: the WebSocket subprotocol and the root of the HTTP routes. */
export const SUBPROTOCOL = 'agentcom.v1';
/** The subprotocol of the live socket. */
export const LIVE_SUBPROTOCOL = 'agentcom.live.v1';
export const API_ROOT = '/api/v1';

/** Why a socket was closed. */
export const CLOSE_CODES = {
  frameTooLarge: 1009,
  hubRestarting: 1012,
  protocolError: 4000,
  replaced: 4001,
  notAllowed: 4003,
  tooManyViolations: 4008,
  slowConsumer: 4009,
} as const;
