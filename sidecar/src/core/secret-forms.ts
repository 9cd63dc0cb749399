// How secrets look, as data: forms that say themselves what they are, and places that say it of what stands there. Every pattern takes
// linear time: nothing in it is repeated without a bound but what it ends with, which is then replaced and not looked at again.

/** Where a secret stands: the pattern keeps its groups and replaces the rest. Tried only on lines that have the `hint`. */
export interface Place {
  readonly hint: RegExp;
  readonly pattern: RegExp;
}

const WORD = '[A-Za-z0-9_-]';
const ALNUM = '[A-Za-z0-9]';

/** Letters, digits, `_` and `-` in one go: what is shorter holds no secret of the forms. */
export const FORM_CHARS_MIN = 15;

/** Secrets that say themselves what they are, even at the end of another word. */
const DISTINCT: readonly string[] = [
  `gh[opsur]_${ALNUM}{20,}`,
  'github_pat_[A-Za-z0-9_]{20,}',
  `glpat-[A-Za-z0-9_.-]{16,}`,
  `[sr]k_(?:live|test)_${ALNUM}{16,}`,
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  `xox[abeoprs]-[A-Za-z0-9-]{10,}`,
  `AIza${WORD}{30,}`,
  `npm_${ALNUM}{30,}`,
  `hf_${ALNUM}{30,}`,
];

/** Tried only where a long word begins; of what stands in front of it, so much has to be there. */
const AT_BEGIN: readonly string[] = [
  `sk-${WORD}{16,}`,
  `ace?_${WORD}{20,}`,
  // Not the data of a source map, which begins in the same way.
  String.raw`(?<!base64,)eyJ${WORD}{16,4096}(?:\.${WORD}*){0,4}`,
  `gl(?:dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas|ffct|wt)-[A-Za-z0-9_.-]{16,}`,
  `GR1348941${WORD}{16,}`,
  `GOCSPX-${WORD}{16,}`,
  String.raw`(?<=\bya29\.)${WORD}{16,}`,
  String.raw`(?<=\b1//)0${WORD}{30,}`,
  String.raw`(?<=\bSG\.)${WORD}{16,64}\.${WORD}{16,}`,
  String.raw`(?<=\bhv[sbr]\.)${WORD}{20,}`,
  String.raw`(?<=\bs\.)(?=[A-Za-z]{0,24}\d)${ALNUM}{24}(?![\w.(])`,
  String.raw`[MNO]${WORD}{23,27}\.${WORD}{6}\.${WORD}{27,}`,
  String.raw`(?<=\b(?:bot)?\d{8,10}:)AA${WORD}{33}(?!${WORD})`,
  `xapp-[0-9]-[A-Za-z0-9-]{10,}`,
  'LS0tLS1CRUdJTi(?:BQUklWQVRF|BSU0Eg|BFQyB|BPUEVOU1NI|BEU0Eg|BFTkNSWVBU)[A-Za-z0-9+/=]{16,}',
  `pypi-AgE${WORD}{32,}`,
  `rubygems_[a-f0-9]{32,}`,
  `cio${ALNUM}{32}(?!${WORD})`,
  `oy2[a-z0-9]{43}(?!${WORD})`,
  `dckr_[po]at_${WORD}{16,}`,
  `do[opr]_v1_[a-f0-9]{32,}`,
  `HRKU-${WORD}{20,}`,
  'NR(?:AK|JS|II|AA)-[A-Za-z0-9]{16,}',
  `PMAK-${WORD}{20,}`,
  'SK[a-f0-9]{32}(?![a-f0-9])',
  'key-[a-f0-9]{32}(?![a-f0-9])',
  String.raw`[a-f0-9]{32}-us\d{1,2}(?!\w)`,
  'whsec_[A-Za-z0-9+/=]{20,}',
  'sntry[su]_[A-Za-z0-9+/=_-]{32,}',
  'gl(?:sa|c)_[A-Za-z0-9+/=_]{32,}',
  `lin_(?:api|oauth)_${ALNUM}{30,}`,
  'shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}',
  `sq0(?:atp|csp)-${WORD}{20,}`,
  'pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{20,}',
  'tskey-[a-z]{1,16}-[A-Za-z0-9-]{16,}',
  'CCIPAT_[A-Za-z0-9_]{20,}',
  'ATATT3[A-Za-z0-9=_-]{30,}',
  `ATBB${ALNUM}{24,}`,
  'AGE-SECRET-KEY-1[A-Z0-9]{40,}',
  'dapi[a-f0-9]{32}',
  `r8_${ALNUM}{32,}`,
  `gsk_${ALNUM}{32,}`,
  `(?:xai|pplx)-${ALNUM}{32,}`,
  `(?:nfp|sbp)_${ALNUM}{32,}`,
  `bk[au]a_${ALNUM}{32,}`,
  `(?:secret|ntn)_${ALNUM}{40,}`,
  `figd_${WORD}{32,}`,
  'pul-[a-f0-9]{40}',
  String.raw`pat${ALNUM}{14}\.[a-f0-9]{40,}`,
  String.raw`(?<=\bdp\.(?:pt|ct|sa|scim|audit)\.|\bdp\.st\.(?:[a-z0-9_-]{1,32}\.)?)${ALNUM}{30,}`,
  'fm[12][ar]?_[A-Za-z0-9+/=_-]{40,}',
  `ops_eyJ${WORD}{30,}`,
];

export const FORM_AT = new RegExp(`${AT_BEGIN.join('|')}|${DISTINCT.join('|')}`, 'y');
export const FORM_IN_WORD = new RegExp(DISTINCT.join('|'), 'g');

/** What is called a secret, as the end of a name; then what may follow in the name of one of several. */
const KEY_OF =
  'api|access|secret|private|account|encryption|signing|auth|app|application|master|subscription|functions';
const CALLED = `pass(?:word|wd|phrase|code)|[_-]pass|[;_-] ?pwd|[_-]pat|secret|token|credential|dsn|(?:${KEY_OF})[_-]?key`;
const NAME = `(?:${CALLED})(?:[_-](?:base|prod|production|staging|dev|test|live|primary|secondary|old|new|[0-9]))?`;

const QUOTE = String.raw`\\{0,2}["']`;
/** What a value may begin with: nothing that refers to another, and no mask. */
const FIRST = String.raw`[^\s"'\`&,;<>(){}$\\[]`;
/** A word with a digit in it, as few words of a sentence and few names in a program have. */
const NUMBERED = String.raw`(?=[^\s\d"'\`]{0,256}\d)`;

const NAMED = new RegExp(
  `(${NAME})(?:` +
    [
      // "password": "…", to the end of the quotes
      String.raw`((?:${QUOTE})?\s{0,4}(?:=>|:=|[:=])\s{0,4}\\{0,2}")${FIRST}[^"\\]{5,}`,
      String.raw`((?:${QUOTE})?\s{0,4}(?:=>|:=|[:=])\s{0,4}\\{0,2}')${FIRST}[^'\\]{5,}`,
      // PASSWORD=…, but not what refers to it, such as PASSWORD=$OTHER
      String.raw`((?:${QUOTE})?=)${FIRST}[^\s"'\`&;,\\]{5,}`,
      // password: … and password = …
      String.raw`(:\s{1,4})(?!u?int\d|sha\d|base64|utf-?8)${NUMBERED}[^\s"'\`<>(){}$\\[][^\s"'\`,;\\]{7,}`,
      String.raw`(\s{1,4}=\s{1,4})(?![A-Za-z_]\w{0,64}(?:\.[A-Za-z_]|[([]))${NUMBERED}[A-Za-z0-9+/=_.~!@#%^*-]{8,}`,
      // <password>…</password>, <add key="Password" value="…" />
      String.raw`(>)[^\s<>$[{]{6,256}(?=<\/)`,
      String.raw`("\s{1,4}value=")${FIRST}[^"\\]{5,}`,
    ].join('|') +
    ')',
  'gi',
);

/** Of a password that begins here, to the end of its word. */
const TO_BLANK = String.raw`[^\s"'\`<>(){}$\\[-][^\s"'\`\\]{3,}`;

export const PLACES: readonly Place[] = [
  // scheme://user:password@host, and a long token alone before the @
  { hint: /:\/\//, pattern: /(:\/\/[^\s/:@"'`<>]{0,256}:)[^\s/"'`<>[]{1,4096}(?=@)/g },
  { hint: /:\/\//, pattern: /(:\/\/)[^\s/:@"'`<>[]{16,4096}(?=@)/g },
  // user:password@tcp(host)/database
  { hint: /@tcp\(|@unix\(/, pattern: /(\b[\w.-]{1,64}:)[^\s:/"'`<>[]{1,256}(?=@(?:tcp|unix)\()/g },
  // Authorization: Bearer …
  {
    hint: /authorization/i,
    pattern:
      /(authorization\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?(?:bearer|basic|token|apikey|negotiate)\s{1,4})[^\s"'`,;\\[]{6,}/gi,
  },
  {
    hint: /authorization/i,
    pattern:
      /(authorization\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?(?:aws4-hmac-sha256|digest)\s{1,4})(?!\[masked\])[^\s][^\n]*/gi,
  },
  {
    hint: /authorization/i,
    pattern: /(authorization\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?)(?!aws4-hmac)[^\s"'`,;\\[]{16,}/gi,
  },
  { hint: /bearer /i, pattern: /(\bbearer\s{1,4})[A-Za-z0-9._~+/=-]{16,}/gi },
  // Cookie: a=…; b=…, all of it
  {
    hint: /cookie/i,
    pattern: /(cookie2?\\{0,2}["']?\s{0,4}[:=]\s{0,4}\[?\\{0,2}["']?)(?=[^\s=;,"'\\()[\]{}]{1,128}=[^\s=>])[^"'\\]+/gi,
  },
  { hint: /cookie=/i, pattern: /(\bcookie=)[^\s"'`&,;<>(){}$\\[][^\s"'`&;,\\]{5,}/gi },
  {
    hint: /ass|[_; -]pwd|[_-]pat|secret|token|redential|dsn|key/i,
    pattern: NAMED,
  },
  // --token …, ENV TOKEN …
  {
    hint: /--|\bENV |\bset/,
    pattern: new RegExp(
      String.raw`((?:--[a-z-]{0,32}|(?:\bENV|\bsetenv|\bset -[a-z]{1,3})\s{1,4}[A-Za-z0-9_]{0,64})${NAME}\s{1,4}["']?)[^\s"'\`<>(){}$\\[-][^\s"'\`\\]{7,}`,
      'gi',
    ),
  },
  // A netrc, in one line or in several
  {
    hint: /password\s/,
    pattern:
      /(\b(?:machine|login)\s{1,8}\S{1,256}\s{1,8}(?:login\s{1,8}\S{1,256}\s{1,8})?password\s{1,8})[^\s[]\S{3,}/g,
  },
  {
    hint: /password\s/,
    pattern: /^(\s{0,16}password\s{1,8})(?=[A-Za-z]{0,256}[^A-Za-z\s:[,.])[^\s[]\S{5,4096}(?=\s{0,8}$)/g,
  },
  // Of Azure and of Terraform
  { hint: /Q~/, pattern: /((?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~)[A-Za-z0-9_~.-]{31,}/g },
  { hint: /\.atlasv1\./, pattern: /(\.atlasv1\.)[A-Za-z0-9_=-]{40,}/g },
  // .npmrc, Docker's config.json
  {
    hint: /[_"']auth/,
    pattern: /((?:\b_|["'])auth\\{0,2}["']?\s{0,4}[:=]\s{0,4}\\{0,2}["']?)[A-Za-z0-9+/]{12,4096}={0,2}(?![\w-])/g,
  },
  // .pgpass
  { hint: /:(?:5432|6432|\*):/, pattern: /^([\w.*-]{1,256}:(?:5432|6432|\*):[^:\s]{1,128}:[^:\s]{1,128}:)[^\s[]{4,}/g },
  // What signs an address, and codes in it
  {
    hint: /(?:sig|signature|code|key)=/i,
    pattern:
      /([?&;](?:sig|signature|x-amz-signature|x-goog-signature|code|key)=)(?=[^\s&\d]{0,256}[\d%])[^\s"'`&,;<>(){}$\\[]{16,}/gi,
  },
  { hint: /Signature=/, pattern: /(\bSignature=)[a-f0-9]{64}/g },
  { hint: /-key-data/, pattern: /(client-key-data\\{0,2}["']?:\s{0,4}\\{0,2}["']?)[A-Za-z0-9+/=]{16,}/g },
  // Addresses that are a secret as a whole
  { hint: /hooks\.slack/, pattern: /(hooks\.slack(?:-gov)?\.com\/[a-z]{1,16}\/)[A-Za-z0-9/_-]{16,}/g },
  { hint: /\/webhooks\//, pattern: /(discord(?:app)?\.com\/api\/(?:v\d{1,2}\/)?webhooks\/\d{10,20}\/)[\w-]{16,}/g },
  { hint: /webhook\.office/, pattern: /(webhook\.office\.com\/webhookb2\/)[A-Za-z0-9@/_-]{16,}/g },
  // Passwords of commands
  {
    hint: /\s-(?:[uUa]|-user|-proxy-user|-auth)/,
    pattern: new RegExp(
      String.raw`((?:\b(?:curl|wget|https?|xh)\b.{0,512}?|^)\s{1,16}(?:-u|-U|-a|--user|--proxy-user|--auth)[\s=]{0,4}["']?[^\s:"'\`$\\]{0,128}:)${TO_BLANK}`,
      'g',
    ),
  },
  {
    hint: /curl/,
    pattern: /(\s(?:-b|--cookie)[\s=]{0,4}["']?)(?=[^\s=;"'\\]{1,128}=)[^"'\\]+/g,
  },
  {
    hint: /\s-p/,
    pattern: new RegExp(String.raw`(\b(?:login\b.{0,256}?|sshpass)\s-p[\s=]{0,4}["']?)${TO_BLANK}`, 'g'),
  },
  {
    hint: /\s-p/,
    pattern: new RegExp(
      String.raw`(\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)\b.{0,256}?\s-p["']?)${TO_BLANK}`,
      'g',
    ),
  },
  { hint: /redis-cli/, pattern: new RegExp(String.raw`(redis-cli\b.{0,256}?\s-a\s{1,4}["']?)${TO_BLANK}`, 'g') },
  { hint: /pass:/, pattern: new RegExp(String.raw`(-pass(?:in|out|wd)?\s{1,4}["']?pass:)${TO_BLANK}`, 'g') },
];

/** Whether any of the places may be on a line at all. */
export const PLACE_HINT = new RegExp([...new Set(PLACES.map(({ hint }) => hint.source))].join('|'), 'i');
