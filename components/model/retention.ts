/** Every number of days that CloudWatch Logs accepts as a group's retention (PutRetentionPolicy, API reference). */
export const CLOUDWATCH_RETENTION_DAYS: readonly number[] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Decision logs are kept at least this many days, in every environment. */
export const MINIMUM_DECISION_LOG_DAYS = 365;

/**
 * The smallest retention that CloudWatch accepts and that keeps logs for at least `days`: rounding down would break a
 * promise, and CloudWatch refuses what lies between its values (366 becomes 400).
 *
 * @throws RangeError where `days` is not above zero, or is longer than CloudWatch can keep.
 */
export function nearestRetention(days: number): number {
    const accepted = days > 0 ? CLOUDWATCH_RETENTION_DAYS.find((candidate) => candidate >= days) : undefined;
    if (accepted === undefined) {
        throw new RangeError(
            `CloudWatch keeps logs for 1 to ${Math.max(...CLOUDWATCH_RETENTION_DAYS)} days, not ${days}`,
        );
    }
    return accepted;
}
