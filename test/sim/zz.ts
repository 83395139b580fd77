import { runSeed } from '/work/wt-sim/test/sim/run-seed.ts';
import { realMs } from '/work/wt-sim/test/sim/scheduler.ts';
const from=Number(process.argv[2]), n=Number(process.argv[3]);
const t=realMs(); const v=new Map<string,number[]>(); const hits=new Map<string,number>(); let happened=0;
for(let s=from;s<from+n;s++){ let r; try { r=await runSeed(s);} catch(e){ console.log('THROW',s,e); continue;}
 happened+=r.happened; for(const x of r.violations) v.set(x,[...(v.get(x)??[]),s]); for(const [k,c] of r.hits) hits.set(k,(hits.get(k)??0)+c);}
for(const [k,s] of v) console.log(s.length,k,s.slice(0,4).join(' '));
console.log([...hits].sort().map(([k,c])=>k+':'+c).join('  '));
console.log(((realMs()-t)/n).toFixed(1),'ms/seed', (happened/n).toFixed(0),'events/seed');
