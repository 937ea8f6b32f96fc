import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";

/** Credentials as AWS's own clients read them from a container's endpoint. */
export interface Credentials {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly Token: string;
    readonly Expiration: string;
}

/** An hour is the most that a role may have that was taken on with another one's credentials. Unit: s. */
const SESSION_SECONDS = 3600;

/**
 * Credentials of the role that may invoke the class's model and nothing else. The pod's own, with which it is taken on, carry the
 * pod's name in tags that go along.
 *
 * @param agent names the session, so that AWS's log of calls says whose it was
 */
export function modelRole(roleArn: string, agent: string, region: string | undefined): () => Promise<Credentials> {
    const client = new STSClient({ region, maxAttempts: 3 });
    return async () => {
        const { Credentials: given } = await client.send(
            new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: agent, DurationSeconds: SESSION_SECONDS }),
        );
        const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
        if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
            throw new Error("STS has answered without credentials");
        return { AccessKeyId, SecretAccessKey, Token: SessionToken, Expiration: Expiration.toISOString() };
    };
}
