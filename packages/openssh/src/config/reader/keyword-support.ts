import { matchPattern } from "../values/pattern.ts";

/** A step of a connection: finding the host, trusting its key, or logging in. */
export type ConnectionStep = "connection" | "host-key" | "login";

/** How a keyword of ssh_config(5) is handled. */
export type KeywordSupport =
  /** It has the same effect as in `ssh`. */
  | { readonly effect: "obeyed"; readonly note?: string }
  /** scp(1) switches it off, so it has no effect there either. */
  | { readonly effect: "as scp"; readonly note: string }
  /** It does not affect copies. */
  | { readonly effect: "none"; readonly note: string }
  /** It restricts the connection and is not supported. The host is rejected if `applies` returns true. */
  | { readonly effect: "rejected"; readonly applies: Applies; readonly note: string }
  /** It enables a way to connect that is not supported. Errors name it if `applies` returns true. */
  | {
      readonly effect: "named";
      readonly applies: Applies;
      readonly step: ConnectionStep;
      /** The authentication method that it would enable (RFC 4252, section 5). @default any */
      readonly method: string | undefined;
      readonly note: string;
    };

/** Returns whether a keyword has any effect with these values; `value` returns the first value of another keyword. */
type Applies = (values: readonly string[], value: (keyword: string) => string | undefined) => boolean;

const obeyed: KeywordSupport = { effect: "obeyed" };
const obeyedAs = (note: string): KeywordSupport => ({ effect: "obeyed", note });
const asScp = (note: string): KeywordSupport => ({ effect: "as scp", note });
const none = (note: string): KeywordSupport => ({ effect: "none", note });
const rejected = (note: string, applies: Applies): KeywordSupport => ({ effect: "rejected", applies, note });
const named = (step: ConnectionStep, note: string, applies: Applies, method?: string): KeywordSupport => ({
  effect: "named",
  step,
  applies,
  method,
  note,
});

const isYes: Applies = ([value]) => value !== "no";
const isSet: Applies = ([value = "none"]) => value.toLowerCase() !== "none";

const noForwarding = asScp("scp forwards no ports");
const noX11 = asScp("scp switches X11 off");
const noTerminal = none("a copy has no terminal session");
const noCertificates = none("certificates are never accepted");
const noGssapi = none("see GSSAPIAuthentication");

/** Every keyword of ssh_config(5) of OpenSSH 10, spelled as there, and of the patches of Debian and Apple. */
export const keywordSupport: Readonly<Record<string, KeywordSupport>> = {
  AddKeysToAgent: obeyed,
  AddressFamily: obeyed,
  BatchMode: obeyed,
  BindAddress: obeyed,
  BindInterface: rejected("connections cannot be bound to an interface", () => true),
  CanonicalDomains: obeyed,
  CanonicalizeFallbackLocal: obeyed,
  CanonicalizeHostname: obeyed,
  CanonicalizeMaxDots: obeyed,
  CanonicalizePermittedCNAMEs: named(
    "connection",
    "CNAME records are not followed",
    (values, value) => isSet(values, value) && (value("canonicalizehostname") ?? "no") !== "no",
  ),
  CASignatureAlgorithms: noCertificates,
  CertificateFile: named("login", "certificates cannot be used", isSet),
  ChannelTimeout: rejected("idle sessions are not closed; types that are no sessions are ignored", closesSessions),
  CheckHostIP: obeyed,
  Ciphers: obeyedAs("names that are not supported are left out"),
  ClearAllForwardings: asScp("scp sets it"),
  Compression: obeyed,
  ConnectionAttempts: obeyed,
  ConnectTimeout: obeyed,
  ControlMaster: none("see ControlPath"),
  ControlPath: named("connection", "connections of ssh are not shared", isSet),
  ControlPersist: none("see ControlPath"),
  DynamicForward: noForwarding,
  EnableEscapeCommandline: noTerminal,
  EnableSSHKeysign: none("see HostbasedAuthentication"),
  EscapeChar: noTerminal,
  ExitOnForwardFailure: noForwarding,
  FingerprintHash: none("fingerprints are shown as SHA256"),
  ForkAfterAuthentication: noTerminal,
  ForwardAgent: asScp("scp forwards the agent with -A and -o ForwardAgent only"),
  ForwardX11: noX11,
  ForwardX11Timeout: noX11,
  ForwardX11Trusted: noX11,
  GatewayPorts: noForwarding,
  GlobalKnownHostsFile: obeyed,
  GSSAPIAuthentication: named("login", "GSSAPI is not supported", isYes, "gssapi-with-mic"),
  GSSAPIClientIdentity: noGssapi,
  GSSAPIDelegateCredentials: noGssapi,
  GSSAPIKexAlgorithms: noGssapi,
  GSSAPIKeyExchange: named("host-key", "GSSAPI is not supported", isYes),
  GSSAPIRenewalForcesRekey: noGssapi,
  GSSAPIServerIdentity: noGssapi,
  GSSAPITrustDns: noGssapi,
  HashKnownHosts: obeyed,
  Host: obeyed,
  HostbasedAcceptedAlgorithms: none("see HostbasedAuthentication"),
  HostbasedAuthentication: named("login", "the key of this machine cannot be used", isYes, "hostbased"),
  HostKeyAlgorithms: obeyedAs("names that are not supported are left out"),
  HostKeyAlias: obeyed,
  HostName: obeyed,
  IdentitiesOnly: obeyed,
  IdentityAgent: obeyed,
  IdentityFile: obeyed,
  IgnoreUnknown: obeyed,
  Include: obeyed,
  IPQoS: none("packets are not marked"),
  KbdInteractiveAuthentication: obeyed,
  KbdInteractiveDevices: rejected("the devices cannot be chosen", isSet),
  KexAlgorithms: obeyedAs("names that are not supported are left out"),
  KnownHostsCommand: rejected("the command is not run, and it could name revoked keys", isSet),
  LocalCommand: asScp("scp sets PermitLocalCommand no"),
  LocalForward: noForwarding,
  LogLevel: obeyed,
  LogVerbose: none("-v shows everything"),
  MACs: obeyedAs("names that are not supported are left out"),
  Match: obeyedAs("the criteria command and version are rejected"),
  NoHostAuthenticationForLocalhost: named("host-key", "the keys of localhost are checked as well", isYes),
  NumberOfPasswordPrompts: obeyed,
  ObscureKeystrokeTiming: noTerminal,
  PasswordAuthentication: obeyed,
  PermitLocalCommand: asScp("scp sets it to no"),
  PermitRemoteOpen: noForwarding,
  PKCS11Provider: named("login", "keys of PKCS#11 tokens cannot be used", isSet),
  Port: obeyed,
  PreferredAuthentications: obeyed,
  ProxyCommand: obeyed,
  ProxyJump: obeyed,
  ProxyUseFdpass: rejected(
    "a connection that ProxyCommand passes on cannot be taken over",
    (values, value) => isYes(values, value) && isSet([value("proxycommand") ?? "none"], value),
  ),
  PubkeyAcceptedAlgorithms: obeyed,
  PubkeyAuthentication: obeyedAs("unbound and host-bound mean yes"),
  RefuseConnection: obeyed,
  RekeyLimit: obeyed,
  RemoteCommand: asScp("scp sets it to none"),
  RemoteForward: noForwarding,
  RequestTTY: asScp("scp sets it to no"),
  RequiredRSASize: obeyed,
  RevokedHostKeys: obeyedAs("a binary list rejects every key"),
  SecurityKeyProvider: named("login", "security keys that no agent holds cannot be used", isSet),
  SendEnv: obeyed,
  ServerAliveCountMax: obeyed,
  ServerAliveInterval: obeyed,
  SessionType: noTerminal,
  SetEnv: obeyed,
  StdinNull: noTerminal,
  StreamLocalBindMask: noForwarding,
  StreamLocalBindUnlink: noForwarding,
  StrictHostKeyChecking: obeyed,
  SyslogFacility: none("nothing is logged to syslog"),
  Tag: obeyed,
  TCPKeepAlive: none("TCP keepalive messages are not sent; see ServerAliveInterval"),
  Tunnel: noForwarding,
  TunnelDevice: noForwarding,
  UpdateHostKeys: none("keys that the server announces are not added"),
  UseKeychain: named("login", "passphrases in the keychain of macOS cannot be used", isYes),
  User: obeyed,
  UserKnownHostsFile: obeyed,
  VerifyHostKeyDNS: named("host-key", "SSHFP records are not looked up", isYes),
  VersionAddendum: none("the identification of this side is fixed"),
  VisualHostKey: none("no pictures of keys are drawn"),
  WarnWeakCrypto: none("there is no such warning"),
  XAuthLocation: noX11,
};

/** Checks `type=interval` pairs. Only the types of a running command matter (channels.c, `channel_timeout`). */
function closesSessions(values: readonly string[]): boolean {
  return values.some((pair) => {
    const [pattern = "", interval = ""] = pair.split("=");
    const matches = ["session", "session:command", "global"].some((type) => matchPattern(type, pattern));
    return matches && !/^0*[smhdw]?$/i.test(interval);
  });
}
