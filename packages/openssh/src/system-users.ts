import { readFile } from "node:fs/promises";

interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** The home of the user called `name` by `/etc/passwd`; `undefined` when it has none or there is no such file. */
export async function homeOfUser(name: string): Promise<string | undefined> {
  return (await readUsers()).find((user) => user.name === name)?.home;
}

/** Whether nobody but `uid` is a member of the group `gid` by `/etc/passwd` and `/etc/group`. */
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
  return (await readRows("/etc/passwd")).map((fields) => ({
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
