import type { Socket } from "node:net";

/** Bounds on connections that have not logged in, as sshd's MaxStartups `begin:rate:full`. */
export interface Ssh2MaxStartups {
  /** So many are accepted in any case. @default 32 */
  readonly begin: number;
  /** Percentage of new connections that are dropped when there are `begin`; it rises to 100 on the way to `full`. @default 30 */
  readonly rate: number;
  /** With so many, every new connection is dropped. @default 100 */
  readonly full: number;
}

/** Why a connection was dropped: the option of `startSshServer` that is its limit. */
export type Ssh2DropReason = "maxConnections" | "maxStartups" | "maxStartupsPerAddress";

const defaultMaxStartups: Ssh2MaxStartups = { begin: 32, rate: 30, full: 100 };
const defaultPerAddress = 16;

/** Counts the connections that have not logged in, all together and by their source address. */
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

  /** Counts a new connection, until {@link leave}. Returns why it must be dropped instead; then it does not count. */
  enter(socket: Socket): Ssh2DropReason | undefined {
    const address = sourceOf(socket.remoteAddress ?? "");
    const here = this.#counts.get(address) ?? 0;
    if (here >= this.#perAddress) return "maxStartupsPerAddress";
    if (this.#isDropped()) return "maxStartups";
    this.#addresses.set(socket, address);
    this.#counts.set(address, here + 1);
    return undefined;
  }

  /** The connection has logged in or is gone. May be called again. */
  leave(socket: Socket): void {
    const address = this.#addresses.get(socket);
    if (address === undefined || !this.#addresses.delete(socket)) return;
    const here = (this.#counts.get(address) ?? 1) - 1;
    if (here > 0) this.#counts.set(address, here);
    else this.#counts.delete(address);
  }

  /** Draws lots as `should_drop_connection` of OpenSSH's srclimit.c and sshd.c does. */
  #isDropped(): boolean {
    const { begin, rate, full } = this.#limits;
    const count = this.#addresses.size;
    if (count < begin) return false;
    if (count >= full) return true;
    const share = rate + ((100 - rate) * (count - begin)) / (full - begin);
    return this.#random() * 100 < share;
  }
}

/** What stands for one source: an IPv4 address, or the first 64 bits of an IPv6 address, which one network has to itself. */
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
