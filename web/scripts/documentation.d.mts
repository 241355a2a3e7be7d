import type { Plugin } from "vite";

export type Content =
  | string
  | [tag: string, attributes: { href?: string; id?: string }, ...content: Content[]];

export interface DocumentationPage {
  title: string;
  content: Content[];
}

export function pageOf(markdown: string): DocumentationPage;
export function documentation(): Plugin;
