import { connect } from "../src/index.ts";
import { startSshd } from "./support/sshd.ts";
import { startDelayProxy } from "./support/delay-proxy.ts";
const s = await startSshd(); const p = await startDelayProxy(s.port, 25);
for (const windowBytes of [1, undefined, 1, undefined]) {
 const c = await connect({host:"127.0.0.1",port:p.port,username:s.username,auth:[{type:"private-key",key:s.clientKey}],verifyHostKey:()=>true,windowBytes});
 const N=300_000_000; const ch=await c.exec(`head -c ${N} /dev/zero`); const rd=ch.readable.getReader(); let n=0; const t=performance.now(); for(;;){const {done,value}=await rd.read(); if(done)break; n+=value.byteLength} console.log(windowBytes, (n/1e3/(performance.now()-t)).toFixed(0),"MB/s"); await c.close();
}
await p.stop(); await s.stop();
