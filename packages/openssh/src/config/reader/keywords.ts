/** How the arguments of a keyword are checked and stored. */
export type KeywordKind =
  /** yes or no */
  | { readonly type: "flag" }
  /** one of a few words; each maps to the word that is stored */
  | { readonly type: "choice"; readonly words: Readonly<Record<string, string>> }
  | { readonly type: "number" }
  /** a duration, stored in seconds */
  | { readonly type: "seconds" }
  | { readonly type: "port" }
  /** one argument */
  | { readonly type: "word" }
  /** one argument per line; lines accumulate */
  | { readonly type: "file" }
  /** several arguments; the first line takes precedence */
  | { readonly type: "words" }
  /** several arguments or `none`; the first line takes precedence */
  | { readonly type: "files" }
  /** several arguments per line; lines accumulate */
  | { readonly type: "more" }
  /** `NAME=value` pairs; the first line takes precedence */
  | { readonly type: "variables" }
  /** names of environment variables, which contain no `=`; lines accumulate */
  | { readonly type: "variableNames" }
  /** a list of algorithms that may start with `+`, `-` or `^` */
  | { readonly type: "algorithms" }
  /** the rest of the line, unchanged */
  | { readonly type: "command" }
  | { readonly type: "jump" }
  /** a path, `none`, or `$` and the name of a variable */
  | { readonly type: "agent" }
  | { readonly type: "logLevel" }
  /** an amount of data, then optionally a duration; the first value of each takes precedence */
  | { readonly type: "rekeyLimit" }
  /** any arguments; the first line takes precedence */
  | { readonly type: "any" }
  /** accepted and ignored without a warning */
  | { readonly type: "ignored" }
  /** ignored with a warning */
  | { readonly type: "unsupported" };

/** A keyword of `ssh_config`. */
export interface Keyword {
  /** The name under which its value is stored: lower case, aliases resolved. */
  readonly name: string;
  readonly kind: KeywordKind;
}

const flagWords = { yes: "yes", true: "yes", no: "no", false: "no" } as const;
const flag: KeywordKind = { type: "flag" };
const any: KeywordKind = { type: "any" };
const word: KeywordKind = { type: "word" };
const files: KeywordKind = { type: "files" };
const words: KeywordKind = { type: "words" };
const file: KeywordKind = { type: "file" };
const more: KeywordKind = { type: "more" };
const number: KeywordKind = { type: "number" };
const seconds: KeywordKind = { type: "seconds" };
const command: KeywordKind = { type: "command" };
const algorithms: KeywordKind = { type: "algorithms" };
const choice = (...more: string[]): KeywordKind => ({
  type: "choice",
  words: { ...flagWords, ...Object.fromEntries(more.map((entry) => [entry, entry])) },
});

const kinds: Readonly<Record<string, KeywordKind>> = {
  // Keywords for the connection.
  hostname: word,
  port: { type: "port" },
  user: word,
  addressfamily: { type: "choice", words: { any: "any", inet: "inet", inet6: "inet6" } },
  bindaddress: word,
  connecttimeout: seconds,
  connectionattempts: number,
  serveraliveinterval: seconds,
  serveralivecountmax: number,
  compression: { type: "choice", words: { yes: "yes", no: "no" } },
  loglevel: { type: "logLevel" },
  proxycommand: command,
  proxyjump: { type: "jump" },
  ciphers: algorithms,
  macs: algorithms,
  kexalgorithms: algorithms,
  hostkeyalgorithms: algorithms,
  pubkeyacceptedalgorithms: algorithms,
  // Host keys.
  userknownhostsfile: files,
  globalknownhostsfile: files,
  stricthostkeychecking: {
    type: "choice",
    words: { ...flagWords, off: "no", ask: "ask", "accept-new": "accept-new" },
  },
  hostkeyalias: word,
  hashknownhosts: flag,
  checkhostip: flag,
  // Authentication.
  identityfile: file,
  certificatefile: file,
  identitiesonly: flag,
  identityagent: { type: "agent" },
  forwardagent: { type: "agent" },
  batchmode: flag,
  preferredauthentications: word,
  numberofpasswordprompts: number,
  pubkeyauthentication: choice("unbound", "host-bound"),
  passwordauthentication: flag,
  kbdinteractiveauthentication: flag,
  // Reading the configuration.
  ignoreunknown: word,
  tag: word,
  canonicalizehostname: choice("always"),
  canonicaldomains: words,
  canonicalizemaxdots: number,
  canonicalizefallbacklocal: flag,
  canonicalizepermittedcnames: words,
  refuseconnection: words,
  // Keywords of OpenSSH without an effect here: their arguments are only partly checked and stored.
  addkeystoagent: any,
  bindinterface: word,
  casignaturealgorithms: algorithms,
  channeltimeout: words,
  clearallforwardings: flag,
  controlmaster: choice("auto", "ask", "autoask"),
  controlpath: word,
  controlpersist: any,
  dynamicforward: file,
  enableescapecommandline: flag,
  enablesshkeysign: flag,
  escapechar: word,
  exitonforwardfailure: flag,
  fingerprinthash: word,
  forkafterauthentication: flag,
  forwardx11: flag,
  forwardx11timeout: seconds,
  forwardx11trusted: flag,
  gatewayports: flag,
  gssapiauthentication: flag,
  gssapiclientidentity: word,
  gssapidelegatecredentials: flag,
  gssapikexalgorithms: word,
  gssapikeyexchange: flag,
  gssapirenewalforcesrekey: flag,
  gssapiserveridentity: word,
  gssapitrustdns: flag,
  hostbasedacceptedalgorithms: algorithms,
  hostbasedauthentication: flag,
  ipqos: any,
  kbdinteractivedevices: word,
  knownhostscommand: command,
  localcommand: command,
  localforward: more,
  logverbose: words,
  nohostauthenticationforlocalhost: flag,
  obscurekeystroketiming: any,
  permitlocalcommand: flag,
  permitremoteopen: words,
  pkcs11provider: word,
  proxyusefdpass: flag,
  rekeylimit: { type: "rekeyLimit" },
  remotecommand: command,
  remoteforward: more,
  requesttty: choice("force", "auto"),
  requiredrsasize: number,
  revokedhostkeys: word,
  securitykeyprovider: word,
  sendenv: { type: "variableNames" },
  sessiontype: { type: "choice", words: { none: "none", subsystem: "subsystem", default: "default" } },
  setenv: { type: "variables" },
  stdinnull: flag,
  streamlocalbindmask: word,
  streamlocalbindunlink: flag,
  syslogfacility: word,
  tcpkeepalive: flag,
  tunnel: choice("ethernet", "point-to-point"),
  tunneldevice: word,
  updatehostkeys: choice("ask"),
  verifyhostkeydns: choice("ask"),
  versionaddendum: any,
  visualhostkey: flag,
  warnweakcrypto: any,
  xauthlocation: word,
};

const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: "kbdinteractiveauthentication",
  dsaauthentication: "pubkeyauthentication",
  hostbasedkeytypes: "hostbasedacceptedalgorithms",
  identityfile2: "identityfile",
  keepalive: "tcpkeepalive",
  // Debian's old names.
  protocolkeepalives: "serveraliveinterval",
  setuptimeout: "serveraliveinterval",
  pubkeyacceptedkeytypes: "pubkeyacceptedalgorithms",
  skeyauthentication: "kbdinteractiveauthentication",
  smartcarddevice: "pkcs11provider",
  tisauthentication: "kbdinteractiveauthentication",
};

const ignored: ReadonlySet<string> = new Set([
  "cipher",
  "fallbacktorsh",
  "globalknownhostsfile2",
  "protocol",
  "rhostsauthentication",
  "useblacklistedkeys",
  "useprivilegedport",
  "userknownhostsfile2",
  "useroaming",
  "usersh",
]);

const unsupported: ReadonlySet<string> = new Set([
  "afstokenpassing",
  "compressionlevel",
  "kerberosauthentication",
  "kerberostgtpassing",
  "rhostsrsaauthentication",
  "rsaauthentication",
]);

/** The keywords with their own kind. `keywordSupport` describes how each one is handled. */
export const keywordNames: readonly string[] = Object.keys(kinds);

/** Keywords that only Apple's `ssh` supports. */
const apple: ReadonlySet<string> = new Set(["usekeychain"]);

/**
 * Returns the keyword called `written` (lower case). Contains everything that OpenSSH 10 and Debian's patches support,
 * including old names.
 *
 * @returns `undefined` for a keyword that OpenSSH would reject; `host`, `match` and `include` are not included
 */
export function findKeyword(written: string, platform: string): Keyword | undefined {
  const name = Object.hasOwn(aliases, written) ? (aliases[written] ?? written) : written;
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind !== undefined) return { name, kind };
  if (ignored.has(name)) return { name, kind: { type: "ignored" } };
  if (unsupported.has(name)) return { name, kind: { type: "unsupported" } };
  if (platform === "darwin" && apple.has(name)) return { name, kind: any };
  return undefined;
}
