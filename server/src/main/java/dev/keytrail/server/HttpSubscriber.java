package dev.keytrail.server;

import dev.keytrail.audit.topic.Subscriber;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;

/**
 * Posts messages over HTTP. Follows no redirect, reads no body, gives up after fifteen seconds. Link-local addresses are
 * refused: clouds keep their credentials there, and a subscription must not become a way to them. Thread-safe; the client
 * is made at first use.
 */
final class HttpSubscriber implements Subscriber {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

    /** Made when a message is first posted. */
    private static final class Client {
        static final HttpClient HTTP = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public int post(URI endpoint, Map<String, String> headers, Bytes body) throws IOException {
        requirePostable(endpoint);
        java.net.http.HttpRequest.Builder request = java.net.http.HttpRequest.newBuilder(endpoint)
                .timeout(ANSWER_TIMEOUT)
                .POST(BodyPublishers.ofByteArray(body.toArray()));
        headers.forEach(request::header);
        try {
            HttpResponse<InputStream> answer = Client.HTTP.send(request.build(), BodyHandlers.ofInputStream());
            answer.body().close();
            return answer.statusCode();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }

    private static void requirePostable(URI endpoint) throws IOException {
        for (InetAddress address : InetAddress.getAllByName(endpoint.getHost())) {
            if (address.isLinkLocalAddress() || address.isMulticastAddress() || address.isAnyLocalAddress()) {
                throw new IOException("not an address to post to");
            }
        }
    }
}
