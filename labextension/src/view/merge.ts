/** JSON merge patches (RFC 7396): objects merge, null deletes, everything else replaces. */

import { isObject } from './read';
import type { Json, JsonObject } from './types';

/**
 * Return a copy whose objects have no prototype, so that a key such as `__proto__` or `constructor` is one like any
 * other, and whose changes reach nobody else.
 */
export function copied(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(copied);
  }
  return isObject(value) ? copiedObject(value) : value;
}

export function copiedObject(value: JsonObject): JsonObject {
  const copy = Object.create(null) as JsonObject;
  for (const key of Object.keys(value)) {
    copy[key] = copied(value[key] as Json);
  }
  return copy;
}

/** Apply a patch in place; `target` must be a copy made above. */
export function merge(target: JsonObject, patch: JsonObject): void {
  for (const key of Object.keys(patch)) {
    const value = patch[key] as Json;
    if (value === null) {
      delete target[key];
    } else if (isObject(value)) {
      const known = target[key];
      const inner = isObject(known) ? known : (Object.create(null) as JsonObject);
      target[key] = inner;
      merge(inner, value);
    } else {
      target[key] = copied(value);
    }
  }
}
