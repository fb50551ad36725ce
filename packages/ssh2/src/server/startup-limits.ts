import type { Socket } from "node:net";

/** Limits on connections that have not logged in, as sshd's MaxStartups `begin:rate:full`. */
export interface Ssh2MaxStartups {
  /** Up to this number all connections are accepted. @default 32 */
  readonly begin: number;
  /** Percentage of new connections that are dropped at `begin`. It rises to 100 at `full`. @default 30 */
  readonly rate: number;
  /** From this number on every new connection is dropped. @default 100 */
  readonly full: number;
}

/** The option of `startSshServer` whose limit dropped a connection. */
export type Ssh2DropReason = "maxConnections" | "maxStartups" | "maxStartupsPerAddress";

const defaultMaxStartups: Ssh2MaxStartups = { begin: 32, rate: 30, full: 100 };
const defaultPerAddress = 16;

/** Counts the connections that have not logged in, in total and by source address. */
export class StartupLimits {
  readonly #limits: Ssh2MaxStartups;
  readonly #perAddress: number;
  readonly #random: () => number;
  readonly #addresses = new Map<Socket, string>();
  readonly #counts = new Map<string, number>();

  /** @param random a number from 0 to below 1, such as `Math.random` */
  constructor(
    limits: Partial<Ssh2MaxStartups> = {},
    perAddress: number = defaultPerAddress,
    random: () => number = Math.random,
  ) {
    this.#limits = { ...defaultMaxStartups, ...limits };
    this.#perAddress = perAddress;
    this.#random = random;
  }

  /**
   * Counts a new connection until {@link leave}. If it must be dropped instead, returns the reason and does not count
   * it.
   */
  enter(socket: Socket): Ssh2DropReason | undefined {
    const address = sourceOf(socket.remoteAddress ?? "");
    const here = this.#counts.get(address) ?? 0;
    if (here >= this.#perAddress) return "maxStartupsPerAddress";
    if (this.#isDropped()) return "maxStartups";
    this.#addresses.set(socket, address);
    this.#counts.set(address, here + 1);
    return undefined;
  }

  /** Stops counting a connection that has logged in or closed. May be called repeatedly. */
  leave(socket: Socket): void {
    const address = this.#addresses.get(socket);
    if (address === undefined || !this.#addresses.delete(socket)) return;
    const here = (this.#counts.get(address) ?? 1) - 1;
    if (here > 0) this.#counts.set(address, here);
    else this.#counts.delete(address);
  }

  /** Decides at random, as `should_drop_connection` of OpenSSH's srclimit.c and sshd.c. */
  #isDropped(): boolean {
    const { begin, rate, full } = this.#limits;
    const count = this.#addresses.size;
    if (count < begin) return false;
    if (count >= full) return true;
    const share = rate + ((100 - rate) * (count - begin)) / (full - begin);
    return this.#random() * 100 < share;
  }
}

/**
 * Returns the part of an address that identifies a source: an IPv4 address, or the first 64 bits of an IPv6 address,
 * which one network owns.
 */
export function sourceOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/s, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  const groups = [...front, ...Array<string>(Math.max(0, zeros)).fill("0"), ...back];
  return groups.slice(0, 4).join(":");
}
