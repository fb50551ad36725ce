import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { agentSocket, authenticationMethods, defaultIdentityFiles, findIdentities, resolveHost } from "../src/index.ts";
import { withFolder } from "./peers.ts";

describe("identities", () => {
  it("are the default files that exist, in OpenSSH's order", async () => {
    await withFolder(async (home) => {
      await mkdir(join(home, ".ssh"));
      for (const name of ["id_ed25519", "id_rsa", "id_rsa.pub", "id_rsa-cert.pub", "other"]) {
        await writeFile(join(home, ".ssh", name), "");
      }
      const identities = await findIdentities(await resolveHost("alpha", { configFile: "none", home }));
      const rsa = join(home, ".ssh", "id_rsa");
      assert.deepEqual(identities, [
        {
          path: rsa,
          configured: false,
          exists: true,
          publicKeyFile: `${rsa}.pub`,
          certificateFile: `${rsa}-cert.pub`,
        },
        {
          path: join(home, ".ssh", "id_ed25519"),
          configured: false,
          exists: true,
          publicKeyFile: undefined,
          certificateFile: undefined,
        },
      ]);
      assert.equal(defaultIdentityFiles(home)[0], rsa);
    });
  });

  it("are the configured files, whether or not they exist", async () => {
    await withFolder(async (home) => {
      const overrides = ["IdentityFile=~/missing", "IdentityFile=none"];
      const host = await resolveHost("alpha", { configFile: "none", home, overrides });
      const identities = await findIdentities(host);
      assert.deepEqual(
        identities.map(({ path, configured, exists }) => [path, configured, exists]),
        [[join(home, "missing"), true, false]],
      );
      const none = await resolveHost("alpha", { configFile: "none", home, overrides: ["IdentityFile none"] });
      assert.deepEqual(await findIdentities(none), []);
    });
  });

  it("come from the agent that the configuration names", async () => {
    const env = { SSH_AUTH_SOCK: "/run/agent", OTHER: "/run/other", EMPTY: "" };
    const socket = async (...overrides: string[]) => {
      return agentSocket(await resolveHost("alpha", { configFile: "none", home: "/home/me", env, overrides }), env);
    };
    assert.equal(await socket(), "/run/agent");
    assert.equal(await socket("IdentityAgent=SSH_AUTH_SOCK"), "/run/agent");
    assert.equal(await socket("IdentityAgent=none"), undefined);
    assert.equal(await socket("IdentityAgent=$OTHER"), "/run/other");
    assert.equal(await socket("IdentityAgent=$EMPTY"), undefined);
    assert.equal(await socket("IdentityAgent=$UNSET"), undefined);
    assert.equal(await socket("IdentityAgent=~/%h.sock"), "/home/me/alpha.sock");
    assert.equal(agentSocket({ identityAgent: undefined }, {}), undefined);
  });

  it("are tried with the methods that are on, in order", async () => {
    const methods = async (...overrides: string[]) => {
      return authenticationMethods(await resolveHost("alpha", { configFile: "none", overrides }));
    };
    assert.deepEqual(await methods(), ["publickey", "keyboard-interactive", "password"]);
    assert.deepEqual(await methods("PreferredAuthentications=password,unheard-of,publickey"), [
      "password",
      "publickey",
    ]);
    assert.deepEqual(await methods("BatchMode=yes", "HostbasedAuthentication=yes"), ["hostbased", "publickey"]);
    assert.deepEqual(await methods("PubkeyAuthentication=no", "KbdInteractiveAuthentication=no"), ["password"]);
  });
});
