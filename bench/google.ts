/** How soon a booking is in a Google calendar, and a change on the phone on the board; see `hosted.ts`. */
import { compileFirst } from './compiled.ts';
import { benchHosted } from './hosted.ts';

compileFirst(import.meta.url, 'google');
await benchHosted('google', import.meta.url);
