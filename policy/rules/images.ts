import { z } from "zod";
import { containerRule } from "./support/pods";

const IMAGES = "https://kubernetes.io/docs/concepts/containers/images/";

export const imageDigest = containerRule({
    name: "container-image-digest",
    description: "Every image is named by its digest, and so is the same for ever",
    severity: "high",
    references: [
        "Checkov CKV_K8S_14",
        "Checkov CKV_K8S_43",
        "kube-linter latest-tag",
        "Kubescape C-0075",
        "openclaw promise 8",
    ],
    remediation: "Name the image as repository:tag@sha256:digest.",
    url: IMAGES,
    check({ props }, say) {
        const image = props.text("image");
        if (image === undefined) say.missing("has no image");
        else if (!/@sha256:[0-9a-f]{64}$/.test(image)) say.wrong(`has image ${image}, one by digest is required`);
        else if (/:latest@/.test(image)) say.wrong(`has image ${image}, whose tag latest tells nobody the version`);
    },
});

export const imageRegistry = containerRule({
    name: "container-image-registry",
    description: "Every image is from a registry that is trusted",
    severity: "medium",
    references: ["Kubescape C-0078", "Kubescape C-0001", "openclaw promise 8"],
    remediation: "Take the image from one of the registries, or add its own to the setting.",
    url: IMAGES,
    settings: {
        registries: z
            .array(z.string().min(1))
            .min(1)
            .default(["ghcr.io", "docker.io", "quay.io", "registry.k8s.io", "public.ecr.aws", "*.amazonaws.com"])
            .describe("Hosts of registries; `*.` before a domain stands for any host in it"),
    },
    check({ props }, say, { registries }) {
        const image = props.text("image");
        if (image === undefined) return;
        const first = image.includes("/") ? (image.split("/")[0] ?? "") : "";
        const host = /[.:]/.test(first) ? first : "docker.io";
        const trusted = registries.some((each) =>
            each.startsWith("*.") ? host.endsWith(each.slice(1)) : host === each,
        );
        if (!trusted) say.wrong(`has an image from ${host}, ${registries.join(", ")} are trusted`);
    },
});

export const imageRules = [imageDigest, imageRegistry];
