import { readFile } from "node:fs/promises";

/** A user in `/etc/passwd`. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  /** The group of new files. */
  readonly gid: number;
  readonly home: string;
}

/** Returns the first user in `/etc/passwd` with that name or number; `undefined` if there is none or no such file. */
export async function findUser(
  wanted: { readonly name: string } | { readonly uid: number },
): Promise<SystemUser | undefined> {
  const users = await readUsers();
  return users.find((user) => ("name" in wanted ? user.name === wanted.name : user.uid === wanted.uid));
}

/** Returns whether only `uid` is a member of the group `gid`, according to `/etc/passwd` and `/etc/group`. */
export async function isPrivateGroup(gid: number, uid: number): Promise<boolean> {
  const users = await readUsers();
  const owner = users.find((user) => user.uid === uid);
  const group = (await readRows("/etc/group")).find((fields) => Number(fields[2]) === gid);
  if (owner === undefined || group === undefined) return false;
  const primary = users.filter((user) => user.gid === gid);
  const others = (group[3] ?? "").split(",").filter((name) => name !== "");
  const members = primary.length + others.length;
  return members > 0 && primary.every((user) => user.uid === uid) && others.every((name) => name === owner.name);
}

async function readUsers(): Promise<SystemUser[]> {
  const rows = (await readRows("/etc/passwd")).filter((fields) => fields.length >= 7);
  return rows.map((fields) => ({
    name: fields[0] ?? "",
    uid: Number(fields[2]),
    gid: Number(fields[3]),
    home: fields[5] ?? "",
  }));
}

async function readRows(path: string): Promise<string[][]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").map((line) => line.split(":"));
}
