const AT_ONCE = 6;

/** Sends a request for each of these, a few at a time. Answers why some failed. */
export async function sendEach<Item>(
  items: readonly Item[],
  request: (item: Item) => Promise<unknown>,
): Promise<unknown[]> {
  const failures: unknown[] = [];
  const waiting = [...items];
  const work = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await request(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
