package dev.keytrail.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the server in front until SIGTERM or SIGINT. */
@Command(name = "serve", description = "Run the server.", mixinStandardHelpOptions = true, sortOptions = false)
final class ServeCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Directory for everything Keytrail keeps (default: ~/.keytrail)")
    private @Nullable Path data;

    @Option(names = "--ephemeral", description = "Keep nothing: all is gone when the server stops")
    private boolean ephemeral;

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on (default: 7480; 0: a free one)")
    private @Nullable Integer port;

    @Option(names = "--host", paramLabel = "ADDR", description = "Address to bind (default: 127.0.0.1)")
    private @Nullable String host;

    @Option(
            names = "--admin-port",
            paramLabel = "N",
            description = "Metrics and health on this port of loopback (default: none; 0: a free one)")
    private @Nullable Integer adminPort;

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Speak TLS with this certificate (chain), PEM")
    private @Nullable String tlsCertificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key, PKCS#8 in PEM")
    private @Nullable String tlsKey;

    @Option(
            names = "--clock",
            description = "FOR TESTS ALONE: virtual time, which 'keytrail clock --advance' makes run ahead")
    private boolean clock;

    @Option(
            names = "--set",
            paramLabel = "NAME=VALUE",
            description = "Any setting, e.g. --set trail.flush=5s; see docs/operating.md")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--print-config", description = "Print the settings in force, where each comes from, and stop")
    private boolean printConfig;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (ephemeral && data != null) {
            throw new OperatorError("--ephemeral keeps nothing, --data says where to keep it: choose one");
        }
        Map<String, String> flags = new LinkedHashMap<>(set);
        if (port != null) {
            flags.put("port", port.toString());
        }
        if (adminPort != null) {
            flags.put(AdminSettings.PORT, adminPort.toString());
        }
        if (host != null) {
            flags.put("host", host);
        }
        if (tlsCertificate != null) {
            flags.put(TlsSettings.CERTIFICATE, tlsCertificate);
        }
        if (tlsKey != null) {
            flags.put(TlsSettings.KEY, tlsKey);
        }
        if (clock) {
            flags.put("clock.virtual", "true");
        }
        Optional<Path> directory = ephemeral
                ? Optional.empty()
                : Optional.of(data == null ? Settings.dataDefault(System.getenv()) : data.toAbsolutePath());
        Settings settings = Settings.load(directory, System.getenv(), flags);
        if (printConfig) {
            System.out.print(settings.describe());
            return 0;
        }
        if (settings.jsonLog()) {
            Logging.asJson();
        }
        return serve(settings);
    }

    private static int serve(Settings settings) throws IOException, InterruptedException {
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicReference<Optional<RuntimeException>> failure = new AtomicReference<>(Optional.empty());
        // The JVM ends with the hook, so the hook waits for the clean stop; exit code 0 is asked for explicitly, since
        // a
        // process ended by SIGTERM would otherwise report 143.
        Thread hook = new Thread(() -> {
            stop.countDown();
            try {
                stopped.await();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            if (failure.get().isEmpty()) {
                Runtime.getRuntime().halt(0);
            }
        });
        RunningServer house = RunningServer.open(settings, InstantSource.system());
        // Off the way of the start; what a file descriptor had to say has been read.
        Thread.ofPlatform().name("process-guard").daemon(true).start(ProcessGuard::closeMemory);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            if (house.isOpen()) {
                announce(house, settings);
            } else {
                System.out.println(Main.VERSION + " is sealed: its root key is kept by " + house.keeper()
                        + ", and somebody has to open it:\n  keytrail custody unseal --endpoint " + house.endpoint()
                        + house.adminEndpoint()
                                .map(at -> "\nhealth " + at + AdminFront.HEALTH)
                                .orElse("")
                        + "\nsealed " + house.endpoint());
                System.out.flush();
                Thread.ofVirtual().start(() -> announceWhenOpen(house, settings));
            }
            stop.await();
        } finally {
            try {
                house.close();
            } catch (RuntimeException e) {
                failure.set(Optional.of(e));
                throw e;
            } finally {
                stopped.countDown();
            }
        }
        return 0;
    }

    private static void announceWhenOpen(RunningServer house, Settings settings) {
        try {
            house.awaitOpen();
            announce(house, settings);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void announce(RunningServer house, Settings settings) {
        System.out.print(banner(house));
        if (settings.virtualClock()) {
            System.out.println("  VIRTUAL TIME, for tests: records do not show when things happened\n");
        }
        if (settings.kmsCustomIds()) {
            System.out.println("  KEY IDS BY TAG, for development: a deleted key's id can be had again\n");
        }
        System.out.println("ready " + house.endpoint());
        System.out.flush();
    }

    private static String banner(RunningServer house) {
        return """
                %s
                  endpoint     %s
                  account      %s
                  credentials  %s
                %s%s
                Paste into a shell to use the AWS CLI:
                  export AWS_ENDPOINT_URL=%s
                  export AWS_SHARED_CREDENTIALS_FILE=%s
                  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

                """.formatted(
                Main.VERSION,
                house.endpoint(),
                house.operatorAccount(),
                house.credentialsFile(),
                house.adminEndpoint()
                        .map(at -> "  metrics      " + at + AdminFront.METRICS + "\n")
                        .orElse(""),
                house.vpcEndpoints().stream().map(at -> "  " + at + "\n").collect(Collectors.joining()),
                house.endpoint(),
                house.credentialsFile());
    }
}
