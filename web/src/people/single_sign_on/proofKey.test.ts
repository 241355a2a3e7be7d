import { expect, it } from "vitest";
import { challengeOf, makeProofKey } from "./proofKey";

it("answers the challenge of RFC 7636, appendix B", async () => {
  expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
});

it("makes another verifier each time, of 43 characters that need no escaping", async () => {
  const [first, second] = [await makeProofKey(), await makeProofKey()];
  expect(first.verifier).toMatch(/^[\w-]{43}$/);
  expect(first.verifier).not.toBe(second.verifier);
  expect(first.challenge).toBe(await challengeOf(first.verifier));
});
