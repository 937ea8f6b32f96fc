import * as eks from "@pulumi/aws/eks";
import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { type PolicyStatement, podIdentityRole } from "../compute/iam";
import { DATA_NAMESPACE } from "../compute/isolation/flows";
import { databaseJobLabels } from "./database-jobs";

/** Arguments of {@link JobIdentity}. */
export interface JobIdentityArgs {
    /** The job's service account. */
    readonly account: string;
    readonly description: string;
    /** What the job may do in AWS, by policy. */
    readonly policies: Readonly<Record<string, readonly PolicyStatement[]>>;
    readonly clusterName: pulumi.Input<string>;
    readonly clusterArn: pulumi.Input<string>;
    /** `dataNamespace` of PlatformIsolation. */
    readonly namespace: pulumi.Input<string>;
}

/**
 * Who a job of the database is: a service account without a right in the cluster, and its role in AWS with all of its policies. A
 * job that depends on this starts with all of them; the association waits for nothing, since EKS takes seconds to make it known, and a
 * pod that starts before has no credentials for as long as it lives.
 */
export class JobIdentity extends pulumi.ComponentResource {
    constructor(name: string, args: JobIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("openclaw:data:JobIdentity", name, {}, opts);
        const { account, clusterName, clusterArn, description, policies } = args;
        const who = { namespace: DATA_NAMESPACE, serviceAccount: account };
        const child = { parent: this };
        const role = podIdentityRole(name, { ...who, clusterArn, description, policies }, child);
        new eks.PodIdentityAssociation(name, { ...who, clusterName, roleArn: role.arn }, child);
        new core.ServiceAccount(
            name,
            {
                metadata: { name: account, namespace: args.namespace, labels: databaseJobLabels(account) },
                automountServiceAccountToken: false,
            },
            child,
        );
        this.registerOutputs({});
    }
}
