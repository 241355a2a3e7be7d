import { expect, it } from "vitest";
import { challengeOf, makeProofKey } from "./proofKey";

it("answers the challenge of RFC 7636, appendix B", async () => {
  expect(await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
});

it("makes another verifier each time, of 43 characters that need no escaping", async () => {
  const [one, other] = [await makeProofKey(), await makeProofKey()];
  expect(one.verifier).toMatch(/^[\w-]{43}$/);
  expect(one.verifier).not.toBe(other.verifier);
  expect(one.challenge).toBe(await challengeOf(one.verifier));
});
