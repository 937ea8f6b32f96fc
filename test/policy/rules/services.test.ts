import * as rules from "../../../policy/rules/services";
import { of, TYPE } from "../support/kubernetes";
import { option } from "../support/mutations";
import { prove } from "../support/prove";

const service = of("telemetry-service", TYPE.service);

describe("policy: services", () => {
    prove(rules.publicPath, {
        breaks: [
            service.set("spec.type", "LoadBalancer"),
            service.set("spec.type", "NodePort"),
            service.set("spec.externalIPs", ["203.0.113.1"]),
            service.set("metadata.annotations", { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" }),
            option("telemetry-service", { type: "kubernetes:networking.k8s.io/v1:Ingress" }, TYPE.service),
        ],
        missing: {
            passes: service.unset("spec.type"),
            because: "Kubernetes makes a service ClusterIP where nothing is said",
        },
        unknown: service.unknown("spec.type"),
    });

    prove(rules.serviceTarget, {
        breaks: [
            service.set("spec.selector", { other: "label" }),
            service.set("spec.ports.0.targetPort", 4319),
            service.set("spec.ports", []),
        ],
        missing: service.unset("spec.selector"),
        unknown: service.unknown("spec.selector"),
    });
});
