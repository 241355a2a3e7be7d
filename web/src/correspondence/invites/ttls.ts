/** How long an invite can be good for. */
export const TTLS = ["24h", "7d", "30d"];
