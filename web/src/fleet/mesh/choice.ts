/** What somebody looks at: a node, or a pair, by ids. */
export type Choice = { kind: "node"; node: string } | { kind: "pair"; from: string; to: string };
