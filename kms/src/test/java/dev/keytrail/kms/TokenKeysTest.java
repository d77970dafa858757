package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.wire.shape.kms.CancelKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.ConnectCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.CreateCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.CreateCustomKeyStoreResponse;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import java.io.ByteArrayInputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of keys in a token, on a simulated clock. Needs SoftHSM; says loudly that it did nothing where there is none. */
@Timeout(120)
class TokenKeysTest {
    private static final Path LIBRARY = Path.of("/usr/lib/softhsm/libsofthsm2.so");
    private static final Path UTILITY = Path.of("/usr/bin/softhsm2-util");
    private static final String CLUSTER = "cluster-2a23b4cdefg";

    @TempDir
    static Path folder;

    private static String anchor = "";

    @BeforeAll
    static void makeToken() throws Throwable {
        boolean installed = Files.exists(LIBRARY) && Files.exists(UTILITY);
        if (!installed) {
            System.err.println(
                    "TokenKeysTest: softhsm2 IS NOT INSTALLED, NOTHING WAS TESTED (apt-get install softhsm2)");
        }
        assumeTrue(installed, "softhsm2 is not installed");
        Path tokens = Files.createDirectory(folder.resolve("tokens"));
        Path conf = Files.writeString(
                folder.resolve("softhsm2.conf"), "directories.tokendir = " + tokens + "\nlog.level = ERROR\n");
        // The library reads the environment of this very process.
        try (Arena arena = Arena.ofConfined()) {
            Linker linker = Linker.nativeLinker();
            int result = (int) linker.downcallHandle(
                            linker.defaultLookup().find("setenv").orElseThrow(),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.JAVA_INT))
                    .invokeExact(arena.allocateFrom("SOFTHSM2_CONF"), arena.allocateFrom(conf.toString()), 1);
            assertThat(result).isZero();
        }
        run(
                conf,
                UTILITY.toString(),
                "--init-token",
                "--free",
                "--label",
                "one",
                "--so-pin",
                "so-pin-1",
                "--pin",
                "user-pin");
        Path keys = folder.resolve("anchor.p12");
        Path pem = folder.resolve("anchor.pem");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String[] store = {"-keystore", keys.toString(), "-storepass", "changeit", "-alias", "anchor"};
        run(conf, join(keytool, store, "-genkeypair", "-keyalg", "EC", "-dname", "CN=anchor", "-validity", "30"));
        run(conf, join(keytool, store, "-exportcert", "-rfc", "-file", pem.toString()));
        anchor = Files.readString(pem);
    }

    private static String[] join(String command, String[] store, String... more) {
        return java.util.stream.Stream.of(new String[] {command}, more, store)
                .flatMap(java.util.Arrays::stream)
                .toArray(String[]::new);
    }

    private static void run(Path conf, String... command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SOFTHSM2_CONF", conf.toString());
        Process process = builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0)
                .as(String.join(" ", command))
                .isTrue();
    }

    @Test
    void deletion_destroysTheTokensKey_aMinuteAfterItsDate_andTellsOfIt() throws Exception {
        X509Certificate trusted = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(anchor.getBytes(StandardCharsets.UTF_8)));
        World world = new World(
                7,
                Quotas.DEFAULT,
                false,
                new ClusterSettings(
                        Map.of(CLUSTER, new ClusterSettings.Cluster(LIBRARY, "one", trusted)),
                        Duration.ofSeconds(30),
                        2));
        World.Answer<CreateCustomKeyStoreResponse> made = world.alice(
                "CreateCustomKeyStore",
                CreateCustomKeyStoreRequest.builder()
                        .customKeyStoreName("store")
                        .cloudHsmClusterId(CLUSTER)
                        .trustAnchorCertificate(anchor)
                        .keyStorePassword(Secret.copyOf("user-pin".getBytes(StandardCharsets.US_ASCII)))
                        .build());
        String store = made.reply().customKeyStoreId().orElseThrow();
        world.alice(
                "ConnectCustomKeyStore",
                ConnectCustomKeyStoreRequest.builder().customKeyStoreId(store).build());
        world.runJobs();
        Key key = world.newKey(CreateKeyRequest.builder()
                .origin(OriginType.AWS_CLOUDHSM)
                .customKeyStoreId(store)
                .build());
        String objectId = key.backing().orElseThrow().tokenKey().orElseThrow().objectId();
        assertThat(count(world, store)).isEqualTo(1);

        world.alice(
                "ScheduleKeyDeletion",
                ScheduleKeyDeletionRequest.builder()
                        .keyId(key.id())
                        .pendingWindowInDays(7)
                        .build());
        world.clock.advance(Duration.ofDays(7));
        world.runJobs();
        assertThat(world.serviceEvents).isEmpty();
        assertThat(world.alice(
                                "CancelKeyDeletion",
                                CancelKeyDeletionRequest.builder()
                                        .keyId(key.id())
                                        .build())
                        .code())
                .isEqualTo("KMSInvalidStateException");
        world.clock.advance(Duration.ofSeconds(61));
        world.runJobs();

        ServiceEvent event = world.serviceEvents.getLast();
        assertThat(event.name()).isEqualTo("DeleteKey");
        String backing = "[{\"backingKeyId\":\"" + objectId + "\"}]";
        assertThat(event.additionalEventData())
                .isEqualTo(Optional.of(Facts.facts()
                        .put("customKeyStoreId", store)
                        .put("clusterId", CLUSTER)
                        .put("backingKeys", backing)
                        .put("backingKeysDeletionStatus", backing.replace("}]", ",\"deletionStatus\":\"SUCCESS\"}]"))));
        Map<String, @Nullable Object> page = Json.event("DeleteKey-cloudhsm");
        assertThat(String.valueOf(Json.of(event.additionalEventData().orElseThrow()))
                        .replace(store, "cks-1234567890abcdef0")
                        .replace(CLUSTER, "cluster-1a23b4cdefg")
                        .replace(objectId, "backing-key-id"))
                .isEqualTo(String.valueOf(page.get("additionalEventData")));
        assertThat(Json.of(event.responseElements().orElseThrow())).isEqualTo(Map.of("keyId", key.arn()));
        assertThat(count(world, store)).isZero();
        assertThat(List.of(Files.walk(folder.resolve("tokens"))
                        .filter(file -> file.toString().endsWith(".object"))
                        .filter(file -> contains(file, objectId))
                        .toArray()))
                .isEmpty();
    }

    private static boolean contains(Path file, String objectId) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                    .contains(new String(java.util.HexFormat.of().parseHex(objectId), StandardCharsets.ISO_8859_1));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long count(World world, String store) {
        return world.ledger
                .read()
                .get(CustomKeyStore.KEY_COUNTS, CustomKeyStore.rowKey(World.ACCOUNT, World.REGION, store))
                .orElse(0L);
    }
}
