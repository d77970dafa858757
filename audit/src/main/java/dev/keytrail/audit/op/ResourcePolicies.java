package dev.keytrail.audit.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.DeleteResourcePolicyRequest;
import dev.keytrail.wire.shape.cloudtrail.DeleteResourcePolicyResponse;
import dev.keytrail.wire.shape.cloudtrail.GetResourcePolicyRequest;
import dev.keytrail.wire.shape.cloudtrail.GetResourcePolicyResponse;
import dev.keytrail.wire.shape.cloudtrail.PutResourcePolicyRequest;
import dev.keytrail.wire.shape.cloudtrail.PutResourcePolicyResponse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy. Event data stores, channels and dashboards may have
 * policies, and there are none of these here; trails, which there are, cannot have any, as at AWS.
 */
final class ResourcePolicies {
    private static final Set<String> KINDS = Set.of("eventdatastore", "channel", "dashboard");

    private final Permit permit;

    ResourcePolicies(Permit permit) {
        this.permit = permit;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TrailDesk.row(
                        "PutResourcePolicy",
                        false,
                        PutResourcePolicyRequest.class,
                        PutResourcePolicyResponse.class,
                        (attempt, in) -> refuse(attempt, in.resourceArn()),
                        in -> Optional.of(Facts.facts()
                                .put("resourceArn", in.resourceArn())
                                .put("resourcePolicy", in.resourcePolicy()))),
                TrailDesk.row(
                        "GetResourcePolicy",
                        true,
                        GetResourcePolicyRequest.class,
                        GetResourcePolicyResponse.class,
                        (attempt, in) -> refuse(attempt, in.resourceArn()),
                        in -> Optional.of(Facts.facts().put("resourceArn", in.resourceArn()))),
                TrailDesk.row(
                        "DeleteResourcePolicy",
                        false,
                        DeleteResourcePolicyRequest.class,
                        DeleteResourcePolicyResponse.class,
                        (attempt, in) -> refuse(attempt, in.resourceArn()),
                        in -> Optional.of(Facts.facts().put("resourceArn", in.resourceArn()))));
    }

    private <O> Effect<O> refuse(Attempt attempt, String given) {
        Optional<Arn> arn = Arn.parse(given)
                .filter(a -> a.service().equals("cloudtrail")
                        && !a.region().isEmpty()
                        && a.account().matches("\\d{12}")
                        && a.resource().indexOf('/') > 0);
        if (arn.isEmpty()) {
            throw new Refused(ApiError.of("ResourceARNNotValidException", "The resource ARN is not valid: " + given));
        }
        permit.check(attempt, given);
        String resource = arn.get().resource();
        if (!KINDS.contains(resource.substring(0, resource.indexOf('/')))) {
            throw new Refused(ApiError.of(
                    "ResourceTypeNotSupportedException",
                    "Resource policies are for event data stores, channels and dashboards; trails have none."));
        }
        throw new Refused(ApiError.of("ResourceNotFoundException", "The resource " + given + " was not found."));
    }
}
