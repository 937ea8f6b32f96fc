import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { ControlPlaneBinaries } from "../components/kubernetes";
import { freePorts, type Running, type Workshop } from "../components/processes";
import { PATIENCE_SECONDS, until } from "../components/report";
import { Api } from "./api";

export interface ControlPlane {
    readonly api: Api;
    /** Of an administrator, for kubectl and the project's own commands. */
    readonly kubeconfig: string;
    /** The certificate by which clients know the server. */
    readonly certificate: string;
    stop(): Promise<void>;
}

/** The guards that the program relies on; all are on in EKS as well. */
const ADMISSION = ["PodSecurity", "ResourceQuota", "LimitRanger", "ValidatingAdmissionPolicy", "Priority"];

/** How long a node may be silent before it counts as lost, as in EKS. A busy machine is late with heartbeats, but not so late. */
export const NODE_GRACE_SECONDS = 40;

/** etcd, API server, scheduler and controller manager on the loopback address, with everything in the workshop's folder. */
export async function startControlPlane(binaries: ControlPlaneBinaries, workshop: Workshop): Promise<ControlPlane> {
    const [etcdPort, peerPort, port] = (await freePorts(3)) as [number, number, number];
    const token = randomBytes(16).toString("hex");
    const kubeconfig = workshop.path("kubeconfig");
    const certificate = workshop.path("apiserver.crt");
    const serviceAccountKey = workshop.path("service-accounts.pem");
    writeFileSync(workshop.path("tokens.csv"), `${token},drill,drill,"system:masters"\n`);
    writeFileSync(serviceAccountKey, rsaKey());
    writeFileSync(kubeconfig, kubeconfigOf(port, certificate, token));

    const etcd = `http://127.0.0.1:${etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const servers: Running[] = [];
    const start = (name: string, binary: string, flags: Record<string, string | number | boolean>) =>
        servers.push(
            workshop.start(
                name,
                binary,
                Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
            ),
        );

    start("etcd", binaries.etcd, {
        "data-dir": workshop.path("etcd"),
        "listen-client-urls": etcd,
        "advertise-client-urls": etcd,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": `default=${peer}`,
        // Nothing here outlives the drill.
        "unsafe-no-fsync": true,
        "log-level": "warn",
    });
    start("kube-apiserver", binaries.apiServer, {
        "etcd-servers": etcd,
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": port,
        "cert-dir": workshop.folder,
        "token-auth-file": workshop.path("tokens.csv"),
        "authorization-mode": "RBAC",
        "enable-admission-plugins": ADMISSION.join(","),
        // As in EKS: who may be privileged is for Pod Security to say.
        "allow-privileged": true,
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": serviceAccountKey,
        "service-account-signing-key-file": serviceAccountKey,
        "service-cluster-ip-range": "10.96.0.0/16",
        "endpoint-reconciler-type": "none",
        "max-requests-inflight": 2000,
        "max-mutating-requests-inflight": 1000,
        profiling: false,
    });
    const api = await ready(port, token, certificate);
    start("kube-scheduler", binaries.scheduler, {
        kubeconfig,
        "secure-port": 0,
        "leader-elect": false,
        "kube-api-qps": 500,
        "kube-api-burst": 1000,
    });
    start("kube-controller-manager", binaries.controllerManager, {
        kubeconfig,
        "secure-port": 0,
        "leader-elect": false,
        "kube-api-qps": 500,
        "kube-api-burst": 1000,
        "node-monitor-grace-period": `${NODE_GRACE_SECONDS}s`,
        "service-account-private-key-file": serviceAccountKey,
        "root-ca-file": certificate,
        // Nobody attaches volumes here: their driver and the kubelets are stand-ins.
        controllers: "*,-persistentvolume-attach-detach-controller",
    });
    return {
        api,
        kubeconfig,
        certificate,
        stop: async () => {
            api.close();
            for (const server of [...servers].reverse()) await server.stop();
        },
    };
}

/** Waits for the server, which makes its own certificate as it starts. */
async function ready(port: number, token: string, certificate: string): Promise<Api> {
    let api: Api | undefined;
    await until("the API server is ready", PATIENCE_SECONDS, async () => {
        try {
            api ??= new Api(port, token, readFileSync(certificate, "utf8"));
        } catch {
            return "it has made no certificate yet";
        }
        return (await api.isReady()) ? "" : "/readyz does not say so";
    });
    if (api === undefined) throw new Error("the API server has no certificate");
    return api;
}

function rsaKey(): string {
    return generateKeyPairSync("rsa", { modulusLength: 2048 })
        .privateKey.export({ type: "pkcs1", format: "pem" })
        .toString();
}

/** YAML is a superset of JSON. */
function kubeconfigOf(port: number, certificate: string, token: string): string {
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            { name: "drill", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": certificate } },
        ],
        users: [{ name: "drill", user: { token } }],
        contexts: [{ name: "drill", context: { cluster: "drill", user: "drill" } }],
        "current-context": "drill",
    });
}
