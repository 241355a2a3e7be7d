// What changes how somebody signs in wants a recent sign-in. Instead of failing, the request waits until they have shown
// again who they are, and is sent once more.

type Ask = () => Promise<boolean>;

let ask: Ask | null = null;
let asking: Promise<boolean> | null = null;

/** `how` asks, and answers whether they have; null: nobody can be asked, so that requests fail. */
export function askForRecentSignIn(how: Ask | null): void {
  ask = how;
}

async function isWanted(response: Response): Promise<boolean> {
  if (response.status !== 403) return false;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  return (body as { error?: { code?: string } } | undefined)?.error?.code === "RECENT_SIGN_IN_REQUIRED";
}

/** Whether the request is to be sent again. Several at the same time ask once. */
export async function mayGoOn(response: Response): Promise<boolean> {
  if (!ask || !(await isWanted(response))) return false;
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}
