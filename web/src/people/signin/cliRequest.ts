/** What a command line put into the address of the page that it opened. */
export interface CliRequest {
  port: number;
  challenge: string;
  state: string;
}

/** Null: the address is not whole. */
export function cliRequestOf(search: string): CliRequest | null {
  const given = new URLSearchParams(search);
  const written = given.get("port") ?? "";
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 0;
  const challenge = given.get("challenge") ?? "";
  if (port < 1 || port > 65_535 || challenge === "") return null;
  return { port, challenge, state: given.get("state") ?? "" };
}

/** Whether an address is that of the command line itself: nobody else may be sent its code. */
export function isOfCommandLine(address: string, port: number): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, port: at, username, password } = new URL(address);
  return (
    protocol === "http:" &&
    hostname === "127.0.0.1" &&
    (at || "80") === String(port) &&
    !username &&
    !password
  );
}

/** Where the browser goes when the person says no. */
export function refusalOf({ port, state }: CliRequest): string {
  return `http://127.0.0.1:${port}/callback?${new URLSearchParams({ error: "access_denied", state })}`;
}
