export const masterKeys = {
  title: "Master keys",
  text: "Everything that is kept secret is encrypted under a master key, whose file is not in the database.",
  file: "File",
  key: "Key",
  seals: "Seals",
  since: "Since",
  primary: "primary",
  rotate: "Make a new master key",
  rotateTitle: "Make a new master key",
  rotateText:
    "New secrets are sealed with it at once; what there is is re-encrypted in the background. Back up the key file afterwards.",
  rotated: "There is a new master key",
};
