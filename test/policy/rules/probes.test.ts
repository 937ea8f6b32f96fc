import * as rules from "../../../policy/rules/probes";
import { collector, gateway } from "../support/kubernetes";
import { prove } from "../support/prove";

describe("policy: probes", () => {
    prove(rules.containerProbes, {
        breaks: [gateway.unset("livenessProbe"), collector.unset("containers.0.startupProbe")],
        missing: gateway.unset("readinessProbe"),
        unknown: gateway.unknown("ports"),
    });

    prove(rules.probeTarget, {
        breaks: [
            gateway.set("livenessProbe.httpGet.port", "other"),
            gateway.set("livenessProbe.httpGet.path", "healthz"),
            gateway.set("livenessProbe.httpGet.scheme", "FTP"),
        ],
        missing: gateway.unset("livenessProbe.httpGet"),
        unknown: gateway.unknown("livenessProbe.httpGet.port"),
    });

    prove(rules.probeTime, {
        breaks: [gateway.set("livenessProbe.failureThreshold", 40), gateway.set("readinessProbe.periodSeconds", 100)],
        missing: gateway.unset("startupProbe.failureThreshold"),
        unknown: gateway.unknown("startupProbe.periodSeconds"),
    });
});
