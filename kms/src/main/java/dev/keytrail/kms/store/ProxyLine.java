package dev.keytrail.kms.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.kms.store.ProxyFailure.Cause;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * POSTs to one proxy: so many at a time, each within a time limit that begins when it is asked for, each answer of a
 * bounded size. Connections are kept and used again. Thread-safe; lives as long as the process.
 *
 * <p>What blocks (looking the name up above all) does so on a few threads of this proxy's own, never on those that carry
 * other calls.
 */
final class ProxyLine {
    /** The largest legal answer, an encryption of 4300 bytes in base64, is below 8 KiB. */
    private static final int ANSWER_BYTES_MAX = 64 << 10;

    private static final int THREADS = 4;
    private static final Duration IDLE_MAX = Duration.ofSeconds(30);

    private final URI base;
    private final Duration timeLimit;
    private final Semaphore free;
    private final HttpClient client;

    ProxyLine(URI base, Duration timeLimit, int callsMax, Optional<SSLContext> tls) {
        this.base = base;
        this.timeLimit = timeLimit;
        this.free = new Semaphore(callsMax);
        // The queue holds no more than the semaphore lets through.
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_MAX.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("xks-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeLimit)
                .executor(threads);
        tls.ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    record Answer(int status, Bytes body) {}

    /** As the Host header has it. */
    String host() {
        return base.getPort() < 0 ? base.getHost() : base.getHost() + ":" + base.getPort();
    }

    /** @throws ProxyFailure BUSY, NOT_REACHABLE, NO_TLS, TIMED_OUT or MALFORMED (too large) */
    Answer post(String path, Map<String, String> headers, Bytes body) throws ProxyFailure {
        if (!free.tryAcquire()) {
            throw new ProxyFailure(Cause.BUSY);
        }
        try {
            long end = System.nanoTime() + timeLimit.toNanos();
            try {
                return once(path, headers, body, end);
            } catch (IOException stale) {
                // A kept connection that the proxy has closed meanwhile shows only when it is used: once more, anew.
                if (stale instanceof ConnectException || stale instanceof SSLException || System.nanoTime() >= end) {
                    throw failure(stale);
                }
            }
            try {
                return once(path, headers, body, end);
            } catch (IOException again) {
                throw failure(again);
            }
        } finally {
            free.release();
        }
    }

    private Answer once(String path, Map<String, String> headers, Bytes body, long end)
            throws IOException, ProxyFailure {
        // Put together as text: resolving would take a path that begins with two slashes for another host.
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
                .timeout(timeLimit)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.unsafeArray()));
        headers.forEach(request::header);
        Future<HttpResponse<byte[]>> answer =
                client.sendAsync(request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), ANSWER_BYTES_MAX));
        try {
            HttpResponse<byte[]> got = answer.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
            return new Answer(got.statusCode(), Bytes.adopt(got.body()));
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new ProxyFailure(Cause.TIMED_OUT);
        } catch (InterruptedException _) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new ProxyFailure(Cause.NOT_REACHABLE);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException("a request to a proxy failed", e.getCause());
        }
    }

    private static ProxyFailure failure(IOException cause) {
        return new ProxyFailure(
                switch (cause) {
                    case HttpConnectTimeoutException _ -> Cause.TIMED_OUT;
                    case HttpTimeoutException _ -> Cause.TIMED_OUT;
                    case ConnectException _ -> Cause.NOT_REACHABLE;
                    case SSLException _ -> Cause.NO_TLS;
                    default -> isTooLarge(cause) ? Cause.MALFORMED : Cause.NOT_REACHABLE;
                });
    }

    /** The limiting body handler says so in words only; garbage instead of HTTP is a protocol error. */
    private static boolean isTooLarge(IOException cause) {
        String text = String.valueOf(cause.getMessage());
        return text.contains("exceeds") || text.contains("Invalid") || cause instanceof java.net.ProtocolException;
    }
}
