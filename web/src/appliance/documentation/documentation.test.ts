import { expect, it } from "vitest";
import { type Content, pageOf } from "../../../scripts/documentation.mjs";
import { documentationQuery } from "./pages";

const page = async (name: string) => {
  const found = await documentationQuery(name).queryFn();
  if (!found) throw new Error(`no page ${name}`);
  return found;
};

const every = (content: Content[], tag: string): Exclude<Content, string>[] =>
  content.flatMap((one) => {
    if (typeof one === "string") return [];
    const [name, , ...inner] = one;
    return [...(name === tag ? [one] : []), ...every(inner, tag)];
  });

const links = (content: Content[]) => every(content, "a").map(([, attributes]) => attributes.href);

it("has the pages of docs/, with links that lead to each other", async () => {
  const first = await page("");
  expect(first.title).toBe("Documentation");
  expect(links(first.content)).toContain("/docs/troubleshooting");
  const dashboard = await page("dashboard");
  expect(dashboard.title).toBe("The dashboard");
  expect(every(dashboard.content, "h2")).toContainEqual(["h2", { id: "by-keyboard" }, "By keyboard"]);
  expect(links(dashboard.content)).toContain("/docs/node-authentication#behind-a-proxy");
  expect(await documentationQuery("nothing").queryFn()).toBeNull();
});

it("takes text as it is written, and no HTML", () => {
  const { title, content } = pageOf("# `a` & b\n\n1 < 2 & \\* `<b>` &amp;\n\n    <script>\n");
  expect(title).toBe("a & b");
  expect(content).toEqual([
    ["p", {}, "1 < 2 & ", "*", " ", ["code", {}, "<b>"], " &"],
    ["pre", {}, ["code", {}, "<script>"]],
  ]);
  for (const html of ["<script>alert(1)</script>", 'a <img src="x"> b', "<!-- no -->"]) {
    expect(() => pageOf(html)).toThrow("cannot show this part of a page: <");
  }
});

it("links to pages and to https alone", () => {
  const { content } = pageOf(
    "[a](roles.md#who) [b](https://x.org) [c](javascript:alert(1)) [d](../README.md)",
  );
  expect(links(content)).toEqual(["/docs/roles#who", "https://x.org"]);
  const [paragraph] = pageOf("[roles.md](roles.md)").content;
  expect(paragraph).toEqual(["p", {}, ["a", { href: "/docs/roles" }, "roles"]]);
});
