package dev.keytrail.audit.topic;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.net.URI;
import java.util.Map;

/**
 * Port: the network on the way to subscribers. Thread-safe. Returns within the implementation's own time limit, follows no
 * redirects and does not read the answer's body.
 */
@FunctionalInterface
public interface Subscriber {
    /**
     * The status of the answer.
     *
     * @throws IOException there was none in time, or the address is not one to post to
     */
    int post(URI endpoint, Map<String, String> headers, Bytes body) throws IOException;
}
