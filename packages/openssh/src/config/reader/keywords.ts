/** How the arguments of a keyword are checked and kept. */
export type KeywordKind =
  /** yes or no */
  | { readonly type: "flag" }
  /** one of a few words; each maps to the word that is kept */
  | { readonly type: "choice"; readonly words: Readonly<Record<string, string>> }
  | { readonly type: "number" }
  /** a duration, kept in seconds */
  | { readonly type: "seconds" }
  | { readonly type: "port" }
  /** one argument */
  | { readonly type: "word" }
  /** one argument per line; lines add up */
  | { readonly type: "file" }
  /** several arguments; the first line wins */
  | { readonly type: "words" }
  /** several arguments or `none`; the first line wins */
  | { readonly type: "files" }
  /** several arguments per line; lines add up */
  | { readonly type: "more" }
  /** `NAME=value` pairs; the first line wins */
  | { readonly type: "variables" }
  /** names of environment variables, which hold no `=`; lines add up */
  | { readonly type: "variableNames" }
  /** a list of algorithms with `+`, `-` or `^` in front */
  | { readonly type: "algorithms" }
  /** the rest of the line as it stands */
  | { readonly type: "command" }
  | { readonly type: "jump" }
  /** a path, `none`, or a variable name with `$` in front */
  | { readonly type: "agent" }
  | { readonly type: "logLevel" }
  /** an amount of data, then optionally a duration; of each the first wins */
  | { readonly type: "rekeyLimit" }
  /** any arguments; the first line wins */
  | { readonly type: "any" }
  /** accepted and ignored in silence */
  | { readonly type: "ignored" }
  /** ignored with a warning */
  | { readonly type: "unsupported" };

/** A keyword of `ssh_config`. */
export interface Keyword {
  /** The name its value is kept under: lower case, aliases resolved. */
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
  // What a connection needs.
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
  // Known to OpenSSH, of no concern here: checked lightly and kept.
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

/** The keywords that have a kind of their own. See `keywordSupport` for what becomes of each. */
export const keywordNames: readonly string[] = Object.keys(kinds);

/** Apple's `ssh` knows these besides. */
const apple: ReadonlySet<string> = new Set(["usekeychain"]);

/**
 * The keyword called `written` (lower case): everything OpenSSH 10 and Debian's patches know, old names included.
 *
 * @returns `undefined` for a keyword that OpenSSH would refuse; `host`, `match` and `include` are not in here
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
