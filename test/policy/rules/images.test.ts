import * as rules from "../../../policy/rules/images";
import { asItIs, collector, gateway, prepare } from "../support/kubernetes";
import { prove } from "../support/prove";

const DIGEST = `sha256:${"0".repeat(64)}`;

describe("policy: images", () => {
    prove(rules.imageDigest, {
        breaks: [
            gateway.set("image", "ghcr.io/openclaw/openclaw:2026.9.6"),
            prepare.set("image", `ghcr.io/openclaw/openclaw:latest@${DIGEST}`),
        ],
        missing: collector.unset("containers.0.image"),
        unknown: gateway.unknown("image"),
    });

    prove(rules.imageRegistry, {
        breaks: [
            gateway.set("image", `registry.example.com/openclaw@${DIGEST}`),
            gateway.set("image", `amazonaws.com.example.net/openclaw@${DIGEST}`),
        ],
        missing: { passes: asItIs, because: "an image without a host is Docker Hub's" },
        unknown: gateway.unknown("image"),
    });
});
