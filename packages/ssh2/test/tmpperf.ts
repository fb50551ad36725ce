import ssh2 from "ssh2";
import { connect } from "../src/index.ts";
import { startSshd } from "./support/sshd.ts";
const s = await startSshd();
const N = 300_000_000;
const cpu = () => { const u = process.cpuUsage(); return (u.user+u.system)/1e6 };
const c = await connect({host:"127.0.0.1",port:s.port,username:s.username,auth:[{type:"private-key",key:s.clientKey}],verifyHostKey:()=>true});
const c2 = await connect({host:"127.0.0.1",port:s.port,username:s.username,auth:[{type:"private-key",key:s.clientKey}],verifyHostKey:()=>true,windowBytes:1});
const r = new ssh2.Client();
await new Promise<void>(res=>{ r.on("connect",()=>r.setNoDelay(true)); r.on("ready",()=>res()); r.connect({host:"127.0.0.1",port:s.port,username:s.username,privateKey:s.clientKey,hostVerifier:()=>true,algorithms:{cipher:["aes128-gcm@openssh.com"]}})});
const chunk = new Uint8Array(65536*2), buf = Buffer.from(chunk.buffer);
const cases: Record<string,()=>Promise<void>> = {
  rawDown: () => new Promise(res=>r.exec(`head -c ${N} /dev/zero`,(_e,ch)=>{ let n=0; ch.on("data",(d:Buffer)=>{n+=d.length}); ch.stderr.resume(); ch.on("close",()=>{ if(n!==N) throw n; res()})})),
  wrapDown2M: async () => { const ch=await c2.exec(`head -c ${N} /dev/zero`); const rd=ch.readable.getReader(); let n=0; for(;;){const {done,value}=await rd.read(); if(done)break; n+=value.byteLength} if(n!==N) throw n; },
 wrapDown: async () => { const ch=await c.exec(`head -c ${N} /dev/zero`); const rd=ch.readable.getReader(); let n=0; for(;;){const {done,value}=await rd.read(); if(done)break; n+=value.byteLength} if(n!==N) throw n; },
  rawUp: () => new Promise(res=>r.exec(`cat >/dev/null`,(_e,ch)=>{ let n=0; ch.resume(); ch.stderr.resume(); ch.on("close",()=>res()); const go=()=>{ for(;;){ if(n>=N){ch.end();return} n+=buf.length; if(!ch.write(buf)){ch.once("drain",go);return} } }; go(); })),
  wrapUp: async () => { const ch=await c.exec(`cat >/dev/null`); const w=ch.writable.getWriter(); for(let n=0;n<N;n+=chunk.length){ await w.ready; w.write(chunk).catch(()=>{}); } await w.close(); await ch.readable.getReader().read(); await ch.closed },
};
const out: Record<string,{mb:number,cpu:number}[]> = {};
for (let i=0;i<5;i++) for (const [k,f] of Object.entries(cases)) { const t=performance.now(), c0=cpu(); await f(); (out[k]??=[]).push({mb:N/1e3/(performance.now()-t), cpu:(cpu()-c0)/N*1e9}); }
for (const [k,v] of Object.entries(out)) { const m=(x:number[])=>x.sort((a,b)=>a-b)[2]!; console.log(k.padEnd(9), m(v.map(e=>e.mb)).toFixed(0),"MB/s", m(v.map(e=>e.cpu)).toFixed(2),"cpu s/GB"); }
await c.close();await c2.close(); r.end(); await s.stop();
