import { startDelayProxy } from "./support/delay-proxy.ts";
const p = await startDelayProxy(Number(process.argv[2]), 25); console.log(p.port);
