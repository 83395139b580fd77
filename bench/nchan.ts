import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian's `libnginx-mod-nchan` puts nginx's module for messages. */
export const NCHAN_MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** Whether nginx with nchan is installed here: it is measured where it is. */
export const HAS_NCHAN = existsSync(NCHAN_MODULE) && spawnSync('nginx', ['-v']).status === 0;
