import type { Properties } from "../../../plan/offline-engine";
import {
    configurationImmutable,
    gatewayAuthenticated,
    gatewayDiscreet,
    gatewayFixed,
    gatewaySurfaces,
} from "../../../policy/rules/gateway";
import { UNKNOWN } from "../../../policy/engine/value";
import { change, type Mutation, set, unset } from "../support/mutations";
import { prove } from "../support/prove";

type Tree = { [key: string]: Tree | string | boolean };

/** Edits OpenClaw's configuration of the analysts; the object's name carries a hash of it. */
function configuration(edit: (tree: Tree) => void): Mutation {
    return (resources) => {
        const found = resources.find(({ name }) => name.startsWith("fleet-analyst-files-"));
        return change(found?.name ?? "", (inputs) => {
            const data = inputs["data"] as Properties;
            const tree = JSON.parse(String(data["openclaw.json"])) as Tree;
            edit(tree);
            data["openclaw.json"] = JSON.stringify(tree);
        })(resources);
    };
}

function at(path: string, value?: string | boolean): Mutation {
    return configuration((tree) => {
        const keys = path.split(".");
        const last = keys.pop() ?? "";
        let holder = tree;
        for (const key of keys) holder = holder[key] as Tree;
        if (value === undefined) Reflect.deleteProperty(holder, last);
        else holder[last] = value;
    });
}

const analysts = (mutate: (name: string) => Mutation): Mutation => {
    return (resources) =>
        mutate(resources.find(({ name }) => name.startsWith("fleet-analyst-files-"))?.name ?? "")(resources);
};
const unknown = analysts((name) => set(name, "data", UNKNOWN));

describe("policy: gateway", () => {
    prove(gatewayAuthenticated, {
        breaks: [at("gateway.auth.mode", "none"), at("secrets.providers.pod.path", "/home/node/.openclaw/token")],
        missing: at("gateway.auth.mode"),
        unknown,
    });
    prove(gatewaySurfaces, {
        breaks: [at("gateway.controlUi.enabled", true), at("gateway.http.endpoints.responses.files.allowUrl", true)],
        missing: at("gateway.terminal.enabled"),
        unknown,
    });
    prove(gatewayFixed, {
        breaks: [at("models.mode", "merge"), at("update.auto.enabled", true)],
        missing: at("skills.install.allowUploadedArchives"),
        unknown,
    });
    prove(gatewayDiscreet, {
        breaks: [at("diagnostics.otel.captureContent", true), at("telemetry.enabled", true)],
        missing: at("diagnostics.otel.captureContent"),
        unknown,
    });
    prove(configurationImmutable, {
        breaks: [analysts((name) => set(name, "immutable", false))],
        missing: analysts((name) => unset(name, "immutable")),
        unknown: analysts((name) => set(name, "immutable", UNKNOWN)),
    });
});
