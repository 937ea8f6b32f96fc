import { strict as assert } from "node:assert";
import fc from "fast-check";
import { type ClassSize, JOBS, SIDECAR_LIMITS, limitsOf, quotaOf } from "../../components/model/quota";
import { formatCpu, formatMemory, parseCpu, parseMemory } from "../../components/model/quantities";

const analyst: ClassSize = {
    agents: 120,
    cpu: { request: "250m", limit: "2" },
    memory: "3Gi",
    ephemeralStorage: "4Gi",
    stateSize: "10Gi",
};
const sidecars = { cpuMillicores: 80, memoryMiB: 304 };

const size = fc.record<ClassSize>({
    agents: fc.integer({ min: 1, max: 5000 }),
    cpu: fc
        .tuple(fc.integer({ min: 50, max: 4000 }), fc.integer({ min: 0, max: 4000 }))
        .map(([request, more]) => ({ request: formatCpu(request), limit: formatCpu(request + more) })),
    memory: fc.integer({ min: 256, max: 65536 }).map(formatMemory),
    ephemeralStorage: fc.integer({ min: 64, max: 65536 }).map(formatMemory),
    stateSize: fc.integer({ min: 1, max: 4096 }).map((gib) => `${gib}Gi`),
});

describe("quota", () => {
    it("is what twice the class's agents and its jobs can take together, to the last unit", () => {
        assert.deepEqual(quotaOf(analyst, sidecars), {
            pods: "244",
            "requests.cpu": "79600m", // 240 x 330m, 4 x 100m
            "limits.cpu": "722", // 240 x 3, 4 x 0.5
            "requests.memory": "812288Mi", // 240 x 3376 Mi, 4 x 512 Mi
            "limits.memory": "812288Mi",
            "requests.ephemeral-storage": "1081Gi", // 240 x 4608 Mi, 4 x 256 Mi
            "limits.ephemeral-storage": "1081Gi",
            persistentvolumeclaims: "240",
            "requests.storage": "2400Gi",
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        });
    });

    it("takes all agents with their sidecars while each is replaced, and all jobs, and not one agent more", () => {
        fc.assert(
            fc.property(size, (each) => {
                const quota = quotaOf(each, sidecars);
                const agents = 2 * each.agents;
                const jobs = JOBS.pods;
                const memory = parseMemory(each.memory) + sidecars.memoryMiB;
                assert.equal(quota["pods"], `${agents + jobs}`);
                assert.equal(parseMemory(quota["limits.memory"] ?? ""), agents * memory + jobs * JOBS.memoryMiB);
                assert.equal(quota["requests.memory"], quota["limits.memory"]);
                assert.equal(quota["requests.ephemeral-storage"], quota["limits.ephemeral-storage"]);
                assert.equal(
                    parseCpu(quota["requests.cpu"] ?? ""),
                    agents * (parseCpu(each.cpu.request) + sidecars.cpuMillicores) + jobs * JOBS.cpuRequestMillicores,
                );
                assert.equal(
                    parseCpu(quota["limits.cpu"] ?? ""),
                    agents * (parseCpu(each.cpu.limit) + SIDECAR_LIMITS.cpuMillicores) + jobs * JOBS.cpuLimitMillicores,
                );
                assert.equal(quota["persistentvolumeclaims"], `${agents}`);
                assert.equal(parseMemory(quota["requests.storage"] ?? ""), agents * parseMemory(each.stateSize));
            }),
        );
    });

    it("lets nothing be larger than the class says, so that it grows by pods alone", () => {
        assert.deepEqual(limitsOf(analyst, sidecars), [
            {
                type: "Container",
                max: { cpu: "2", memory: "3Gi", "ephemeral-storage": "4Gi" },
                min: { cpu: "5m", memory: "16Mi", "ephemeral-storage": "1Mi" },
                default: { cpu: "500m", memory: "128Mi", "ephemeral-storage": "64Mi" },
                defaultRequest: { cpu: "10m", memory: "128Mi", "ephemeral-storage": "64Mi" },
            },
            { type: "Pod", max: { cpu: "3", memory: "3376Mi", "ephemeral-storage": "4608Mi" } },
            { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "10Gi" } },
        ]);
    });

    it("leaves no container without limits, and its defaults within its own bounds", () => {
        fc.assert(
            fc.property(size, (each) => {
                const [container] = limitsOf(each, sidecars);
                assert.ok(container?.max && container.min && container.default && container.defaultRequest);
                for (const resource of ["cpu", "memory", "ephemeral-storage"]) {
                    const parse = resource === "cpu" ? parseCpu : parseMemory;
                    const at = (bound: Record<string, string>) => parse(bound[resource] ?? "");
                    assert.ok(at(container.min) <= at(container.defaultRequest), resource);
                    assert.ok(at(container.defaultRequest) <= at(container.default), resource);
                    assert.ok(at(container.default) <= at(container.max), resource);
                }
            }),
        );
    });
});
