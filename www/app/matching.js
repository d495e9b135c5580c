// @ts-check
// What of a file is in the vault already, or in the file twice. Linear in both.

/** @typedef {import('./items.js').Item} Item */
/** @typedef {'new' | 'same' | 'differs' | 'twin'} State */

/** The host of an address, as people read it. @param {string} url */
function host(url) {
  const rest = url.includes('://') ? url.slice(url.indexOf('://') + 3) : url;
  return rest.split(/[/?#]/, 1)[0].replace(/^.*@/, '').replace(/^www\./, '').toLowerCase();
}

/** What two items have in common that are for one thing. @param {Item} item */
const place = (item) => JSON.stringify([item.type ?? 'login', item.url ? host(item.url) : item.title.trim().toLowerCase(), (item.username ?? '').toLowerCase()]);
/** What makes them the same. @param {Item} item */
const content = (item) => JSON.stringify([item.password ?? '', item.note ?? '', item.totp ?? '', item.number ?? '', item.name ?? '', (item.fields ?? []).map(({ name, value }) => [name, value])]);

/** @param {Item[]} records @param {Item[]} existing @returns {State[]} */
export function match(records, existing) {
  /** @type {Map<string, Set<string>>} */
  const there = new Map();
  for (const item of existing) {
    const key = place(item);
    const contents = there.get(key) ?? new Set();
    contents.add(content(item));
    there.set(key, contents);
  }
  /** @type {Set<string>} */
  const seen = new Set();
  return records.map((item) => {
    const [key, its] = [place(item), content(item)];
    const known = there.get(key);
    const whole = `${key}${its}`;
    const isTwin = seen.has(whole);
    seen.add(whole);
    if (known) return known.has(its) ? 'same' : 'differs';
    return isTwin ? 'twin' : 'new';
  });
}
