/** How soon a booking is in an Outlook calendar, and a change on the phone on the board; see `hosted.ts`. */
import { compileFirst } from './compiled.ts';
import { benchHosted } from './hosted.ts';

compileFirst(import.meta.url, 'outlook');
await benchHosted('outlook', import.meta.url);
