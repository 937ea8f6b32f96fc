import type { PlannedResource } from "../../plan/offline-engine";
import { type Resource, resourceOf } from "./resource";

/** A resource of the offline plan as rules see it. */
export function planned({ urn, type, name, parent, protect, propertyDependencies, inputs }: PlannedResource): Resource {
    return resourceOf({ urn, type, name, parent, protect, propertyDependencies, properties: inputs });
}
