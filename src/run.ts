/** The program: what `node dist/src/run.js` runs. */
import { main } from './main.ts';

await main();
