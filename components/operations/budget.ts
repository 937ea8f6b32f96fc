import * as budgets from "@pulumi/aws/budgets";
import type * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../platform";

/** Arguments of {@link createBudget}. */
export interface BudgetArgs {
    readonly platform: Platform;
    /** US dollars a month. */
    readonly monthlyUsd: number;
    /** The tag on every resource of this environment, as a cost allocation tag: it must be activated once in Billing. */
    readonly tagKey: string;
    readonly tagValue: string;
    readonly topicArn: pulumi.Input<string>;
    readonly emails: readonly string[];
}

/** What the month has cost at 80 % and all of it, and the day on which the forecast first exceeds it. Free of charge. */
export function createBudget(name: string, args: BudgetArgs, opts: pulumi.CustomResourceOptions): budgets.Budget {
    const notification = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
        notificationType,
        comparisonOperator: "GREATER_THAN",
        threshold,
        thresholdType: "PERCENTAGE",
        // By e-mail as well: of all messages this one must not hang on the topic's key and policy.
        subscriberEmailAddresses: [...args.emails],
        subscriberSnsTopicArns: [args.topicArn],
    });
    return new budgets.Budget(
        `${name}-budget`,
        {
            name: `${args.platform.name}-monthly`,
            accountId: args.platform.account,
            budgetType: "COST",
            timeUnit: "MONTHLY",
            limitAmount: args.monthlyUsd.toFixed(1), // as AWS gives it back; without the decimal every preview shows a change
            limitUnit: "USD",
            costFilters: [{ name: "TagKeyValue", values: [`user:${args.tagKey}$${args.tagValue}`] }],
            notifications: [notification("ACTUAL", 80), notification("ACTUAL", 100), notification("FORECASTED", 100)],
        },
        opts,
    );
}
