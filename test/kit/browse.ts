/** A browser as far as redirects and one cookie go. */

/** Follows redirects to their end; the cookie of `home` is kept for it alone. */
export async function browse(address: string, home: string): Promise<Response> {
  let cookie = '';
  let next = address;
  for (let hop = 0; hop < 10; hop += 1) {
    const isHome = next.startsWith(home);
    const answer = await fetch(next, { redirect: 'manual', headers: isHome ? { cookie } : {} });
    if (isHome) cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const to = answer.headers.get('location');
    if (to === null) return answer;
    next = new URL(to, next).href;
  }
  throw new Error('the browser was sent round in circles');
}
