import * as rules from "../../../policy/rules/guardrails";
import { of } from "../support/kubernetes";
import { prove } from "../support/prove";

const KIND = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const named = (name: string) => `isolation-guardrails-openclaw-agent-${name}`;
const pods = of(named("pods"), KIND, "spec");
const claims = of(named("claims"), KIND, "spec");
const binding = of(named("claims"), `${KIND}Binding`, "spec");

describe("policy: guardrails", () => {
    prove(rules.guardrailClosed, {
        breaks: [pods.set("failurePolicy", "Ignore"), pods.set("matchConstraints.matchPolicy", "Exact")],
        missing: pods.unset("failurePolicy"),
        unknown: pods.unknown("failurePolicy"),
    });

    prove(rules.guardrailExpressions, {
        breaks: [
            claims.set("validations.2", { expression: "true", message: "Do nothing." }),
            claims.unset("validations.0.message"),
            pods.set("matchConditions.0.expression", "false"),
            pods.set("variables.3.name", "other"),
        ],
        missing: claims.unset("validations"),
        unknown: claims.unknown("validations"),
    });

    prove(rules.guardrailBound, {
        breaks: [
            binding.set("validationActions", ["Deny"]),
            of(named("namespaces"), `${KIND}Binding`, "spec").set("validationActions", ["Audit"]),
            binding.set("policyName", "other"),
        ],
        missing: binding.unset("validationActions"),
        unknown: binding.unknown("validationActions"),
        also: { "guardrail-scope": "what refuses nothing judges nothing" },
    });

    prove(rules.guardrailScope, {
        breaks: [
            pods.set("matchConstraints.resourceRules.0.operations", ["CREATE"]),
            pods.set("matchConstraints.resourceRules.1.resources", ["pods/resize"]),
            binding.set("matchResources.namespaceSelector.matchLabels", { "openclaw/class": "support" }),
            binding.set("matchResources.objectSelector", { matchLabels: { checked: "yes" } }),
        ],
        missing: pods.unset("matchConstraints.resourceRules"),
        unknown: pods.unknown("matchConstraints"),
    });

    prove(rules.guardrailSubjects, {
        breaks: [
            pods.unset("validations.4"),
            claims.set("validations.0.expression", "has(object.spec.accessModes)"),
            of(named("namespaces"), KIND, "spec").unset("validations.1"),
        ],
        missing: pods.unset("validations.0"),
        unknown: pods.unknown("validations"),
    });
});
