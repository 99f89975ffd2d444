import type { Answers } from "./more";

interface Line {
  storage_class: string;
  meter: string;
  usd: string;
  per?: number;
  unit: string;
  up_to?: number;
  option?: string;
}

const line = ({ per = 1, up_to, option = "", ...rest }: Line): object => ({ per, up_to: up_to ?? null, option, source: "A1", seen: "2026-09-19", ...rest });
const storageClass = (name: string, minimum_days = 0, instant = true, managed = false): object => ({ name, instant, minimum_days, minimum_bytes: 0, managed });

export const prices: Answers = {
  "GET prices": () => ({
    books: ["aws", "azure", "gcs"].map((name) => ({
      name,
      provider: name === "aws" ? "s3" : name,
      region: name === "aws" ? "us-east-1" : name === "azure" ? "eastus" : "us-central1",
      unit_name: "GB",
      unit_bytes: 2 ** 30,
      sources: { A1: "AWS Price List API, file of 2026-09-18" },
      classes: [storageClass("STANDARD"), storageClass("INTELLIGENT_TIERING", 0, true, true), storageClass("STANDARD_IA", 30), storageClass("GLACIER_IR", 90), storageClass("DEEP_ARCHIVE", 180, false)],
      lines: [
        line({ storage_class: "STANDARD", meter: "storage", usd: "0.023", unit: "GB-month", up_to: 51_200 }),
        line({ storage_class: "STANDARD", meter: "storage", usd: "0.022", unit: "GB-month", up_to: 512_000 }),
        line({ storage_class: "STANDARD", meter: "storage", usd: "0.021", unit: "GB-month" }),
        line({ storage_class: "STANDARD", meter: "read", usd: "0.0004", per: 1000, unit: "request" }),
        line({ storage_class: "STANDARD", meter: "write", usd: "0.005", per: 1000, unit: "request" }),
        line({ storage_class: "STANDARD_IA", meter: "storage", usd: "0.0125", unit: "GB-month" }),
        line({ storage_class: "STANDARD_IA", meter: "read", usd: "0.001", per: 1000, unit: "request" }),
        line({ storage_class: "STANDARD_IA", meter: "write", usd: "0.01", per: 1000, unit: "request" }),
        line({ storage_class: "STANDARD_IA", meter: "retrieval", usd: "0.01", unit: "GB" }),
        line({ storage_class: "STANDARD_IA", meter: "transition", usd: "0.01", per: 1000, unit: "request" }),
        line({ storage_class: "GLACIER_IR", meter: "storage", usd: "0.004", unit: "GB-month" }),
        line({ storage_class: "GLACIER_IR", meter: "retrieval", usd: "0.03", unit: "GB" }),
        line({ storage_class: "", meter: "egress", usd: "0.09", unit: "GB", option: "internet" }),
      ],
    })),
  }),
};
