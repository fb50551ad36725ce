/**
 * Returns the private keys that OpenSSH tries if none are configured, in its order. `home` is the folder that contains
 * `.ssh`.
 */
export function defaultIdentityFiles(home: string): string[] {
  const names = ["id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa"];
  return names.map((name) => `${home}/.ssh/${name}`);
}
