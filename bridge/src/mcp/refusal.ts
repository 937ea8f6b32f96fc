/**
 * What an agent asked for and cannot have, in a sentence for it to read: what is wrong, and what would do. Anything else that is
 * thrown is a fault of the bridge or of what it needs, and is not shown.
 */
export class Refusal extends Error {}
