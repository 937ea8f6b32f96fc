import { strict as assert } from "node:assert";
import { DRAIN_SECONDS } from "../../../../components/compute/agents/runtime";
import { parseCpu, parseMemory } from "../../../../components/model/quantities";
import { SIDECAR_LIMITS } from "../../../../components/model/quota";
import { SIDECARS } from "../../../../settings/fleet";
import { type Container, type Template, args, container, containersOf, digest, fleets, templateOf } from "./support";

describe("An agent's pod", () => {
    let template: Template;
    let gateway: Container;
    before(async () => {
        template = templateOf(await fleets(args), "analyst");
        gateway = container(template, "gateway");
    });

    const sum = (all: Container[], kind: "requests" | "limits", of: string, parse: (text: string) => number): number =>
        all.reduce((total, { resources }) => total + parse(resources[kind][of] ?? ""), 0);
    const sidecars = (): Container[] => template.spec.initContainers.filter((each) => each.restartPolicy === "Always");

    it("runs one gateway, after what prepares it and between its sidecars", () => {
        assert.deepEqual(
            containersOf(template).map(({ name, restartPolicy }) => [name, restartPolicy]),
            [
                ["prepare", undefined],
                ["restore", undefined],
                ["unpack", undefined],
                ["litestream", "Always"],
                ["workspace-backup", "Always"],
                ["bridge", "Always"],
                ["gateway", undefined],
            ],
        );
        assert.equal(gateway.command, undefined, "a command would take the place of the image's init process");
    });

    it("gets what its class says, and not more", () => {
        assert.deepEqual(gateway.resources, {
            requests: { cpu: "250m", memory: "3Gi", "ephemeral-storage": "4Gi" },
            limits: { cpu: "2", memory: "3Gi", "ephemeral-storage": "4Gi" },
        });
    });

    it("limits every container in processor, memory and scratch space, the last two to what is requested", () => {
        for (const { name, resources } of containersOf(template)) {
            for (const kind of ["requests", "limits"] as const) {
                assert.deepEqual(Object.keys(resources[kind]).sort(), ["cpu", "ephemeral-storage", "memory"], name);
            }
            assert.equal(resources.requests["memory"], resources.limits["memory"], name);
            assert.equal(resources.requests["ephemeral-storage"], resources.limits["ephemeral-storage"], name);
            assert.ok(parseCpu(resources.requests["cpu"] ?? "") <= parseCpu(resources.limits["cpu"] ?? ""), name);
        }
    });

    it("has sidecars within what nodes and quotas are planned with", () => {
        assert.ok(sum(sidecars(), "requests", "cpu", parseCpu) <= SIDECARS.cpuMillicores);
        assert.ok(sum(sidecars(), "requests", "memory", parseMemory) <= SIDECARS.memoryMiB);
        assert.ok(sum(sidecars(), "limits", "cpu", parseCpu) <= SIDECAR_LIMITS.cpuMillicores);
        assert.ok(sum(sidecars(), "limits", "ephemeral-storage", parseMemory) <= SIDECAR_LIMITS.ephemeralMiB);
    });

    it("asks its node for nothing more while it starts", () => {
        for (const { name, resources, restartPolicy } of template.spec.initContainers) {
            if (restartPolicy === "Always") continue;
            const { requests } = resources;
            assert.ok(parseCpu(requests["cpu"] ?? "") <= parseCpu("250m"), name);
            assert.ok(parseMemory(requests["memory"] ?? "") <= parseMemory("3Gi"), name);
            assert.ok(parseMemory(requests["ephemeral-storage"] ?? "") <= parseMemory("4Gi"), name);
        }
    });

    it("keeps the gateway's heap to three quarters of its memory", () => {
        const options = gateway.env.filter(({ name }) => name === "NODE_OPTIONS").map(({ value }) => value);
        assert.deepEqual(options, ["--max-old-space-size=2304"]);
    });

    it("limits its network in both directions, as its class says", () => {
        assert.deepEqual(template.metadata.annotations, {
            "kubernetes.io/ingress-bandwidth": "50M",
            "kubernetes.io/egress-bandwidth": "20M",
            "kubectl.kubernetes.io/default-container": "gateway",
            "eks.amazonaws.com/skip-containers": "prepare,unpack,workspace-backup,gateway",
        });
    });

    it("keeps to restricted pod security, with a root file system that nobody writes to", () => {
        assert.deepEqual(template.spec["securityContext"], {
            runAsNonRoot: true,
            runAsUser: 1000,
            runAsGroup: 1000,
            fsGroup: 1000,
            fsGroupChangePolicy: "OnRootMismatch",
            seccompProfile: { type: "RuntimeDefault" },
        });
        for (const { name, securityContext } of containersOf(template)) {
            assert.deepEqual(
                securityContext,
                {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
                name,
            );
        }
    });

    it("shares nothing with its node", () => {
        for (const key of ["hostNetwork", "hostPID", "hostIPC", "hostAliases", "shareProcessNamespace"]) {
            assert.ok(!(key in template.spec), key);
        }
        assert.ok(!JSON.stringify(template).includes("hostPort"));
    });

    it("is nobody in the cluster: no token, no right, no addresses of services in its environment", () => {
        assert.equal(template.spec["serviceAccountName"], "agent");
        assert.equal(template.spec["automountServiceAccountToken"], false);
        assert.equal(template.spec["enableServiceLinks"], false);
    });

    it("has these volumes beside its state: memory, scratch, files and the class's secrets; never NFS, EFS or the node's disk", () => {
        assert.deepEqual(template.spec.volumes, [
            { name: "run", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
            { name: "scratch", emptyDir: { sizeLimit: "4Gi" } },
            { name: "files", configMap: { name: filesOf(template) } },
            { name: "class-key", secret: { secretName: "gateway", defaultMode: 0o440 } },
            { name: "telemetry", secret: { secretName: "telemetry", defaultMode: 0o440 } },
        ]);
        const known = ["state", ...template.spec.volumes.map(({ name }) => name)];
        for (const { name, volumeMounts } of containersOf(template)) {
            for (const mount of volumeMounts) assert.ok(known.includes(mount.name), `${name}: ${mount.name}`);
        }
    });

    it("shows the class's key and the root of the volume to prepare alone", () => {
        const sees = (test: (mount: Container["volumeMounts"][number]) => boolean): string[] =>
            containersOf(template)
                .filter(({ volumeMounts }) => volumeMounts.some(test))
                .map(({ name }) => name);
        assert.deepEqual(
            sees(({ name }) => name === "class-key"),
            ["prepare"],
        );
        assert.deepEqual(
            sees(({ name, subPath }) => name === "state" && subPath === undefined),
            ["prepare"],
        );
        assert.deepEqual(
            sees(({ name, subPath }) => name === "scratch" && subPath === undefined),
            ["prepare"],
        );
    });

    it("lets the gateway write to its state and to /tmp, and to nothing else", () => {
        const writable = gateway.volumeMounts.filter(({ readOnly }) => readOnly !== true);
        assert.deepEqual(writable, [
            { name: "state", mountPath: "/home/node/.openclaw", subPath: "openclaw" },
            { name: "state", mountPath: "/home/node/.config/openclaw", subPath: "config" },
            { name: "scratch", mountPath: "/tmp", subPath: "tmp" },
        ]);
        for (const { name, volumeMounts } of containersOf(template)) {
            const run = volumeMounts.find((mount) => mount.name === "run");
            assert.ok(run === undefined || run.readOnly === true || name === "prepare", `${name} writes to run`);
            const files = volumeMounts.filter((mount) => mount.name === "files");
            const shown = [{ name: "files", mountPath: "/etc/openclaw", readOnly: true }];
            assert.deepEqual(files, name === "bridge" ? [] : shown, name);
        }
    });

    it("is probed where OpenClaw answers, with five minutes to start", () => {
        const { startupProbe: startup, readinessProbe: readiness, livenessProbe: liveness } = gateway;
        assert.ok(startup && readiness && liveness);
        assert.deepEqual(
            [startup, readiness, liveness].map(({ httpGet }) => httpGet),
            ["/startupz", "/startupz", "/healthz"].map((path) => ({ path, port: "gateway", scheme: "HTTP" })),
        );
        assert.ok(startup.periodSeconds * startup.failureThreshold >= 300);
        assert.deepEqual(gateway.ports, [{ name: "gateway", containerPort: 18789, protocol: "TCP" }]);
    });

    it("starts its bridge before the gateway, which finds its tools there, and restarts it when it hangs", () => {
        const bridge = container(template, "bridge");
        assert.equal(bridge.image, `registry.example.com/openclaw-bridge:0.1.0@${digest}`);
        assert.deepEqual([bridge.command, bridge.args], [undefined, undefined], "the image says how it is run");
        assert.deepEqual(bridge.ports, [{ name: "health", containerPort: 18791, protocol: "TCP" }]);
        const { startupProbe: startup, readinessProbe: readiness, livenessProbe: liveness } = bridge;
        assert.ok(startup && readiness && liveness);
        assert.deepEqual(
            [startup, readiness, liveness].map(({ httpGet }) => httpGet),
            // Not `/readyz` to start: without brokers and database an agent starts all the same.
            ["/healthz", "/readyz", "/healthz"].map((path) => ({ path, port: "health", scheme: "HTTP" })),
        );
        assert.deepEqual(bridge.resources.requests, { cpu: "50m", memory: "128Mi", "ephemeral-storage": "128Mi" });
    });

    it("shows its bridge the tokens of this pod, and none of its state", () => {
        assert.deepEqual(container(template, "bridge").volumeMounts, [
            { name: "run", mountPath: "/run/openclaw", readOnly: true },
            { name: "telemetry", mountPath: "/mnt/telemetry", readOnly: true },
        ]);
    });

    it("ends its turn before it stops, and has the time for it", () => {
        assert.deepEqual(gateway.lifecycle, { preStop: { exec: { command: ["node", "/etc/openclaw/drain.mjs"] } } });
        assert.ok(template.spec.terminationGracePeriodSeconds >= DRAIN_SECONDS + 30);
    });

    it("runs on agent nodes alone, spread over zones of which a dead one does not count", () => {
        assert.deepEqual(template.spec["nodeSelector"], { "openclaw/pool": "agents" });
        assert.deepEqual(template.spec["tolerations"], [
            { key: "openclaw/pool", operator: "Equal", value: "agents", effect: "NoSchedule" },
        ]);
        assert.equal(template.spec["priorityClassName"], "openclaw-agent");
        assert.deepEqual(template.spec["topologySpreadConstraints"], [
            {
                topologyKey: "topology.kubernetes.io/zone",
                maxSkew: 1,
                whenUnsatisfiable: "DoNotSchedule",
                nodeAffinityPolicy: "Honor",
                nodeTaintsPolicy: "Honor",
                labelSelector: { matchLabels: { "openclaw/tier": "agents", "openclaw/class": "analyst" } },
            },
        ]);
    });

    it("says whose it is and which release it runs", () => {
        assert.deepEqual(template.metadata.labels, {
            "app.kubernetes.io/name": "openclaw-agent",
            "app.kubernetes.io/part-of": "openclaw",
            "app.kubernetes.io/version": "2026.9.6",
            "openclaw/tier": "agents",
            "openclaw/class": "analyst",
        });
    });

    it("is made of images that a digest names", () => {
        for (const { name, image, imagePullPolicy } of containersOf(template)) {
            assert.match(image, /^[a-z0-9.-]+\/[a-z0-9/._-]+:[\w.-]+@sha256:[0-9a-f]{64}$/, name);
            assert.equal(imagePullPolicy, "IfNotPresent", name);
        }
        assert.equal(gateway.image, `ghcr.io/openclaw/openclaw:2026.9.6@${digest}`);
    });

    it("asks its registry again where only a tag names an image", async () => {
        const { repository, tag } = args.images.openclaw;
        const images = { ...args.images, openclaw: { repository, tag } };
        const tagged = templateOf(await fleets({ ...args, images }), "analyst");
        const { image, imagePullPolicy } = container(tagged, "gateway");
        assert.deepEqual([image, imagePullPolicy], ["ghcr.io/openclaw/openclaw:2026.9.6", "Always"]);
    });

    it("knows its own name, and no variable twice", () => {
        for (const { name, env } of containersOf(template)) {
            const names = env.map((each) => each.name);
            assert.equal(new Set(names).size, names.length, name);
        }
        assert.deepEqual(
            gateway.env.find(({ name }) => name === "POD_NAME"),
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        );
    });
});

/** Name of the ConfigMap with the files, which carries their hash. */
function filesOf({ spec }: Template): string {
    const [, name] = /"configMap":\{"name":"(openclaw-[0-9a-f]{10})"\}/.exec(JSON.stringify(spec.volumes)) ?? [];
    assert.ok(name);
    return name;
}
