/** Whether a remote shell takes a path as it is: it stands for one file or directory. */
export function isPlainPath(path: string): boolean {
  return /^[\p{L}\p{N}_@%+=:,./~-]+$/u.test(path);
}
