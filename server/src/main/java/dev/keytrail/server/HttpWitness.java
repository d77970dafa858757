package dev.keytrail.server;

import dev.keytrail.audit.chain.SignedNote;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/**
 * Asks witnesses over HTTP: no redirects, answers bounded, five seconds at most. Where witnesses are, the operator has
 * set. Thread-safe; the client is made at first use.
 */
final class HttpWitness implements Witnesses.Post {
    private static final Duration TIME_LIMIT = Duration.ofSeconds(5);

    /** Made at the first request. */
    private static final class Client {
        static final HttpClient HTTP = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIME_LIMIT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public Witnesses.Answer post(URI url, Bytes body) throws IOException {
        return send(java.net.http.HttpRequest.newBuilder(url)
                .POST(BodyPublishers.ofByteArray(body.toArray()))
                .build());
    }

    static Witnesses.Answer get(URI url) throws IOException {
        return send(java.net.http.HttpRequest.newBuilder(url).GET().build());
    }

    private static Witnesses.Answer send(java.net.http.HttpRequest request) throws IOException {
        java.net.http.HttpRequest bounded = java.net.http.HttpRequest.newBuilder(request, (_, _) -> true)
                .timeout(TIME_LIMIT)
                .build();
        try {
            HttpResponse<InputStream> answer = Client.HTTP.send(bounded, BodyHandlers.ofInputStream());
            try (InputStream in = answer.body()) {
                return new Witnesses.Answer(answer.statusCode(), Bytes.adopt(in.readNBytes(SignedNote.LENGTH_MAX)));
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted");
        }
    }
}
