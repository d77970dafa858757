package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/**
 * A call that a service makes in another Region to finish one of its own, in the caller's name (cloudtrail.md C7). Its
 * record has the request id of the first call and the service as invoker.
 *
 * @param operation the API's name
 * @param beside empty when it is a changing call of the same service and caller
 */
public record FollowUp(
        String operation,
        String region,
        Optional<Facts> requestParameters,
        Optional<Facts> responseElements,
        List<Resource> resources,
        Optional<Beside> beside) {
    public FollowUp {
        resources = List.copyOf(resources);
    }

    /** One that the service makes of itself, in another Region. */
    public FollowUp(
            String operation,
            String region,
            Optional<Facts> requestParameters,
            Optional<Facts> responseElements,
            List<Resource> resources) {
        this(operation, region, requestParameters, responseElements, resources, Optional.empty());
    }

    /** A call of another service, whose own record it is. */
    public record Beside(Service service, Caller caller, boolean readOnly, Optional<Facts> additional) {}

    /** The call that its record tells of. */
    public Call in(Call first) {
        if (beside.isPresent()) {
            return new Call(
                    first.requestId(),
                    first.receivedAt(),
                    beside.get().service(),
                    operation,
                    region,
                    beside.get().caller(),
                    first.origin().withoutEndpoint());
        }
        Caller caller = first.caller();
        return new Call(
                first.requestId(),
                first.receivedAt(),
                first.service(),
                operation,
                region,
                new Caller(
                        caller.principal(),
                        caller.accessKeyId(),
                        caller.session(),
                        Optional.of(first.service().eventSource())),
                first.origin().withoutEndpoint());
    }
}
