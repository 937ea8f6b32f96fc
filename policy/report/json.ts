import type { Finding, Outcome } from "../engine/evaluate";
import type { PolicyReport } from "./report";

/** The report as data, for other programs: stable names, `format` says which. */
export function policyJson({ subject, configuration, resources, outcomes, disabled, passed }: PolicyReport) {
    return {
        format: "openclaw-policy/1",
        subject,
        configuration,
        resources,
        passed,
        disabled: disabled.map(({ name }) => name),
        rules: outcomes.map(({ rule, level, looked, violations, undecided, excepted, unused }: Outcome) => ({
            name: rule.name,
            description: rule.description,
            kind: rule.kind,
            severity: rule.severity,
            level,
            references: rule.references,
            remediation: rule.remediation,
            url: rule.url,
            looked,
            violations: violations.map(plain),
            undecided: undecided.map(plain),
            excepted: excepted.map((each) => ({
                ...plain(each),
                until: each.exception.until,
                reason: each.exception.reason,
            })),
            unusedExceptions: unused,
        })),
    };
}

function plain({ resource, message }: Finding) {
    return { resource: resource?.name, urn: resource?.urn, type: resource?.type, message };
}
