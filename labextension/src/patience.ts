const PATIENCE = 2000; // ms after which a kernel is taken for one that does not answer

/** Wait for an answer, but not for ever: rejects after two seconds, or after another time in ms. */
export async function inTime<T>(answer: Promise<T>, patience = PATIENCE): Promise<T> {
  let timer = 0;
  const late = new Promise<never>((_, reject) => {
    timer = window.setTimeout(() => reject(new Error('no answer in time')), patience);
  });
  return Promise.race([answer, late]).finally(() => window.clearTimeout(timer));
}
