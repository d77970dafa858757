package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.util.List;
import java.util.function.Function;

/**
 * What the admin port answers: metrics and health, to be read by anybody who reaches it. No call, so it leaves no record;
 * there is nothing of accounts in it, nothing can be changed by it, and it knows nothing else.
 */
final class AdminFront implements Function<HttpRequest, HttpReply> {
    static final String METRICS = "/metrics";
    static final String HEALTH = "/health";
    static final String LIVE = "/health/live";
    static final String READY = "/health/ready";

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int UNAVAILABLE = 503;

    private final Vitals vitals;
    private final Metrics metrics;

    AdminFront(Vitals vitals) {
        this.vitals = vitals;
        this.metrics = new Metrics(vitals);
    }

    @Override
    public HttpReply apply(HttpRequest http) {
        boolean known = List.of(METRICS, HEALTH, LIVE, READY).contains(http.rawPath());
        if (!known) {
            return reply(404, TEXT, Bytes.utf8("there is /metrics, /health, /health/live and /health/ready\n"));
        }
        if (!http.method().equals("GET")) {
            return reply(405, TEXT, Bytes.utf8("to be read alone\n")).with("Allow", "GET");
        }
        if (!http.rawQuery().isEmpty() || http.contentLength() > 0) {
            return reply(400, TEXT, Bytes.utf8("this takes no parameters and no body\n"));
        }
        return switch (http.rawPath()) {
            case METRICS -> reply(200, Exposition.CONTENT_TYPE, metrics.text());
            // The process answers: that is all it says, so that nobody restarts a server that is sealed or waits for
            // its disk.
            case LIVE -> reply(200, TEXT, Bytes.utf8("alive\n"));
            default -> {
                Health health = Health.of(vitals);
                yield reply(health.isReady() ? 200 : UNAVAILABLE, "application/json", health.json());
            }
        };
    }

    private static HttpReply reply(int status, String type, Bytes body) {
        return HttpReply.of(
                status,
                List.of(
                        new HttpRequest.Header("Content-Type", type),
                        new HttpRequest.Header("Cache-Control", "no-store"),
                        new HttpRequest.Header("X-Content-Type-Options", "nosniff")),
                body);
    }
}
