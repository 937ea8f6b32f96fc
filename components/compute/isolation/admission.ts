import * as admission from "@pulumi/kubernetes/admissionregistration/v1";
import * as pulumi from "@pulumi/pulumi";
import { AGENT_TIER, TIER_LABEL } from "../agents/spec";
import { type GuardrailPolicy, GUARDRAILS } from "./guardrails";
import { PLATFORM_LABELS } from "./network-policies";
import { nameAfter } from "../known-name";

/**
 * What the cluster itself refuses in agents' namespaces, whoever asks: a hand-made `kubectl apply` meets the rules that a
 * pull request meets. Evaluated in the API server, so there is no webhook that could be down.
 */
export class AdmissionGuardrails extends pulumi.ComponentResource {
    /** Known once every rule is in force: for what must not come before them. */
    readonly ready: pulumi.Output<boolean>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:compute:AdmissionGuardrails", name, {}, opts);
        const bindings = GUARDRAILS.map((policy) => this.enforce(name, policy));
        this.ready = pulumi.all(bindings.map(({ id }) => id)).apply(() => true);
        this.registerOutputs({ ready: this.ready });
    }

    private enforce(name: string, policy: GuardrailPolicy): admission.ValidatingAdmissionPolicyBinding {
        const metadata = { name: policy.name, labels: { ...PLATFORM_LABELS } };
        const child = { parent: this };
        const created = new admission.ValidatingAdmissionPolicy(
            `${name}-${policy.name}`,
            { metadata, spec: policySpec(policy) },
            child,
        );
        return new admission.ValidatingAdmissionPolicyBinding(
            `${name}-${policy.name}`,
            {
                metadata,
                spec: {
                    policyName: nameAfter(policy.name, created),
                    // Audit as well: a refusal stands in the cluster's audit log with its reason.
                    validationActions: ["Deny", "Audit"],
                    ...(policy.everywhere === true ? {} : { matchResources: IN_AGENT_NAMESPACES }),
                },
            },
            child,
        );
    }
}

const IN_AGENT_NAMESPACES = { namespaceSelector: { matchLabels: { [TIER_LABEL]: AGENT_TIER } } };

/** `ValidatingAdmissionPolicy.spec`. */
export function policySpec(policy: GuardrailPolicy) {
    return {
        // A rule that cannot be evaluated refuses.
        failurePolicy: "Fail",
        matchConstraints: {
            matchPolicy: "Equivalent",
            resourceRules: policy.resources.map((rule) => ({
                apiGroups: [...rule.groups],
                apiVersions: [...rule.versions],
                resources: [...rule.resources],
                operations: [...rule.operations],
            })),
        },
        matchConditions: policy.only.map(({ name, expression }) => ({ name, expression })),
        variables: policy.variables.map(({ name, expression }) => ({ name, expression })),
        validations: policy.rules.map(({ expression, message }) => ({ expression, message })),
    };
}
