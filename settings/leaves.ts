import { text } from "./fields";

/* Kinds of values that stand in several places of the configuration. */

export const matches = (pattern: RegExp) => (value: string) => pattern.test(value);

export const email = (description: string, example: string) =>
    text({ description, example, rule: "must be an e-mail address" }, matches(/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/));

export const cidr = (description: string, example: string, rule: string, test: (value: string) => boolean) =>
    text({ description, example, rule }, test);

export const zoneName = text(
    { description: "An availability zone", example: "us-east-1a", rule: "must be a zone's name, e.g. us-east-1a" },
    matches(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/),
);

const octet = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
export const ipv4Cidr = new RegExp(`^${octet}(\\.${octet}){3}/(3[0-2]|[12]?\\d)$`);

/** CPU as Kubernetes writes it. */
export const cpu = (description: string, example: string) =>
    text(
        {
            description,
            example,
            rule: 'must be processor time as Kubernetes writes it: "250m" (a quarter core) or "2"',
        },
        matches(/^([1-9]\d*m|[1-9]\d*(\.\d+)?|0\.\d*[1-9]\d*)$/),
    );

/** Bytes as Kubernetes writes them; only Mi and Gi, so that nobody mixes up powers of two and of ten. */
export const bytes = (description: string, example: string) =>
    text({ description, example, rule: "must be a size in Mi or Gi, e.g. 512Mi or 3Gi" }, matches(/^[1-9]\d*(Mi|Gi)$/));

export const bandwidth = (description: string, example: string) =>
    text(
        { description, example, rule: "must be bits per second with the suffix M or G, e.g. 50M, from 1M to 10G" },
        (value) => {
            const match = /^([1-9]\d*)([MG])$/.exec(value);
            const megabits = Number(match?.[1] ?? 0) * (match?.[2] === "G" ? 1000 : 1);
            return megabits >= 1 && megabits <= 10_000;
        },
    );

export const instanceType = (description: string, example: string, pattern: RegExp, rule: string) =>
    text({ description, example, rule }, matches(pattern));
