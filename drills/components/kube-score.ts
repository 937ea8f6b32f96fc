import { join } from "node:path";
import { cached, run } from "./cache";

const VERSION = "v1.20.0";

/** Path of kube-score, which judges Kubernetes objects: https://github.com/zegl/kube-score. */
export async function kubeScore(): Promise<string> {
    const folder = await cached("kube-score", VERSION, async (draft) => {
        await run("go", ["install", `github.com/zegl/kube-score/cmd/kube-score@${VERSION}`], {
            env: { GOBIN: draft, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" },
            why: "kube-score is built with Go (https://go.dev/doc/install)",
        });
    });
    return join(folder, "kube-score");
}
