/**
 * Removes keys from a tree of objects and arrays, wherever they are in it: `import { redact } from 'xenimage/redact'`.
 *
 * `wanted` is called with a key, and says whether it goes. Returns the paths of the keys that it removed.
 */
export function redact(tree, wanted, path = '') {
  const removed = [];
  for (const [key, value] of Object.entries(tree)) {
    const at = Array.isArray(tree) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    if (!Array.isArray(tree) && wanted(key)) {
      delete tree[key];
      removed.push(at);
    } else if (value !== null && typeof value === 'object') removed.push(...redact(value, wanted, at));
  }
  return removed;
}
