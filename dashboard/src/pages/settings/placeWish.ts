/** A new location as somebody types it. */
export interface PlaceForm {
  name: string;
  bucket: string;
  prefix: string;
}

/** A short name that follows from the place, for people who do not care about names. */
export function idFor(bucket: string, prefix: string): string {
  const last = prefix.replace(/\/+$/, "").split("/").at(-1) ?? "";
  return [bucket, last].filter(Boolean).join("-").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 60);
}

export function flawsOfPlace({ name, bucket, prefix }: PlaceForm): Partial<Record<keyof PlaceForm, string>> {
  const flaws: Partial<Record<keyof PlaceForm, string>> = {};
  if (!bucket) flaws.bucket = "Name the bucket";
  else if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/.test(bucket)) flaws.bucket = "A bucket's name has letters, digits and . _ -: no s3:// and no slashes";
  if (prefix.startsWith("/")) flaws.prefix = "Begin without a slash: raw/2026/";
  if (!/^[A-Za-z0-9][A-Za-z0-9._:+@-]{0,199}$/.test(name)) flaws.name = "Begin with a letter or digit; then letters, digits and . _ : + @ -";
  return flaws;
}
