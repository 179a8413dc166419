// What the host needs of a context, evaluated before any code of a policy; `now` is the run's time in milliseconds.
// Everything is looked up here once: a policy that changes a prototype affects only itself.
(now) => {
  'use strict';
  const { stringify, parse } = JSON;
  const { apply, construct } = Reflect;
  const { keys, defineProperty: define, getPrototypeOf: proto, getOwnPropertyDescriptor: own } = Object;
  const { isArray } = Array;
  const { isFinite: finite, isInteger: whole, isSafeInteger: safe } = Number;
  const { isView } = ArrayBuffer;
  const O = Object.prototype;
  const Big = BigInt;
  const Bytes = Uint8Array;
  const Buffer = ArrayBuffer;
  const Refused = TypeError;
  const source = Function.prototype.toString;
  const getter = (of, name) => own(of, name).get;
  const Typed = proto(Bytes.prototype);
  const bufferOf = { typed: getter(Typed, 'buffer'), data: getter(DataView.prototype, 'buffer') };
  const offsetOf = { typed: getter(Typed, 'byteOffset'), data: getter(DataView.prototype, 'byteOffset') };
  const lengthOf = { typed: getter(Typed, 'byteLength'), data: getter(DataView.prototype, 'byteLength') };
  const bufferLength = getter(Buffer.prototype, 'byteLength');
  const kinds = [
    [proto(async () => {}), 'an async function'],
    [proto(function* () {}), 'a generator function'],
    [proto(async function* () {}), 'an async generator function'],
  ];
  const depthMax = 200;

  // A policy has no clock: every way to get the time returns that of the run.
  const RealDate = Date;
  const dateText = RealDate.prototype.toString;
  const RunDate = new Proxy(RealDate, {
    apply: () => apply(dateText, new RealDate(now), []),
    construct: (target, given, type) => construct(target, given.length === 0 ? [now] : given, type),
  });
  const hidden = (of, name, value) =>
    define(of, name, { value, writable: true, configurable: true, enumerable: false });
  hidden(RealDate, 'now', () => now);
  hidden(RealDate.prototype, 'constructor', RunDate);
  hidden(globalThis, 'Date', RunDate);
  if (typeof Intl === 'object') {
    const format = Intl.DateTimeFormat.prototype;
    const bound = getter(format, 'format');
    const parts = format.formatToParts;
    define(format, 'format', {
      configurable: true,
      get() {
        const real = apply(bound, this, []);
        return (date) => real(date === undefined ? now : date);
      },
    });
    hidden(format, 'formatToParts', function (date) {
      return apply(parts, this, [date === undefined ? now : date]);
    });
  }
  for (const name of ['load', 'loadWithNewGlobal', 'Graal', 'arguments', 'Atomics', 'SharedArrayBuffer', 'Worker'])
    delete globalThis[name];

  // JSON text of a tree. JSON has no BigInt: one goes as a marked string. toJSON and prototype getters are not called.
  const MARK = '\uE000';
  function write(value, path, depth) {
    switch (typeof value) {
      case 'string':
        return stringify(value[0] === MARK ? MARK + 's' + value : value);
      case 'bigint':
        return '"' + MARK + 'n' + value + '"';
      case 'number':
        if (!finite(value)) throw new Refused(path + ': ' + value + ' is not a JSON number');
        if (whole(value) && !safe(value)) throw new Refused(path + ': ' + value + ' is not exact; use a BigInt');
        return '' + value;
      case 'boolean':
        return value ? 'true' : 'false';
      case 'object':
        break;
      default:
        throw new Refused(path + ': a ' + typeof value +
          ' is not an object, array, string, number, BigInt, boolean or null');
    }
    if (value === null) return 'null';
    if (depth === depthMax) throw new Refused(path + ': nested deeper than ' + depthMax + ' levels, or cyclic');
    let text = '';
    if (isArray(value)) {
      const { length } = value;
      if (length < 64) {
        const names = keys(value);
        const other = names[length];
        if (names.length > length)
          throw new Refused(path + ': an array has no key ' + other + '; write ' + path + '[0].' + other);
      }
      for (let i = 0; i < length; i++) {
        const at = path + '[' + i + ']';
        const item = value[i];
        if (item === undefined) throw new Refused(at + ': an array has no undefined items');
        text += (i === 0 ? '' : ',') + write(item, at, depth + 1);
      }
      return '[' + text + ']';
    }
    const p = proto(value);
    if (p !== O && p !== null) {
      throw new Refused(path + ': expected a plain object or array; copy what you need into one');
    }
    const names = keys(value);
    for (let i = 0; i < names.length; i++) {
      const item = value[names[i]];
      if (item === undefined) continue;
      const at = path === '' ? names[i] : path + '.' + names[i];
      text += (text === '' ? '' : ',') + stringify(names[i]) + ':' + write(item, at, depth + 1);
    }
    return '{' + text + '}';
  }

  function buffer(value) {
    try {
      apply(bufferLength, value, []);
      return true;
    } catch {
      return false;
    }
  }

  return {
    parse,
    group: (...flat) => {
      const made = {};
      for (let i = 0; i < flat.length; i += 2) {
        if (flat[i] === '__proto__')
          define(made, flat[i], { value: flat[i + 1], enumerable: true, writable: true, configurable: true });
        else made[flat[i]] = flat[i + 1];
      }
      return made;
    },
    list: (...items) => items,
    big: (text) => Big(text),
    text: (value) => write(value, '', 0),
    bytes: (host) => new Bytes(new Buffer(host)),
    // The buffer behind a value that holds bytes, and their place in it; null for any other value.
    view: (value) => {
      if (isView(value)) {
        const kind = proto(value) === DataView.prototype ? 'data' : 'typed';
        return [
          apply(bufferOf[kind], value, []),
          apply(offsetOf[kind], value, []),
          apply(lengthOf[kind], value, []),
        ];
      }
      return buffer(value) ? [value, 0, apply(bufferLength, value, [])] : null;
    },
    // Why a value cannot be a hook; empty if it can.
    unfit: (value) => {
      if (typeof value !== 'function') return value === null ? 'null' : 'of type ' + typeof value;
      const p = proto(value);
      for (let i = 0; i < kinds.length; i++) if (kinds[i][0] === p) return kinds[i][1];
      const text = apply(source, value, []);
      const isClass =
        text[0] === 'c' && text[1] === 'l' && text[2] === 'a' && text[3] === 's' && text[4] === 's';
      return isClass ? 'a class' : '';
    },
    // The site's configuration; reports missing keys to the host.
    watched: (tree, absent) =>
      new Proxy(tree, {
        get(target, key) {
          const value = target[key];
          if (value === undefined && typeof key === 'string') absent(key);
          return value;
        },
      }),
  };
}
