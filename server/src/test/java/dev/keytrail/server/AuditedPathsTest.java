package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.Wire;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No unaudited path: whatever is asked of the house, by whom and how badly, leaves a record that names it; and nothing
 * changes without one. Enumerated from the models, the rows and the shapes of HTTP requests, so that what is added later
 * is asked too.
 */
class AuditedPathsTest {
    /** Where an answer without a record is right, and why. */
    private static final Map<String, String> UNRECORDED = Map.of();

    /**
     * What the house may note for itself without a record: how far it has come with work whose outcome is elsewhere. Each
     * with the reason.
     */
    private static final Map<String, String> BOOKKEEPING = Map.ofEntries(
            Map.entry(
                    "kms.due",
                    "when something of a key is due, taken out once the key is gone; DeleteKey is on record"),
            Map.entry("kms.grant", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("kms.grant-use", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("kms.grant-retiring", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("kms.grant-named", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("kms.grant-count", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("kms.grant-newest", "grants of a deleted key, which no call can reach; DeleteKey is on record"),
            Map.entry("cloudtrail.delivery", "how far a trail has been delivered; the puts are on record"),
            Map.entry("cloudtrail.chain", "the newest digest of a trail; its put is on record"),
            Map.entry("cloudtrail.covered", "how far digests have come"),
            Map.entry("cloudtrail.notified", "how far notices have come; each Publish is on record"),
            Map.entry("cloudtrail.notice", "a notice that waits; its Publish is on record"),
            Map.entry("sns.outbox", "a message that was sent, or is to be tried again; its Publish is on record"),
            Map.entry("sns.message", "the body of such a message"),
            Map.entry("audit.dropped", "where the record of a drop is; DropLedgerRecords is on record"),
            Map.entry("audit.drop-request", "that a drop that was asked for has ended; what went is on record"),
            Map.entry("s3.garbage", "bytes of deleted objects, taken off the disk; the deletion is on record"));

    /** Nothing in it says which operation is meant. */
    private static final String UNREADABLE = "unreadable";

    private static final Pattern REQUEST_ID = Pattern.compile("\"requestID\":\"([^\"]*)\"");
    private static final URI HERE = URI.create("http://127.0.0.1:7480");
    private static final String REGION = "us-east-1";

    @TempDir
    private Path folder;

    private final SimulatedClock clock = new SimulatedClock();
    private final List<String> unrecordedChanges = new ArrayList<>();
    private MemoryStore store;
    private House house;
    private Custodian custodian;
    private SigningClient admin;
    private SigningClient stranger;
    private SigningClient impostor;
    private long read;

    @BeforeEach
    void open() throws IOException {
        store = MemoryStore.open(House.tables());
        Watched watched = new Watched(store);
        Settings settings = Settings.load(Optional.empty(), Map.of(), Map.of());
        custodian =
                new Custodian(watched.ledger(), folder.resolve("root.key"), settings.custody(), new SeededEntropy(2));
        house = House.open(new House.Ground(
                watched,
                custodian.openAlone().orElseThrow(),
                clock,
                new SeededEntropy(1),
                folder.resolve("objects"),
                Runnable::run,
                settings,
                Optional.of(folder.resolve("log")),
                Optional.of(custodian),
                new Counters()));
        Path credentials = folder.resolve("admin.credentials");
        FirstStart.of(credentials, watched.ledger(), house.bootstrap(), house.recorder(), clock);
        Map<String, String> found = new TreeMap<>();
        for (String line : Files.readAllLines(credentials)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                found.put(
                        line.substring(0, equals).strip(),
                        line.substring(equals + 1).strip());
            }
        }
        String id = found.getOrDefault("aws_access_key_id", "");
        admin = new SigningClient(HERE, id, found.getOrDefault("aws_secret_access_key", ""), clock);
        impostor = new SigningClient(HERE, id, "another secret", clock);
        answer(form(admin, "iam", Map.of("Action", "CreateUser", "Version", "2010-05-08", "UserName", "stranger")));
        String key = text(answer(form(
                admin, "iam", Map.of("Action", "CreateAccessKey", "Version", "2010-05-08", "UserName", "stranger"))));
        stranger = new SigningClient(HERE, element(key, "AccessKeyId"), element(key, "SecretAccessKey"), clock);
        read = store.ledger().end();
    }

    @Test
    void everyOperation_askedInEveryWay_isOnRecord() {
        Map<String, Integer> outcomes = new TreeMap<>();
        int asked = 0;
        for (Map.Entry<String, Service> operation : operations().entrySet()) {
            String name = operation.getKey().substring(operation.getKey().indexOf(' ') + 1);
            for (Map.Entry<String, HttpRequest> way :
                    ways(operation.getValue(), name).entrySet()) {
                HttpReply reply = answer(way.getValue());
                recorded(
                        operation.getValue() + " " + name + ", " + way.getKey(),
                        reply,
                        Optional.of(name).filter(_ -> !way.getKey().equals(UNREADABLE)));
                outcomes.merge(way.getKey() + " " + (reply.status() < 300 ? "done" : "refused"), 1, Integer::sum);
                asked++;
            }
        }
        System.out.println(asked + " requests for " + operations().size() + " operations: " + outcomes);
        // The ways are what they say: some calls with nothing in them succeed, and none without a right signature.
        assertThat(outcomes.get("empty done")).isGreaterThan(20);
        assertThat(outcomes)
                .doesNotContainKeys("another secret done", "malformed done", "unreadable done", "unsigned done");
        assertThat(outcomes.get("denied refused")).isGreaterThan(outcomes.getOrDefault("denied done", 0));
        assertThat(unrecordedChanges).isEmpty();
    }

    /** Every operation of the models, done or not, and every row of the house. Sorted: {@code "KMS Encrypt"}. */
    private Map<String, Service> operations() {
        Map<String, Service> all = new TreeMap<>();
        for (Service service : Wire.modelled()) {
            for (OperationModel operation : Wire.model(service).operations()) {
                all.put(service + " " + operation.name(), service);
            }
        }
        for (Operation<?, ?> row : house.rows().all()) {
            all.put(row.service() + " " + row.name(), row.service());
        }
        return all;
    }

    private Map<String, HttpRequest> ways(Service service, String name) {
        Map<String, HttpRequest> ways = new LinkedHashMap<>();
        ways.put("empty", request(admin, service, name, false));
        ways.put("malformed", request(admin, service, name, true));
        byte[] odd = "Action=%zz&=".getBytes(StandardCharsets.US_ASCII);
        ways.put(UNREADABLE, post(admin.formHeaders(service.signingName(), REGION, odd), odd));
        ways.put("denied", request(stranger, service, name, false));
        ways.put("another secret", request(impostor, service, name, false));
        HttpRequest bare = request(admin, service, name, false);
        ways.put(
                "unsigned",
                with(
                        bare,
                        bare.headers().stream()
                                .filter(header -> !header.name().equals("authorization"))
                                .toList()));
        return ways;
    }

    private static HttpRequest request(SigningClient client, Service service, String name, boolean malformed) {
        return switch (service) {
            case KMS -> json(client, "kms", "TrentService." + name, malformed);
            case CLOUDTRAIL ->
                json(client, "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + name, malformed);
            case KEYTRAIL -> json(client, "keytrail", "Keytrail." + name, malformed);
            case STS, IAM, SNS -> {
                Map<String, String> form = new TreeMap<>(
                        Map.of("Action", name, "Version", Wire.model(service).apiVersion()));
                if (malformed) {
                    form.put("Version", "1999-12-31");
                }
                yield form(client, service.signingName(), form);
            }
            case S3, CLOUDTRAIL_DATA, SIGNIN ->
                throw new IllegalArgumentException(service + " has no targets: " + name);
        };
    }

    /** Methods, places and sub-resources in every combination: what S3 knows, and whatever else a path may reach. */
    @Test
    void everyShapeOfHttpRequest_isOnRecord() {
        List<String> paths = List.of(
                "/",
                "/bucket",
                "/bucket/",
                "/bucket/a/key",
                "//",
                "/%2e%2e/etc/passwd",
                "/health",
                "/metrics",
                "/favicon.ico",
                "/log/checkpoint",
                "/_keytrail/log/checkpoint",
                "/_keytrail/log/tile/entries/000.p/1",
                "/_keytrail/receipt/index/0",
                "/_keytrail/",
                "/tile/0/000");
        Set<String> queries = new TreeSet<>(Set.of(
                "",
                "list-type=2",
                "policy=",
                "location=",
                "acl=",
                "versioning=",
                "uploads=",
                "uploadId=1&partNumber=1",
                "tagging=",
                "retention=",
                "legal-hold=",
                "object-lock=",
                "delete=",
                "versions=",
                "encryption=",
                "odd=1"));
        int asked = 0;
        for (String method : List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE")) {
            for (String path : paths) {
                for (String query : queries) {
                    HttpRequest request = plain(method, path, query);
                    HttpReply reply = answer(request);
                    recorded(method + " " + path + "?" + query, reply, Optional.empty());
                    asked++;
                }
            }
        }
        System.out.println(asked + " shapes of HTTP requests");
        assertThat(unrecordedChanges).isEmpty();
    }

    /**
     * The admin port is a door of its own that no call comes through: in no way and under no name does it reach an operation,
     * change anything, or show anything of an account. So it leaves no record, and needs none.
     */
    @Test
    void theAdminPort_isNoWayIn() {
        answer(json(admin, "kms", "TrentService.CreateKey", "{\"Description\":\"nobody's business\"}"));
        Vitals vitals = new Vitals(0);
        vitals.opens(house.vitals());
        vitals.stands(new Vitals.Ground(store, Optional.empty(), custodian));
        vitals.answers();
        AdminFront front = new AdminFront(vitals);
        read = store.ledger().end();
        List<String> own = List.of(AdminFront.METRICS, AdminFront.HEALTH, AdminFront.LIVE, AdminFront.READY);
        for (String path : own) {
            HttpReply reply = front.apply(plain("GET", path, ""));
            assertThat(reply.status()).as(path).isEqualTo(200);
            assertThat(text(reply)).as(path).isNotEmpty().doesNotContain("business", "arn:", "AKIA");
        }
        for (Map.Entry<String, Service> operation : operations().entrySet()) {
            String name = operation.getKey().substring(operation.getKey().indexOf(' ') + 1);
            assertThat(front.apply(request(admin, operation.getValue(), name, false))
                            .status())
                    .isEqualTo(404);
        }
        for (String method : List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE")) {
            for (String path : List.of("/", "/bucket", "/_keytrail/log/checkpoint", "/%2e%2e/health", "/health/live")) {
                for (String query : List.of("", "policy=", "Action=ListUsers")) {
                    int status = front.apply(plain(method, path, query)).status();
                    boolean asked = method.equals("GET") && own.contains(path) && query.isEmpty();
                    assertThat(status)
                            .as(method + " " + path + "?" + query)
                            .isEqualTo(asked ? 200 : refusal(own, method, path));
                }
            }
        }
        assertThat(store.ledger().end()).isEqualTo(read);
    }

    private static int refusal(List<String> own, String method, String path) {
        return !own.contains(path) ? 404 : method.equals("GET") ? 400 : 405;
    }

    /** Sign-in events have no request id, so the names tell. The page to sign in on is a file as any, and no call. */
    @Test
    void everySignIn_isOnRecord() {
        Map<String, String> places = Map.of(
                "/authenticate", "ConsoleLogin",
                "/federation", "GetSigninToken",
                "/switchrole", "SwitchRole",
                "/v1/authorize", "ConsoleLogin",
                "/v1/token", "CreateOAuth2Token");
        List<String> bodies = List.of(
                "",
                "account=1&username=u&password=p",
                "account=%zz",
                "a=1&a=2",
                "{\"clientId\":1}",
                "Action=login&SigninToken=x&Destination=y",
                "Session=%7B%7D&account=1&roleName=r");
        places.forEach((path, name) -> {
            for (String body : bodies) {
                for (String type : List.of("application/x-www-form-urlencoded", "application/json", "")) {
                    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
                    HttpReply reply = answer(request(
                            "POST",
                            path,
                            "",
                            List.of(
                                    new HttpRequest.Header("host", HERE.getAuthority()),
                                    new HttpRequest.Header("content-type", type)),
                            bytes));
                    assertThat(reply.status()).as(path + " " + body).isBetween(400, 499);
                    List<String> names = new ArrayList<>();
                    try (Ledger.Cursor cursor = store.ledger().records(read)) {
                        while (cursor.next()) {
                            names.add(cursor.record().eventName());
                        }
                    }
                    read = store.ledger().end();
                    String wanted =
                            path.equals("/federation") && body.startsWith("Action=login") && type.contains("form")
                                    ? "ConsoleLogin"
                                    : name;
                    assertThat(names).as(path + " " + body + " " + type).containsExactly(wanted);
                }
            }
        });
        assertThat(unrecordedChanges).isEmpty();
    }

    /** Jobs and steps, with time for all of them to have work. */
    @Test
    void everyBackgroundStep_changesNothingWithoutARecord() {
        assertThat(house.steps()).extracting(House.Step::name).doesNotHaveDuplicates();
        for (String action : List.of("CreateKey", "ListAliases")) {
            answer(json(admin, "kms", "TrentService." + action, false));
        }
        String key = text(answer(json(admin, "kms", "TrentService.CreateKey", false)))
                .replaceAll("(?s).*\"KeyId\":\"([^\"]*)\".*", "$1");
        answer(json(admin, "kms", "TrentService.EnableKeyRotation", "{\"KeyId\":\"" + key + "\"}"));
        String other = text(answer(json(admin, "kms", "TrentService.CreateKey", false)))
                .replaceAll("(?s).*\"KeyId\":\"([^\"]*)\".*", "$1");
        answer(json(
                admin,
                "kms",
                "TrentService.CreateGrant",
                "{\"KeyId\":\"" + other
                        + "\",\"GranteePrincipal\":\"ec2.amazonaws.com\",\"Operations\":[\"Decrypt\"]}"));
        answer(json(
                admin,
                "kms",
                "TrentService.ScheduleKeyDeletion",
                "{\"KeyId\":\"" + other + "\",\"PendingWindowInDays\":7}"));
        for (int day = 0; day < 400; day += 8) {
            clock.advance(Duration.ofDays(8));
            house.steps().forEach(step -> step.run().get());
        }
        Set<String> names = new TreeSet<>();
        try (Ledger.Cursor cursor = store.ledger().records(read)) {
            while (cursor.next()) {
                names.add(cursor.record().eventName());
            }
        }
        assertThat(names).contains("RotateKey", "DeleteKey");
        assertThat(unrecordedChanges).isEmpty();
    }

    /** The answer's request id is that of a record made since the last look. */
    private void recorded(String what, HttpReply reply, Optional<String> operation) {
        if (UNRECORDED.containsKey(what)) {
            return;
        }
        String told = reply.headers().stream()
                .filter(header -> header.name().toLowerCase(Locale.ROOT).matches("x-amz(n)?-request-?id"))
                .map(HttpRequest.Header::value)
                .findFirst()
                .orElse("no request id");
        List<String> found = new ArrayList<>();
        List<String> names = new ArrayList<>();
        try (Ledger.Cursor cursor = store.ledger().records(read)) {
            while (cursor.next()) {
                var id = REQUEST_ID.matcher(cursor.record().json().utf8());
                found.add(id.find() ? id.group(1) : "-");
                names.add(cursor.record().eventName());
            }
        }
        read = store.ledger().end();
        assertThat(found).as(what + " answered " + reply.status()).contains(told);
        operation.ifPresent(name -> assertThat(names).as(what).contains(name));
    }

    private HttpReply answer(HttpRequest request) {
        return house.answer(request);
    }

    private static HttpRequest json(SigningClient client, String service, String target, boolean malformed) {
        return json(client, service, target, malformed ? "{\"" : "{}");
    }

    private static HttpRequest json(SigningClient client, String service, String target, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        return post(client.headers(service, REGION, target, body), body);
    }

    private static HttpRequest form(SigningClient client, String service, Map<String, String> parameters) {
        byte[] body = SigningClient.formBody(parameters);
        return post(client.formHeaders(service, REGION, body), body);
    }

    private static HttpRequest post(Map<String, String> headers, byte[] body) {
        List<HttpRequest.Header> all = new ArrayList<>();
        headers.forEach((name, value) -> all.add(new HttpRequest.Header(name.toLowerCase(Locale.ROOT), value)));
        return request("POST", "/", "", all, body);
    }

    private static HttpRequest plain(String method, String path, String query) {
        return request(method, path, query, List.of(new HttpRequest.Header("host", HERE.getAuthority())), new byte[0]);
    }

    private static HttpRequest with(HttpRequest request, List<HttpRequest.Header> headers) {
        try {
            return request(
                    request.method(),
                    request.rawPath(),
                    request.rawQuery(),
                    headers,
                    request.body().readAllBytes());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static HttpRequest request(
            String method, String path, String query, List<HttpRequest.Header> headers, byte[] body) {
        return HttpRequest.local(method, path, query, headers, body);
    }

    private static String text(HttpReply reply) {
        return reply.payload() instanceof HttpReply.Inline inline
                ? inline.bytes().utf8()
                : "";
    }

    private static String element(String xml, String name) {
        return xml.replaceAll("(?s).*<" + name + ">([^<]*)</" + name + ">.*", "$1");
    }

    /** The real store; notes every commit of changes that has no record beside it. */
    private final class Watched implements dev.keytrail.store.Store {
        private final MemoryStore real;

        Watched(MemoryStore real) {
            this.real = real;
        }

        @Override
        public Ledger ledger() {
            Ledger ledger = real.ledger();
            return new Ledger() {
                @Override
                public State read() {
                    return ledger.read();
                }

                @Override
                public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
                    long index = ledger.commit(basis, changes, records);
                    if (records.isEmpty()) {
                        changes.stream()
                                .map(change -> change.table().name())
                                .filter(table -> !BOOKKEEPING.containsKey(table))
                                .forEach(unrecordedChanges::add);
                    }
                    return index;
                }

                @Override
                public long end() {
                    return ledger.end();
                }

                @Override
                public Cursor records(long from) {
                    return ledger.records(from);
                }
            };
        }

        @Override
        public dev.keytrail.audit.history.HistoryIndex history() {
            return real.history();
        }

        @Override
        public dev.keytrail.store.StoreMetrics metrics() {
            return real.metrics();
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
