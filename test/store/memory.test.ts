import { systemClock } from '../../src/clock.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { storeContract } from '../contract/store.ts';

storeContract('memory', async () => memoryStore({ clock: systemClock }));
