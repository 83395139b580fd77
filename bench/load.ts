import { answerTasks, endWithParent } from './answer-tasks.ts';
import { loadHttp } from './http-load.ts';
import { closeSockets, fire, openSockets } from './socket-load.ts';
import { loadSteadily } from './steady-load.ts';
import { startReceiver } from './webhook-receiver.ts';

/** The load generator: a process of its own, on a core of its own. */
endWithParent();
answerTasks({ http: loadHttp, steady: loadSteadily, openSockets, fire, closeSockets, ...(await startReceiver()) });
