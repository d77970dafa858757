package dev.keytrail.audit.bucket;

import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.FakeLedger;
import dev.keytrail.call.Job;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Notes;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The endpoint over a ledger in memory, with the plainest possible gate around it. */
final class BucketWorld {
    static final String ACCOUNT = "111122223333";
    static final String STRANGERS_ACCOUNT = "444455556666";
    static final Caller ADMIN = user(ACCOUNT, "admin");
    static final Caller READER = user(ACCOUNT, "reader");
    static final Caller ROOT = Caller.of(new Principal.Root(ACCOUNT), "AKIAROOT000000000000");
    static final Caller STRANGER = user(STRANGERS_ACCOUNT, "stranger");

    final FakeLedger ledger = new FakeLedger();
    final SimulatedClock clock = new SimulatedClock();
    final SeededEntropy entropy = new SeededEntropy(7);
    final FakeKeys keys = new FakeKeys(entropy);
    final RootKey root = new RootKey(Secret.adopt(new byte[32]));
    final Vault vault = new Vault(root, entropy);
    final Path directory;
    final Buckets buckets;
    final List<Notes> notes = new ArrayList<>();
    private final Map<String, List<NamedPolicy>> policies = new HashMap<>();
    private Runnable beforeCommit = () -> {};

    /** What a client got. */
    record Answer(int status, Map<String, String> headers, Bytes body, long announced) {
        Answer(int status, Map<String, String> headers, Bytes body) {
            this(status, headers, body, body.size());
        }

        String text() {
            return body.utf8();
        }

        /** The error's code, or the status for an answer without a body. */
        String code() {
            int from = text().indexOf("<Code>");
            return from < 0 ? Integer.toString(status) : text().substring(from + 6, text().indexOf("</Code>"));
        }

        String header(String name) {
            return headers.getOrDefault(name, "(none)");
        }
    }

    BucketWorld(Path directory) {
        this(directory, BucketSettings.DEFAULT);
    }

    BucketWorld(Path directory, BucketSettings settings) {
        this.directory = directory;
        try {
            buckets = Buckets.open(
                    directory,
                    settings,
                    new Authorizer(),
                    new PolicyCache(100),
                    this::policiesOf,
                    entropy,
                    keys,
                    vault);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        allow(ADMIN, "*", "*");
        allow(STRANGER, "*", "*");
    }

    private static Caller user(String account, String name) {
        return Caller.of(new Principal.User(account, "AIDA" + name, "/", name), "AKIA" + name);
    }

    /** A look at the state as it is, for a caller. */
    Attempt attempt(Caller caller) {
        Call call = new Call(
                entropy.uuid(),
                clock.instant(),
                Service.S3,
                "PutObject",
                "us-east-1",
                caller,
                new Origin("127.0.0.1", Optional.of("test"), "127.0.0.1:9000", Optional.empty()));
        return new Attempt(call, ledger.read(), new Notes());
    }

    void allow(Caller caller, String action, String resource) {
        String document =
                "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s\"}]}"
                        .formatted(action, resource);
        policies.computeIfAbsent(caller.arn(), _ -> new ArrayList<>())
                .add(new NamedPolicy("given", Policy.parse(document, Policy.Kind.IDENTITY)));
    }

    private CallerPolicies policiesOf(State state, Caller caller) {
        return new CallerPolicies(
                policies.getOrDefault(caller.arn(), List.of()), Optional.empty(), List.of(), false, List.of());
    }

    /** Runs once, between a decision and its commit: where a rival gets in. */
    void beforeNextCommit(Runnable rival) {
        beforeCommit = rival;
    }

    Answer get(String target) {
        return send(ADMIN, "GET", target, Map.of(), "");
    }

    Answer put(String target, String body, String... headers) {
        return send(ADMIN, "PUT", target, map(headers), body);
    }

    Answer delete(String target) {
        return send(ADMIN, "DELETE", target, Map.of(), "");
    }

    Answer send(Caller caller, String method, String target, Map<String, String> headers, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return send(caller, method, target, headers, new ByteArrayInputStream(bytes), bytes.length, Optional.empty());
    }

    Answer send(
            Caller caller,
            String method,
            String target,
            Map<String, String> headers,
            InputStream body,
            long length,
            Optional<ChunkVerifier> verifier) {
        return send(caller, "us-east-1", method, target, headers, body, length, verifier);
    }

    Answer send(
            Caller caller,
            String region,
            String method,
            String target,
            Map<String, String> headers,
            InputStream body,
            long length,
            Optional<ChunkVerifier> verifier) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        all.put("Host", List.of("127.0.0.1:9000"));
        all.put("Content-Length", List.of(Long.toString(length)));
        all.put("x-amz-content-sha256", List.of("UNSIGNED-PAYLOAD"));
        headers.forEach((name, value) -> {
            all.keySet().removeIf(name::equalsIgnoreCase);
            all.put(name, List.of(value));
        });
        int question = target.indexOf('?');
        S3Head head = new S3Head(
                method,
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                S3Headers.of(all));
        Optional<S3Route> route = buckets.route(head);
        if (route.isEmpty()) {
            return new Answer(405, Map.of(), Bytes.EMPTY);
        }
        Call call = new Call(
                entropy.uuid(),
                clock.instant(),
                Service.S3,
                route.get().operation().row().name(),
                region,
                caller,
                new Origin("127.0.0.1", Optional.of("test"), "127.0.0.1:9000", Optional.empty()));
        return answer(call, route.get(), body, verifier);
    }

    private Answer answer(Call call, S3Route route, InputStream body, Optional<ChunkVerifier> verifier) {
        try {
            Attempt admitted = new Attempt(call, ledger.read(), new Notes());
            if (route.operation().body() == S3Operation.Body.OBJECT
                    || route.operation().body() == S3Operation.Body.COPY) {
                route.operation().admission().admit(admitted, route.bare());
            }
            try (S3Request request = buckets.receive(route, body, verifier, admitted)) {
                return read(gate(call, route.operation(), request));
            } catch (Refused refused) {
                gate(call, route.operation().refusing(refused), route.bare());
                throw new IllegalStateException("refusing operation did not refuse");
            }
        } catch (Refused refused) {
            return read(buckets.error(refused.error(), route.head(), call.requestId()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Decides until a commit holds. */
    S3Reply gate(Call call, S3Operation operation, S3Request request) {
        operation.row().requestParameters().apply(request).orElseThrow();
        while (true) {
            State state = ledger.read();
            Notes noted = new Notes();
            notes.add(noted);
            Effect<S3Reply> effect = operation.row().handler().handle(new Attempt(call, state, noted), request);
            Runnable rival = beforeCommit;
            beforeCommit = () -> {};
            rival.run();
            try {
                ledger.commit(state, effect.changes(), List.of());
                return effect.reply();
            } catch (Ledger.Conflict lost) {
                // Decide again.
            }
        }
    }

    private Answer read(S3Reply reply) {
        Bytes body = switch (reply.payload()) {
            case S3Reply.None _, S3Reply.Announced _ -> Bytes.EMPTY;
            case S3Reply.Inline inline -> inline.bytes();
            case S3Reply.Content content -> content(content);
        };
        return new Answer(
                reply.status(), reply.headers(), body, reply.contentLength().orElse(0));
    }

    Bytes content(S3Reply.Content content) {
        java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
        try {
            content.source().copyTo(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (bytes.size() != content.bytes()) {
            throw new IllegalStateException(content.bytes() + " announced, " + bytes.size() + " sent");
        }
        return Bytes.adopt(bytes.toByteArray());
    }

    ObjectStore objectStore() {
        return buckets.objectStore(this::gate, ledger, entropy, clock);
    }

    /** Runs the jobs' steps until nothing is due. */
    void sweep() {
        for (Job job : buckets.jobs()) {
            for (int quiet = 0; quiet < 3; ) {
                State state = ledger.read();
                Optional<Job.Work> work = job.next(state, clock.instant());
                work.ifPresent(w -> ledger.commit(state, w.changes(), List.of()));
                quiet = work.isPresent() ? 0 : quiet + 1;
            }
        }
    }

    void sweepLater() {
        sweep();
        clock.advance(Duration.ofHours(1));
        sweep();
    }

    /** How many files lie in the directory. */
    long files() {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, String> map(String... pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
