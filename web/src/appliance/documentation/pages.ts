import type { DocumentationPage } from "../../../scripts/documentation.mjs";

// The pages of docs/, read when the dashboard is built: each a file, loaded when it is opened.
const files = import.meta.glob<DocumentationPage>("../../../../docs/*.md", { import: "default" });

/** For useQuery; null: there is no such page. "" is the first one. */
export function documentationQuery(name: string) {
  const load = files[`../../../../docs/${name || "README"}.md`];
  return { queryKey: ["documentation", name], queryFn: async () => (load ? load() : null) };
}

/** Whether a page of this name is there. */
export function isDocumented(name: string): boolean {
  return `../../../../docs/${name}.md` in files;
}
