import { PolicyPack } from "@pulumi/policy";
import { policiesOf } from "./engine/crossguard";
import { RULES } from "./rules";

const today = new Date().toISOString().slice(0, 10);

new PolicyPack("openclaw", {
    displayName: "OpenClaw agent fleet",
    description: "The promises of the platform, as rules for every pull request",
    enforcementLevel: "mandatory",
    policies: policiesOf(RULES, today),
});
