export interface InstanceType {
    readonly name: string;
    readonly architecture: "arm64" | "x86_64";
    readonly vCpus: number;
    readonly memoryMiB: number;
    /** Network interfaces, the first one included. */
    readonly interfaces: number;
    /** IPv4 addresses on one interface, its own included; each of the others can be a /28 prefix. */
    readonly addressesPerInterface: number;
    /** EBS attachments: older types share them with network interfaces (aws-ebs-csi-driver, pkg/cloud/limits). */
    readonly attachments: { readonly limit: number; readonly shared: boolean };
}

const SHARED = { limit: 27, shared: true };
const DEDICATED = { limit: 32, shared: false };

const FAMILIES = {
    m6g: { architecture: "arm64", gibPerVCpu: 4, attachments: SHARED },
    m7g: { architecture: "arm64", gibPerVCpu: 4, attachments: SHARED },
    m8g: { architecture: "arm64", gibPerVCpu: 4, attachments: DEDICATED },
    r7g: { architecture: "arm64", gibPerVCpu: 8, attachments: SHARED },
    r8g: { architecture: "arm64", gibPerVCpu: 8, attachments: DEDICATED },
    c7g: { architecture: "arm64", gibPerVCpu: 2, attachments: SHARED },
    m7i: { architecture: "x86_64", gibPerVCpu: 4, attachments: DEDICATED },
} as const;

const SIZES = {
    large: { vCpus: 2, interfaces: 3, addressesPerInterface: 10 },
    xlarge: { vCpus: 4, interfaces: 4, addressesPerInterface: 15 },
    "2xlarge": { vCpus: 8, interfaces: 4, addressesPerInterface: 15 },
    "4xlarge": { vCpus: 16, interfaces: 8, addressesPerInterface: 30 },
} as const;

const BURSTABLE: readonly InstanceType[] = [
    { name: "t4g.medium", memoryMiB: 4096, interfaces: 3, addressesPerInterface: 6 },
    { name: "t4g.large", memoryMiB: 8192, interfaces: 3, addressesPerInterface: 12 },
].map((type) => ({ ...type, architecture: "arm64", vCpus: 2, attachments: SHARED }));

/** The types that can be planned with, by name. A fork that wants another one adds its family here. */
export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
    [
        ...BURSTABLE,
        ...Object.entries(FAMILIES).flatMap(([family, { architecture, gibPerVCpu, attachments }]) =>
            Object.entries(SIZES).map(([size, shape]) => ({
                name: `${family}.${size}`,
                architecture,
                memoryMiB: shape.vCpus * gibPerVCpu * 1024,
                attachments,
                ...shape,
            })),
        ),
    ].map((type) => [type.name, type]),
);

export function instanceType(name: string): InstanceType {
    const type = INSTANCE_TYPES.get(name);
    if (!type)
        throw new RangeError(`unknown instance type "${name}": known are ${[...INSTANCE_TYPES.keys()].join(", ")}`);
    return type;
}
