import fc from "fast-check";

/** Files, the name that is asked for, and `-o` options. `@/` in a file is the folder that it is in. */
export interface ConfigCase {
  /** `config`, and what it includes: `1.conf`, `2.conf`, `3.inc`. */
  readonly files: readonly string[];
  readonly alias: string;
  readonly overrides: readonly string[];
}

/** `${NAME}` as it is written in a configuration. */
export const variable = (name: string): string => `\${${name}}`;
/** One of a few. */
export const pick = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const name = pick("alpha", "beta", "gamma.example.com", "ALPHA", "127.1", "10.0.0.1", "0:0::1", "beta.example.com");
const pattern = pick(
  "*",
  "alpha",
  "be?a",
  "*.example.com",
  "!beta",
  "!*.com",
  "gamma*",
  "10.0.0.*",
  "ALPHA",
  "::1",
  "x*",
);
const list = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((entries) => entries.join(","));
const keywordCase = (keyword: string) => pick(keyword, keyword.toLowerCase(), keyword.toUpperCase());
const separator = pick(" ", " ", "=", " = ", "\t", "  ", "= ");

/** Writes one argument in one of the ways that mean the same. */
function written(value: string): fc.Arbitrary<string> {
  const quoted = value.replace(/["\\]/g, "\\$&");
  const plain = value === "" || /[\s"'\\#]/.test(value) ? `"${quoted}"` : value;
  const half = `${value.slice(0, 1)}"${value.slice(1)}"`;
  return pick(
    plain,
    plain,
    `"${quoted}"`,
    /["'\\]/.test(value) ? plain : `'${value}'`,
    /["'\\\s#]/.test(value) ? plain : half,
  );
}

const path = pick(
  "/tmp/%h",
  "~/keys/%n",
  "%d/a b",
  "/x/%u-%r@%L:%p",
  `${variable("SCPKIT_TEST")}/k`,
  "~/plain",
  "/l/%l/%i/%k",
  "a%%b",
  'q"r',
);
const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  HostName: pick("%h.example.org", "real.example.com", "192.168.1.1", "Beta", "127.0.0.01", "%%x"),
  Port: pick("22", "2222", "022", "65535"),
  User: pick("root", "alice", "DOMAIN\\bob", "two words", "o#k"),
  AddressFamily: pick("any", "inet", "INET6"),
  BindAddress: pick("127.0.0.1", "::1"),
  ConnectTimeout: pick("5", "5m", "1h30m", "none", "1w2d3h4m5s", "0"),
  ConnectionAttempts: pick("1", "3"),
  ServerAliveInterval: pick("15", "2m", "0", "none"),
  ServerAliveCountMax: pick("0", "5"),
  RekeyLimit: pick("1G", "default", "1.5k", "20", "0"),
  Compression: pick("yes", "no"),
  LogLevel: pick("quiet", "INFO", "debug", "DEBUG1", "debug3", "Verbose"),
  HashKnownHosts: pick("yes", "no", "true", "False"),
  CheckHostIP: pick("yes", "no"),
  StrictHostKeyChecking: pick("yes", "no", "ask", "accept-new", "off", "true"),
  HostKeyAlias: pick("KeyName", "other"),
  IdentitiesOnly: pick("yes", "no"),
  IdentityAgent: pick("none", "SSH_AUTH_SOCK", "$SOCKET", "~/agent/%h", `${variable("SCPKIT_TEST")}/sock`),
  ForwardAgent: pick("yes", "no", "$SOCKET"),
  BatchMode: pick("yes", "no"),
  PreferredAuthentications: pick("publickey,password", "keyboard-interactive"),
  NumberOfPasswordPrompts: pick("1", "5"),
  PubkeyAuthentication: pick("yes", "no", "host-bound", "unbound"),
  PasswordAuthentication: pick("yes", "no"),
  KbdInteractiveAuthentication: pick("yes", "no"),
  ChallengeResponseAuthentication: pick("yes", "no"),
  IdentityFile: path,
  CertificateFile: path,
  Ciphers: pick("aes128-ctr", "+3des-cbc", "-aes*", "^aes256-ctr,aes128-ctr", "aes256-ctr,aes128-ctr"),
  MACs: pick("hmac-sha2-256", "-umac-*,hmac-sha1", "+hmac-md5", "^hmac-sha1"),
  KexAlgorithms: pick("-*nistp*", "curve25519-sha256", "^ecdh-sha2-nistp256"),
  HostKeyAlgorithms: pick("+ssh-rsa", "ssh-*", "-*cert*", "^rsa-sha2-256", "ssh-ed25519"),
  PubkeyAcceptedAlgorithms: pick("+ssh-rsa", "rsa-*", "-sk-*"),
  // Read and not looked at.
  ForwardX11: pick("yes", "no"),
  SendEnv: pick("LANG", "LC_*"),
  ControlPath: pick("/tmp/c-%C", "none"),
  RequestTTY: pick("force", "no"),
  Protocol: pick("2"),
};

const simpleLine = fc
  .constantFrom(...Object.keys(values))
  .chain((keyword) =>
    fc
      .tuple(
        keywordCase(keyword),
        separator,
        (values[keyword] ?? pick("")).chain(written),
        pick("", " # note", " #", "\t", "\r"),
      )
      .map((parts) => parts.join("")),
  );
const listLine = fc
  .tuple(
    pick("UserKnownHostsFile", "globalknownhostsfile"),
    fc.array(path.filter((file) => !file.includes('"')).chain(written), { minLength: 1, maxLength: 3 }),
  )
  // Only what `ssh -G` shows as it stands is fit for the global files.
  .map(([keyword, files]) =>
    keyword === "UserKnownHostsFile" ? `${keyword} ${files.join(" ")}` : `${keyword} /etc/k /etc/l`,
  );
const rawLine = pick(
  "ProxyCommand nc -X 5 %h %p # all of it",
  'ProxyCommand "/opt/my proxy" %r@%h',
  "ProxyCommand none",
  "ProxyCommand=ssh -W [%h]:%p gate",
  "ProxyJump gate",
  "ProxyJump a@one:23,two,[::2]:24",
  "ProxyJump none",
  "RekeyLimit 500M 1h",
  "RekeyLimit default 30m",
  "RekeyLimit 1g none",
  "RekeyLimit 20 90 # note",
  "UserKnownHostsFile none",
  "IdentityFile none",
  "IgnoreUnknown Zap*,Other",
  '"Port" 2200',
  "=Port 2201",
  " = Port 2202",
  "==Port 2203",
  "# a comment",
  "   # another",
  "",
  "  \t ",
);
const badLine = pick(
  "Zapper on",
  "Other x",
  "Port",
  "Port 0",
  "Port 65536",
  "Port 22 23",
  "RekeyLimit 15",
  "RekeyLimit none",
  "RekeyLimit 1G 1x",
  "RekeyLimit 1G 1h x",
  "Port==22",
  'User "open',
  "User 'open",
  'User ""',
  "ConnectTimeout 5x",
  "ConnectTimeout 5 m",
  "Compression maybe",
  "StrictHostKeyChecking perhaps",
  "LogLevel loud",
  "NumberOfPasswordPrompts -1",
  "ProxyJump @x",
  "ProxyJump x:0",
  "ProxyCommand it's",
  "UserKnownHostsFile a none",
  `IdentityAgent ${variable("SCPKIT_UNSET")}`,
  "UserKnownHostsFile %Q",
  "HostName %n",
  "Host",
  "Match",
  "Match host",
  "Match nonsense x",
  "Match host a user b all",
  "Match all host a",
  "ConnectionAttempts 0",
  "Include",
);
const criterion = fc.oneof(
  list.map((entries) => `host ${entries}`),
  list.map((entries) => `originalhost ${entries}`),
  list.map((entries) => `Host "${entries}"`),
  pick("user root,alice", "user !root,*", "user al*", "localuser root", "localuser nobody", "final", "canonical"),
  pick('exec "test %h = beta"', 'exec "test -n %u -a %p -gt 22"', "exec true", "exec false"),
);
const matchLine = fc
  .tuple(
    fc.array(
      fc.tuple(pick("", "", "", "!"), criterion).map((parts) => parts.join("")),
      { minLength: 1, maxLength: 3 },
    ),
    pick("", "", " # note"),
  )
  .map(([criteria, note]) => `Match ${criteria.join(" ")}${note}`);
const blockLine = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(pick("Host ", "host=", "HOST\t"), fc.array(pattern.chain(written), { minLength: 1, maxLength: 3 }))
      .map(([head, patterns]) => `${head}${patterns.join(" ")}`),
  },
  { weight: 3, arbitrary: matchLine },
  { weight: 1, arbitrary: pick("Match all", "Match final all", "Match canonical all", "Match !final all") },
);
const includeLine = pick(
  "Include @/1.conf",
  "Include @/2.conf @/3.conf",
  "Include @/*.inc",
  'Include "@/[12].conf"',
  "Include @/nowhere*",
  "Include @/1.conf",
);
const line = fc.oneof(
  { weight: 12, arbitrary: simpleLine },
  { weight: 1, arbitrary: listLine },
  { weight: 3, arbitrary: rawLine },
  { weight: 4, arbitrary: blockLine },
);
const indented = (lines: fc.Arbitrary<string>) => fc.tuple(pick("", "  ", "\t"), lines).map((parts) => parts.join(""));
const included = fc.array(indented(line), { maxLength: 5 }).map((lines) => lines.join("\n"));
const main = fc
  .tuple(
    fc.array(indented(fc.oneof({ weight: 10, arbitrary: line }, { weight: 1, arbitrary: includeLine })), {
      minLength: 1,
      maxLength: 14,
    }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: badLine }),
  )
  .map(([lines, bad]) => [...lines, ...(bad === null ? [] : [bad])].join("\n"));
const overrides = fc.array(
  fc.oneof(
    simpleLine.filter((text) => !text.includes("#")),
    pick(
      "Port=2022",
      "User carol",
      "ProxyJump=gate",
      "HostName=cli.example.com",
      "ConnectTimeout=5m",
      "port 2022",
      "USER=dave",
    ),
  ),
  { maxLength: 3 },
);
/** Configurations that are mostly right, with everything that `ssh -G` lets one compare. */
export const cases: fc.Arbitrary<ConfigCase> = fc.record({
  files: fc.tuple(main, included, included, included),
  alias: name,
  overrides,
});
