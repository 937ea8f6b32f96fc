const PER_DAY: Readonly<Record<string, number>> = { minute: 1440, hour: 24, day: 1 };

/**
 * Days between two runs of a schedule of AWS, at most: `cron(0 2 * * ? *)` is 1, on weekdays 7, on days of the month 31,
 * `rate(12 hours)` a half, `cron(0 * * * ? *)` an hour. Undefined for what runs less often, or is no schedule.
 */
export function daysBetween(schedule: string | undefined): number | undefined {
    const [, amount, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule ?? "") ?? [];
    if (amount !== undefined) return Number(amount) / (PER_DAY[unit] ?? 1);
    const fields =
        /^cron\((.*)\)$/
            .exec(schedule ?? "")?.[1]
            ?.trim()
            .split(/\s+/) ?? [];
    const [minute = "", hour = "", day = "", month = "", weekday = "", year = ""] = fields;
    const valid = fields.length === 6 && /^[\d*/,-]+$/.test(minute) && /^[\d*/,-]+$/.test(hour);
    if (!valid || month !== "*" || year !== "*") return undefined;
    const any = (field: string) => field === "*" || field === "?";
    if (any(day) && any(weekday)) return hour === "*" && /^\d+$/.test(minute) ? 1 / 24 : 1;
    return any(day) ? 7 : 31;
}
