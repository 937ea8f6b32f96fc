/** What every component needs to know of the environment it stands in. Plain values: all of it comes from config. */
export interface Platform {
    /** Prefix of physical names, unique in the account: project and stack, e.g. `openclaw-prod`. */
    readonly name: string;
    /** Twelve digits. Taken from config so that ARNs need no lookup, and checked by the provider before anything is made. */
    readonly account: string;
    /** AWS region, e.g. `us-east-1`. */
    readonly region: string;
    /**
     * Whether the environment must survive mistakes: deletion protection in AWS, Pulumi's `protect`, final snapshots,
     * no forced emptying of buckets. On in prod, off in staging so that it can be taken down.
     */
    readonly protect: boolean;
    /** How long CloudWatch keeps operational logs, in days: one of the values CloudWatch accepts. */
    readonly logRetentionDays: number;
    /**
     * Tags of everything: which environment it is, who answers for it, who pays. The provider sets them by default; what AWS
     * makes from a template (instances, volumes, interfaces) does not get the provider's tags and is given them there.
     */
    readonly tags: Readonly<Record<string, string>>;
}
