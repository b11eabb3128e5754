/** Reading of a view state that nobody vouches for: every field has a type here, whatever came. */

import type { Box, Json, JsonObject } from './types';

export const EMPTY: JsonObject = Object.freeze(Object.create(null) as JsonObject);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : EMPTY;
}

export function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

export function number(value: Json | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function flag(value: Json | undefined): boolean {
  return value === true;
}

/** A share between 0 and 1. */
export function part(value: Json | undefined): number | null {
  const known = number(value);
  return known === null ? null : Math.min(1, Math.max(0, known));
}

const FARTHEST = 1e6;

/** A box with a size that can be drawn; faults become 0 or the smallest size. */
export function box(value: JsonObject): Box {
  const bounded = (found: number, least: number) => Math.min(FARTHEST, Math.max(least, found));
  return {
    x: bounded(number(value.x) ?? 0, -FARTHEST),
    y: bounded(number(value.y) ?? 0, -FARTHEST),
    w: bounded(number(value.w) ?? 8, 8),
    h: bounded(number(value.h) ?? 8, 8)
  };
}
