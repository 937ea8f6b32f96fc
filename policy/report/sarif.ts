import { createHash } from "node:crypto";
import type { Finding, Outcome } from "../engine/evaluate";
import type { Rule } from "../engine/rule";
import { isMandatoryLevel, type PolicyReport } from "./report";
import type { Locate } from "./sources";

/** How GitHub ranks findings: critical above 9.0, high above 7.0, medium above 4.0. */
const SECURITY_SEVERITY = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" };

/** The report as SARIF 2.1.0, for code scanning: findings stand at the source that makes the resource. */
export function policySarif(report: PolicyReport, locate: Locate, version: string) {
    const rules = report.outcomes.map(({ rule }) => rule);
    return {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [
            {
                tool: { driver: { name: "openclaw-policy", version, rules: rules.map(describe) } },
                automationDetails: { id: `openclaw-policy/${report.subject}/` },
                results: report.outcomes.flatMap((outcome, ruleIndex) => resultsOf(outcome, ruleIndex, locate)),
            },
        ],
    };
}

function describe(rule: Rule) {
    return {
        id: rule.name,
        shortDescription: { text: rule.description },
        fullDescription: { text: `${rule.description}. ${rule.references.join(", ")}` },
        help: { text: `${rule.remediation} ${rule.url}`, markdown: `${rule.remediation}\n\n[Source](${rule.url})` },
        helpUri: rule.url,
        defaultConfiguration: { level: isMandatoryLevel(rule.level) ? "error" : "warning" },
        properties: { "security-severity": SECURITY_SEVERITY[rule.severity], tags: ["security", ...rule.references] },
    };
}

function resultsOf(outcome: Outcome, ruleIndex: number, locate: Locate) {
    const base = (finding: Finding) => ({
        ruleId: outcome.rule.name,
        ruleIndex,
        message: { text: `${finding.resource?.name ?? "The stack"} ${finding.message}. ${outcome.rule.remediation}` },
        locations: [locationOf(finding, locate)],
        partialFingerprints: { "resource/v1": fingerprint(outcome.rule, finding) },
    });
    const level = isMandatoryLevel(outcome.level) ? "error" : "warning";
    return [
        ...outcome.violations.map((finding) => ({ ...base(finding), kind: "fail", level })),
        // By the standard, a result that is no failure has no level.
        ...outcome.undecided.map((finding) => ({ ...base(finding), kind: "open", level: "none" })),
        ...outcome.excepted.map((finding) => ({
            ...base(finding),
            kind: "fail",
            level,
            suppressions: [
                {
                    kind: "external",
                    justification: `Until ${finding.exception.until}: ${finding.exception.reason}`,
                },
            ],
        })),
    ];
}

function locationOf({ resource }: Finding, locate: Locate) {
    const { file, line } = locate(resource);
    return {
        physicalLocation: { artifactLocation: { uri: file }, region: { startLine: line } },
        ...(resource && {
            logicalLocations: [{ name: resource.name, fullyQualifiedName: resource.urn, kind: "resource" }],
        }),
    };
}

/** The same finding in the next run, wherever its line has moved. */
function fingerprint({ name }: Rule, { resource }: Finding): string {
    return createHash("sha256")
        .update(`${name} ${resource?.urn ?? ""}`)
        .digest("hex")
        .slice(0, 32);
}
