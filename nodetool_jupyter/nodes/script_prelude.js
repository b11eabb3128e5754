// What a script of nodetool.code.Code finds when it begins, and how its values come and go.
// Read by script_host.py. It keeps what it needs of the language for itself: a script may change everything else.
(() => {
  "use strict";
  const send = globalThis.__send;
  delete globalThis.__send;
  const { stringify, parse } = JSON;
  const { isView } = ArrayBuffer;
  const AsyncFunction = (async () => {}).constructor;
  const MARK = "\u0000js"; // the key of an object that stands for a value JSON has no form for
  const sent = Promise.resolve(); // what output() gives: a script may await it, and gets its fault even if it does not
  const HEAD = 2; // lines that the engine puts before a function's body
  const LOG_LINE = 10_000; // characters
  const taken = new Set([...Object.getOwnPropertyNames(globalThis), "inputs", "output", "state", "console", "__run"]);
  let defined = [];
  let room = 0;
  let limit = 0;

  const bytesOf = (value) =>
    value instanceof ArrayBuffer ? new Uint8Array(value) : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

  const isBytes = (value) =>
    value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof ArrayBuffer;

  const isPlain = (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && !isBytes(value) && !isView(value) &&
    !(value instanceof Date || value instanceof Map || value instanceof Set || value instanceof Error ||
      value instanceof RegExp);

  function replace(key, value) {
    if (typeof value === "number" && !Number.isFinite(value)) return { [MARK]: ["number", String(value)] };
    if (typeof value === "bigint") return { [MARK]: ["int", String(value)] };
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    if (isBytes(value)) return { [MARK]: ["bytes", bytesOf(value).toBase64()] };
    if (isView(value)) return Array.from(value);
    if (value instanceof Map) return Object.fromEntries(value);
    if (value instanceof Set) return [...value];
    return value instanceof Error || value instanceof RegExp ? String(value) : value;
  }

  function revive(key, value) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, MARK)) return value;
    const [kind, text] = value[MARK];
    return kind === "bytes" ? Uint8Array.fromBase64(text) : Number(text);
  }

  // JSON of a value; halves of characters, which stand in no text outside, become replacement characters.
  function encode(value) {
    let text;
    try {
      text = stringify(value, replace);
    } catch (error) {
      if (error instanceof TypeError && String(error.message).includes("circular")) {
        throw new TypeError("a value that contains itself cannot leave the script");
      }
      throw error;
    }
    if (text !== undefined && text.includes("\\ud")) {
      text = text.replace(/\\ud[89a-f][0-9a-f]{2}|\\[^]/g, (found) => (found.length > 2 ? "\\ufffd" : found));
    }
    return text;
  }

  // Joined by join(), because the engine's lazy concatenations do not pass to its host.
  function tell(parts) {
    const line = parts.join("");
    room -= line.length;
    if (room < 0) throw new RangeError(`more than ${limit} MB came out of the script; max_response_mb says how much may`);
    send(line);
  }

  function emit(name, value) {
    if (typeof name !== "string") throw new TypeError("output(name, value) needs the name of an output");
    const text = encode(value);
    if (text !== undefined) tell(['{"emit":', stringify(name), ',"value":', text, "}"]);
  }

  function shown(value) {
    if (typeof value === "string") return value;
    try {
      return (typeof value === "object" && value !== null && encode(value)) || String(value);
    } catch {
      return "[a value that cannot be shown]";
    }
  }

  const logger = (severity) => (...values) => {
    const text = values.map(shown).join(" ").slice(0, LOG_LINE);
    tell(['{"log":', encode(text), ',"severity":"', severity, '"}']);
  };

  function lineOf(error, lines) {
    for (const [, found] of String(error?.stack ?? "").matchAll(/<input>:(\d+)/g)) {
      const line = Number(found) - HEAD;
      if (line >= 1 && line <= lines) return line;
    }
    return null;
  }

  function fail(error, code) {
    let text, line = null;
    try {
      text = error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
      line = lineOf(error, code.split("\n").length);
    } catch {
      text = "it threw something that cannot be shown";
    }
    send(['{"error":', encode(text.slice(0, LOG_LINE)), ',"line":', String(line), "}"].join(""));
  }

  function finish(value) {
    if (isPlain(value)) {
      for (const [name, item] of Object.entries(value)) emit(name, item);
    } else if (value !== undefined) {
      emit("output", value);
    }
    send('{"done":true}');
  }

  Object.assign(globalThis, {
    state: {},
    output: (name, value) => (emit(name, value), sent),
    console: Object.freeze({
      log: logger("info"), info: logger("info"), debug: logger("info"), warn: logger("warning"), error: logger("error"),
    }),
  });

  globalThis.__run = (code, text, marked, megabytes) => {
    limit = megabytes;
    room = megabytes * 2 ** 20;
    for (const name of defined) delete globalThis[name];
    try {
      const inputs = marked ? parse(text, revive) : parse(text);
      defined = Object.keys(inputs).filter((name) => !taken.has(name));
      for (const name of defined) globalThis[name] = inputs[name];
      globalThis.inputs = inputs;
      new AsyncFunction(code)().then(finish).catch((error) => fail(error, code));
    } catch (error) {
      fail(error, code);
    }
  };
})();
