import * as addOns from "../../../policy/rules/add-ons";
import * as templates from "../../../policy/rules/launch-templates";
import * as rules from "../../../policy/rules/node-groups";
import { document, remove, set, unknown, unset } from "../support/mutations";
import { prove } from "../support/prove";

const GROUP = "system-nodes-a";
const TEMPLATE = "system-nodes-template";
const DRIVER = "addons-aws-ebs-csi-driver";
const METRICS = "addons-amazon-cloudwatch-observability";
const CONFIGURATION = "configurationValues";

/** Changes a value in the configuration of an add-on. */
const configured = (addOn: string, edit: (configuration: Record<string, Record<string, unknown>>) => void) =>
    document(addOn, CONFIGURATION, (found) => edit(found as Record<string, Record<string, unknown>>));

const userData = (text: string) => set(TEMPLATE, "userData", Buffer.from(text).toString("base64"));
const PODS = "[settings.kubernetes]\nmax-pods = 110\n";
const NO_CONTROL = "[settings.host-containers.control]\nenabled = false\n";

describe("policy: node groups and add-ons", () => {
    prove(addOns.addOnsPresent, {
        breaks: [remove("addons-metrics-server"), remove("identities-agent"), remove(DRIVER)],
        missing: unset("addons-metrics-server", "addonName"),
        unknown: unknown("addons-metrics-server", "addonName"),
    });

    prove(addOns.addOnConflicts, {
        breaks: [set(DRIVER, "resolveConflictsOnCreate", "NONE"), set(DRIVER, "resolveConflictsOnUpdate", "PRESERVE")],
        missing: unset(DRIVER, "resolveConflictsOnUpdate"),
        unknown: unknown(DRIVER, "resolveConflictsOnUpdate"),
    });

    prove(addOns.addOnPreserved, {
        breaks: [set(DRIVER, "preserve", false)],
        missing: unset(DRIVER, "preserve"),
        unknown: unknown(DRIVER, "preserve"),
    });

    prove(addOns.addOnIdentity, {
        breaks: [
            set(DRIVER, "podIdentityAssociations", []),
            set(DRIVER, "podIdentityAssociations.0.roleArn", "role"),
            set(DRIVER, "podIdentityAssociations.0.serviceAccount", "default"),
            set(METRICS, "serviceAccountRoleArn", "arn:aws:iam::111122223333:role/irsa"),
        ],
        missing: unset(DRIVER, "podIdentityAssociations"),
        unknown: unknown(DRIVER, "podIdentityAssociations"),
        also: { "pod-identity": "the role asks for another service account" },
    });

    prove(addOns.addOnNames, {
        breaks: [
            configured("addons-coredns", ({ autoScaling }) => Object.assign(autoScaling ?? {}, { enabled: false })),
            configured("addons-coredns", ({ autoScaling }) => Object.assign(autoScaling ?? {}, { minReplicas: 1 })),
            configured("addons-coredns", ({ autoScaling }) => Object.assign(autoScaling ?? {}, { maxReplicas: 2 })),
        ],
        missing: unset("addons-coredns", CONFIGURATION),
        unknown: unknown("addons-coredns", CONFIGURATION),
    });

    prove(addOns.addOnVolumes, {
        breaks: [
            configured(DRIVER, ({ node }) => Object.assign(node ?? {}, { reservedVolumeAttachments: 0 })),
            configured(DRIVER, ({ node }) => Object.assign(node ?? {}, { hostNetwork: false })),
            configured(DRIVER, ({ controller }) => Object.assign(controller ?? {}, { k8sTagClusterId: "other" })),
        ],
        missing: configured(DRIVER, (configuration) => delete configuration["node"]),
        unknown: unknown(DRIVER, CONFIGURATION),
    });

    prove(addOns.addOnObservability, {
        breaks: [set(METRICS, CONFIGURATION, "{}")],
        missing: unset(METRICS, CONFIGURATION),
        unknown: unknown(METRICS, CONFIGURATION),
    });

    prove(rules.nodeGroupImage, {
        breaks: [set(GROUP, "amiType", "AL2023_ARM_64_STANDARD")],
        missing: unset(GROUP, "amiType"),
        unknown: unknown(GROUP, "amiType"),
    });

    prove(rules.nodeGroupCapacity, {
        breaks: [set(GROUP, "capacityType", "SPOT")],
        missing: unset(GROUP, "capacityType"),
        unknown: unknown(GROUP, "capacityType"),
    });

    prove(rules.nodeGroupRepair, {
        breaks: [set(GROUP, "nodeRepairConfig.enabled", false)],
        missing: unset(GROUP, "nodeRepairConfig"),
        unknown: unknown(GROUP, "nodeRepairConfig.enabled"),
    });

    prove(rules.nodeGroupSize, {
        breaks: [
            set(GROUP, "scalingConfig.minSize", 1),
            set(GROUP, "scalingConfig.maxSize", 2),
            set(GROUP, "scalingConfig.maxSize", 11),
            set(GROUP, "scalingConfig.desiredSize", 5),
        ],
        missing: unset(GROUP, "scalingConfig.maxSize"),
        unknown: unknown(GROUP, "scalingConfig.desiredSize"),
    });

    prove(rules.nodeGroupUpdate, {
        breaks: [set(GROUP, "updateConfig.maxUnavailable", 2), set(GROUP, "updateConfig.maxUnavailablePercentage", 50)],
        missing: unset(GROUP, "updateConfig"),
        unknown: unknown(GROUP, "updateConfig.maxUnavailable"),
    });

    prove(rules.nodeGroupTemplate, {
        breaks: [set(GROUP, "launchTemplate.version", "$Latest"), unset(GROUP, "launchTemplate.id")],
        missing: unset(GROUP, "launchTemplate.version"),
        unknown: unknown(GROUP, "launchTemplate.version"),
    });

    prove(rules.nodeGroupRemoteAccess, {
        breaks: [set(GROUP, "remoteAccess", { ec2SshKey: "somebody" })],
        missing: { passes: (resources) => [...resources], because: "EKS opens no node unless it is asked to" },
        unknown: unknown(GROUP, "remoteAccess"),
    });

    prove(rules.nodeGroupNetworkTaint, {
        breaks: [
            set(GROUP, "taints", []),
            set(GROUP, "taints.0.key", "other"),
            set(GROUP, "taints.0.effect", "PREFER_NO_SCHEDULE"),
            set(GROUP, "taints.0.value", "false"),
        ],
        missing: unset(GROUP, "taints"),
        unknown: unknown(GROUP, "taints"),
    });

    prove(rules.nodeGroupLabels, {
        breaks: [set(GROUP, "labels", { "openclaw/pool": "agents" })],
        missing: unset(GROUP, "labels"),
        unknown: unknown(GROUP, "labels"),
    });

    prove(rules.nodeGroupVersion, {
        breaks: [set(GROUP, "version", "1.36")],
        missing: unset(GROUP, "version"),
        unknown: unknown(GROUP, "version"),
    });

    prove(templates.launchTemplateMetadata, {
        breaks: [
            set(TEMPLATE, "metadataOptions.httpTokens", "optional"),
            set(TEMPLATE, "metadataOptions.httpPutResponseHopLimit", 2),
            set(TEMPLATE, "metadataOptions.instanceMetadataTags", "enabled"),
        ],
        missing: unset(TEMPLATE, "metadataOptions"),
        unknown: unknown(TEMPLATE, "metadataOptions.httpTokens"),
    });

    prove(templates.launchTemplateVolumes, {
        breaks: [
            set(TEMPLATE, "blockDeviceMappings.1.ebs.encrypted", "false"),
            set(TEMPLATE, "blockDeviceMappings.1.ebs.deleteOnTermination", "false"),
            set(TEMPLATE, "blockDeviceMappings.0.ebs.volumeType", "gp2"),
            set(TEMPLATE, "blockDeviceMappings.0.ebs.volumeSize", 501),
            set(TEMPLATE, "blockDeviceMappings", []),
        ],
        missing: unset(TEMPLATE, "blockDeviceMappings.1.ebs.encrypted"),
        unknown: unknown(TEMPLATE, "blockDeviceMappings.1.ebs.encrypted"),
    });

    prove(templates.launchTemplateAddress, {
        breaks: [
            set(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress", "true"),
            unset(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress"),
        ],
        missing: unset(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress"),
        unknown: unknown(TEMPLATE, "networkInterfaces.0.associatePublicIpAddress"),
    });

    prove(templates.launchTemplateUserData, {
        breaks: [
            userData(PODS),
            userData(NO_CONTROL),
            userData(`${PODS}${NO_CONTROL.replace("false", "true")}`),
            userData(`${PODS.replace("110", "250")}${NO_CONTROL}`),
            userData(`${PODS}${NO_CONTROL}[settings.host-containers.admin]\nenabled = true\n`),
        ],
        missing: unset(TEMPLATE, "userData"),
        unknown: unknown(TEMPLATE, "userData"),
    });
});
