// An engine that writes down what it is asked and what it answers, for tests/replay/replay.cpp.
const decoder = new TextDecoder('utf-8', { fatal: true });
const kInteractions = ['read', 'vread', 'search', 'history', 'create', 'update', 'delete'];

const indexOf = (interaction) =>
  kInteractions.indexOf(interaction === 'patch' ? 'update' : interaction);
const absent = (value) => value === undefined || value === null;
const textOf = (body) => {
  if (absent(body)) return '';
  if (body instanceof Uint8Array) return decoder.decode(body);
  return typeof body === 'string' ? body : JSON.stringify(body);
};
const fetchedOf = (extra) => {
  if (absent(extra?.resolved)) return 'null';
  const { resolved } = extra;
  const entries = resolved instanceof Map ? [...resolved] : Object.entries(resolved);
  return `{${entries.map(([key, body]) => `${JSON.stringify(key)}:${textOf(body) || 'null'}`).join()}}`;
};

/** `lines`: the transcript, one policy or criteria text a line. A policy that asks a host function is not recorded. */
export function recording(engine) {
  const lines = [];
  // Runs `work`, and adds `[...call, answer]` to `calls`, whether it answers or fails.
  const record = (calls, call, work, answerOf) => {
    try {
      const result = work();
      calls.push([...call, answerOf(result)]);
      return result;
    } catch (error) {
      if (error.name === 'ResourceError' || error.name === 'LimitError') {
        calls.push([...call, `error ${error.code}`]);
      }
      throw error;
    }
  };
  // Compiles; what is refused is recorded with its codes.
  const compiled = (line, compile) => {
    try {
      return compile();
    } catch (error) {
      if (error.name === 'PolicyCompileError') {
        const errors = error.issues.filter(({ severity }) => severity === 'error');
        lines.push({ ...line, codes: errors.map(({ code }) => code) });
      }
      throw error;
    }
  };
  const wrapped = {
    compilePolicy(input) {
      if (typeof input.options?.resolve === 'function') return engine.compilePolicy(input);
      const text = JSON.stringify(input, (_, value) => (value === null ? undefined : value));
      const policy = compiled({ compile: text }, () => engine.compilePolicy(input));
      const calls = [];
      lines.push({ compile: text, hash: policy.hash, calls });
      const bodied =
        (name) =>
        (interaction, body, extra) =>
          record(
            calls,
            [name, indexOf(interaction), textOf(body), fetchedOf(extra)],
            () => policy[name](interaction, body, extra),
            (result) => {
              if (name !== 'redact') return JSON.stringify(result);
              return result === undefined ? 'denied' : decoder.decode(result);
            },
          );
      return {
        hash: policy.hash,
        rules: policy.rules,
        warnings: policy.warnings,
        decide: bodied('decide'),
        redact: bodied('redact'),
        explain: bodied('explain'),
        can: (interaction, type) =>
          record(
            calls,
            ['can', indexOf(interaction), type],
            () => policy.can(interaction, type),
            String,
          ),
        checkIp: (address) =>
          record(calls, ['ip', address ?? ''], () => policy.checkIp(address), JSON.stringify),
        checkWrite: (request, extra) =>
          record(
            calls,
            [
              ...['write', indexOf(request.interaction), textOf(request.before)],
              ...[textOf(request.patch ?? request.after), !absent(request.patch)],
              fetchedOf(extra),
            ],
            () => policy.checkWrite(request, extra),
            ({ body, ...outcome }) => `${JSON.stringify(outcome)} ${textOf(body)}`,
          ),
        references: (...args) => policy.references(...args),
        filterStream: (options) => policy.filterStream(options),
        free: () => policy.free(),
      };
    },
    search(criteria, options) {
      if (typeof options?.resolve === 'function') return engine.search(criteria, options);
      const line = { search: criteria, options: options ? JSON.stringify(options) : '' };
      const search = compiled(line, () => engine.search(criteria, options));
      const calls = [];
      lines.push({ ...line, calls });
      return {
        matches: (body, extra) =>
          record(
            calls,
            ['matches', textOf(body), fetchedOf(extra)],
            () => search.matches(body, extra),
            String,
          ),
        free: () => search.free(),
      };
    },
  };
  return { engine: wrapped, lines };
}
