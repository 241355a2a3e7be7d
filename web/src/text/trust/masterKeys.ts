export const masterKeys = {
  title: "Master keys",
  text: "Secrets are encrypted with a master key stored outside the database.",
  file: "File",
  key: "Key",
  seals: "Encrypts",
  since: "Since",
  primary: "primary",
  rotate: "Rotate master key",
  rotateTitle: "Rotate master key",
  rotateText:
    "A new master key encrypts all new secrets immediately. Existing secrets are re-encrypted in the background. Back up the key file afterwards.",
  rotated: "Master key rotated",
};
