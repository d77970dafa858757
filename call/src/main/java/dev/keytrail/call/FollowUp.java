package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/**
 * A call that a service makes in another Region to finish one of its own, in the caller's name (cloudtrail.md C7). Its
 * record has the request id of the first call and the service as invoker.
 *
 * @param operation the API's name; it changes something
 */
public record FollowUp(
        String operation,
        String region,
        Optional<Facts> requestParameters,
        Optional<Facts> responseElements,
        List<Resource> resources) {
    public FollowUp {
        resources = List.copyOf(resources);
    }

    /** The call that its record tells of. */
    public Call in(Call first) {
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
                first.origin());
    }
}
