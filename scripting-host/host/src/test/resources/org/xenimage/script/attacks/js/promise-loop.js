// attack: jobs that make jobs after the hook has returned
// refused: ran longer than its limit / allocated more
export const policy = { api: 1, limits: { milliseconds: 400, kilobytes: 49152 } };

export function onBegin(ctx) {
  const again = () => Promise.resolve().then(again);
  again();
}
