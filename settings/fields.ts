import { z } from "zod";

/** What a value is, a value that would do, and the rule it must keep, as a sentence that follows "must be". */
export interface Field {
    readonly description: string;
    readonly example: unknown;
    readonly rule: string;
}

/** Text that keeps a rule. */
export const text = (field: Field, test: (value: string) => boolean) =>
    z
        .string({ error: field.rule })
        .refine(test, { error: field.rule })
        .meta({ ...field });

/** A whole number from `min` to `max`. */
export const whole = (field: Omit<Field, "rule"> & { unit?: string }, min: number, max: number) => {
    const rule = `must be a whole number${field.unit ? ` of ${field.unit}` : ""} from ${min} to ${max}`;
    return z
        .number({ error: rule })
        .refine((value) => Number.isInteger(value) && value >= min && value <= max, { error: rule })
        .meta({ description: field.description, example: field.example, rule });
};

/** A number from `min` to `max`, in steps where AWS has them. */
export const decimal = (field: Omit<Field, "rule">, min: number, max: number, step: number) => {
    const rule = `must be a number from ${min} to ${max} in steps of ${step}`;
    return z
        .number({ error: rule })
        .refine((value) => value >= min && value <= max && isMultiple(value, step), { error: rule })
        .meta({ ...field, rule });
};

/** Whether a number is so many steps: 0.29 is 29 steps of 0.01, though 0.29 / 0.01 is 28.999999999999996. */
function isMultiple(value: number, step: number): boolean {
    const steps = value / step;
    return Math.abs(steps - Math.round(steps)) < 1e-9 * Math.max(1, Math.abs(steps));
}

/** true or false. */
export const flag = (field: Omit<Field, "rule">) => {
    const rule = "must be true or false";
    return z.boolean({ error: rule }).meta({ ...field, rule });
};

/** One of a few words. */
export const choice = <const T extends readonly [string, ...string[]]>(field: Omit<Field, "rule">, values: T) => {
    const rule = `must be one of ${values.join(", ")}`;
    return z.enum(values, { error: rule }).meta({ ...field, rule });
};

/** A list of `min` to `max` different values. */
export const list = <T extends z.ZodType>(field: Omit<Field, "rule">, item: T, min: number, max: number) => {
    const rule = min === max ? `must be a list of ${min}` : `must be a list of ${min} to ${max}, without repetition`;
    return z
        .array(item, { error: rule })
        .refine((values) => values.length >= min && values.length <= max && new Set(values).size === values.length, {
            error: rule,
        })
        .meta({ ...field, rule });
};

/** An object with exactly these keys. */
export const group = <T extends z.ZodRawShape>(description: string, shape: T) => {
    const rule = `must be an object with the keys ${Object.keys(shape).join(", ")}`;
    return z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? rule : undefined) }).meta({
        description,
        rule,
    });
};
