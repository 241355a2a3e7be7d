/** Where a role or key is for: "acme" is a whole organization, "acme/web" one workspace of it. */
export function placeOf(written: string): { organization: string } | { workspace: string } {
  return written.includes("/") ? { workspace: written } : { organization: written };
}

/** The organization that a place is in. */
export function organizationOf(place: string): string {
  return place.split("/", 1)[0] ?? "";
}
