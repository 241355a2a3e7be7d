const files = import.meta.glob<string>("../../../../docs/*.md", {
  query: "?title",
  import: "default",
  eager: true,
});

/** All pages but the first: their names and titles. */
export const documents = Object.entries(files)
  .map(([path, title]) => ({ name: path.replace(/^.*\/|\.md$/g, ""), title }))
  .filter(({ name }) => name !== "README");
