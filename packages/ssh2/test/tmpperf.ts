import { spawn } from "node:child_process";
import { connect } from "../src/index.ts";
import { startSshd } from "./support/sshd.ts";
const s = await startSshd(); 
const pr = spawn(process.execPath, ["--import","tsx","packages/ssh2/test/tmpproxy.ts",String(s.port)],{stdio:["ignore","pipe","inherit"]});
const port = await new Promise<number>(r=>pr.stdout.once("data",d=>r(Number(String(d)))));
for (const windowBytes of [1, 16<<20,1, 16<<20]) {
 const c = await connect({host:"127.0.0.1",port,username:s.username,auth:[{type:"private-key",key:s.clientKey}],verifyHostKey:()=>true,windowBytes});
 const N=200_000_000; const ch=await c.exec(`head -c ${N} /dev/zero`); const rd=ch.readable.getReader(); let n=0; const t=performance.now(); let lap=t, ln=0; const laps:string[]=[]; for(;;){const {done,value}=await rd.read(); if(done)break; n+=value.byteLength; if (n-ln>20e6){const now=performance.now(); laps.push(((n-ln)/1e3/(now-lap)).toFixed(0)); lap=now; ln=n} } console.log(windowBytes, (n/1e3/(performance.now()-t)).toFixed(0),"MB/s", laps.join(" ")); await c.close();
}
pr.kill(); await s.stop();
