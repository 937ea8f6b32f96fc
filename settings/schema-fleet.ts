import { z } from "zod";
import { choice, group, list, text, whole } from "./fields";
import { image, OWN_VERSION } from "./image";
import { bandwidth, bytes, cpu, instanceType, matches } from "./leaves";

const agentClass = group("A class of agents that share limits", {
    agents: whole({ description: "How many agents, each a pod", example: 120 }, 1, 5000),
    cpu: group("Processor time of an agent", {
        request: cpu("Guaranteed", "250m"),
        limit: cpu("At most", "2"),
    }),
    memory: bytes("Memory of an agent: guaranteed and limit at once, so that no node is overcommitted", "3Gi"),
    ephemeralStorage: bytes("Scratch space of an agent on its node", "4Gi"),
    stateSize: bytes(
        "Volume with the agent's state. A larger one reaches all agents while they run, at most once in six hours; a smaller one is for new volumes alone, as volumes never shrink. About $0.08 per GiB and month",
        "10Gi",
    ),
    bandwidth: group("Network limits of an agent", {
        ingress: bandwidth("Into the pod", "50M"),
        egress: bandwidth("Out of the pod", "20M"),
    }),
    model: text(
        {
            description: "Model on Amazon Bedrock; an agent may invoke this one and no other",
            example: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            rule: "must be the id of a Bedrock model or inference profile, e.g. us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        },
        matches(/^([a-z]{2,6}\.)?[a-z0-9-]+\.[a-z0-9][a-z0-9.-]*(:\d+)?$/),
    ),
    skills: list(
        {
            description: "Skills bundled with OpenClaw that the class may use; every other one is off",
            example: ["summarize"],
        },
        text(
            {
                description: "A skill",
                example: "summarize",
                rule: "must be the name of a skill: lower-case letters, digits, dashes",
            },
            matches(/^[a-z0-9][a-z0-9-]{0,63}$/),
        ),
        0,
        50,
    ),
    councils: list(
        { description: "Councils that the class sits in", example: ["strategy"] },
        text(
            {
                description: "A council",
                example: "strategy",
                rule: "must be 1 to 40 lower-case letters, digits or dashes, beginning with a letter",
            },
            matches(/^[a-z][a-z0-9-]{0,39}$/),
        ),
        0,
        20,
    ),
    allowedDomains: list(
        {
            description:
                "Domains outside AWS that the class may reach, through a proxy with an access log; none means no internet",
            example: ["api.github.com"],
        },
        text(
            {
                description: "A domain",
                example: "api.github.com",
                rule: "must be a full domain name, without scheme, port, path or address; *.example.com takes in its subdomains",
            },
            matches(/^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/),
        ),
        0,
        100,
    ),
    rollout: group("How a change reaches the agents", {
        awayPercent: whole(
            {
                description: "At most this share of the class is away at once, at least one agent",
                example: 10,
                unit: "per cent",
            },
            1,
            10,
        ),
    }),
});

/** The agents: their image, their nodes, and the classes. */
export const fleet = group("The agents", {
    image: image({
        description:
            "OpenClaw's container image. A change rolls all agents, and migrates their state: there is no way back but a restore",
        repository: "ghcr.io/openclaw/openclaw",
        tag: {
            description: "Release, for people; the digest decides. The rendered openclaw.json is that of 2026.9",
            example: "2026.9.6",
            rule: "must be a release of 2026.9, e.g. 2026.9.6: other releases read another openclaw.json",
            pattern: /^2026\.9\.\d+(-[a-z0-9]+)*$/,
        },
        digest: "sha256:0a5ff5e682e62afa19149df126aa50063bf65ef885b5c94713ce32dc0eb12e15",
    }),
    bridge: image({
        description:
            "Image of the bridge, built from bridge/Dockerfile: it joins each agent to brokers and database. A change rolls all agents",
        repository: "111122223333.dkr.ecr.us-east-1.amazonaws.com/openclaw-bridge",
        tag: OWN_VERSION,
        digest: "sha256:7a1f0c2e9b8d4a6f3e5c1b7d9f2a4c6e8b0d1f3a5c7e9b2d4f6a8c0e1b3d5f70",
    }),
    nodes: group("Nodes of agents", {
        instanceTypes: list(
            { description: "EC2 types for agents; the plan counts with the smallest", example: ["r8g.2xlarge"] },
            instanceType(
                "An EC2 type",
                "r8g.2xlarge",
                /^[a-z]\d+[a-z]*\.(large|xlarge|\d+xlarge)$/,
                "must be an EC2 type of size large or more, e.g. r8g.2xlarge",
            ),
            1,
            10,
        ),
        maxPods: whole({ description: "Pods on one node at most", example: 60 }, 10, 250),
        diskGiB: whole(
            {
                description: "Data volume of a node: images, logs and agents' scratch space",
                example: 120,
                unit: "GiB",
            },
            40,
            2000,
        ),
        headroom: choice(
            {
                description:
                    "Room for the agents of a lost zone: reserved nodes that wait (agents run again in minutes, at nearly twice the price), or on demand (nothing waits; as fast as EC2 delivers, if it delivers)",
                example: "on-demand",
            },
            ["reserved", "on-demand"],
        ),
    }),
    classes: z
        .record(
            text(
                { description: "Name of a class", example: "analyst", rule: "" },
                matches(/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/),
            ),
            agentClass,
            {
                error: (issue) =>
                    issue.code === "invalid_key"
                        ? "must be named with 1 to 20 lower-case letters, digits or dashes, beginning with a letter"
                        : "must be an object with one entry for each class of agents",
            },
        )
        .meta({
            description: "Agents by class",
            rule: "must be an object with one entry for each class of agents",
        }),
});
